using System.Collections.Immutable;
using System.Security.Cryptography;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Controller.Store;

/// <summary>
/// Contents as files named by their SHA-256: <c>ab/ab12…</c>. A file under its name is whole and durable: it is
/// written under <c>incoming/</c>, checked, synced and renamed. Storing what is there already does nothing.
/// </summary>
internal sealed class BlobStore
{
    private readonly string _folder;
    private readonly string _incoming;

    private BlobStore(string folder)
    {
        _folder = folder;
        _incoming = Path.Combine(folder, "incoming");
    }

    /// <summary>Opens or makes the store; what a crash left half-written is removed.</summary>
    public static BlobStore Open(string folder)
    {
        var store = new BlobStore(folder);
        if (Directory.Exists(store._incoming))
        {
            Directory.Delete(store._incoming, recursive: true);
        }
        Directory.CreateDirectory(store._incoming, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return store;
    }

    public bool Has(Digest digest) => File.Exists(PathOf(digest));

    /// <summary>Null: not here.</summary>
    public FileStream? OpenRead(Digest digest)
    {
        try
        {
            return new FileStream(PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Begins a blob. Disposing it before <see cref="Incoming.Finish"/> leaves nothing behind.</summary>
    public Incoming Begin(Digest digest, long size) => new(this, digest, size);

    private string PathOf(Digest digest)
    {
        var name = digest.ToString();
        return Path.Combine(_folder, name[..2], name);
    }

    internal sealed class Incoming : IDisposable
    {
        private readonly BlobStore _store;
        private readonly string _temporary;
        private readonly FileStream _file;
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private bool _finished;

        public Incoming(BlobStore store, Digest digest, long size)
        {
            (_store, Digest, Size) = (store, digest, size);
            _temporary = Path.Combine(store._incoming, $"{digest}.{Guid.NewGuid():N}");
            _file = new FileStream(_temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }

        public Digest Digest { get; }

        public long Size { get; }

        public long Written { get; private set; }

        /// <returns>False: more than was announced; nothing is written.</returns>
        public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            if (data.Length > Size - Written)
            {
                return false;
            }
            _hash.AppendData(data.Span);
            await _file.WriteAsync(data, cancellationToken);
            Written += data.Length;
            return true;
        }

        /// <summary>Checks and stores; durable when it returns.</summary>
        /// <returns>Null, or why it is refused.</returns>
        public string? Finish()
        {
            if (Written != Size)
            {
                return $"blob {Digest}: {Written} bytes came, {Size} were announced";
            }
            var actual = Language.Bundles.Digest.FromBytes(_hash.GetHashAndReset());
            if (actual != Digest)
            {
                return $"blob {Digest}: the content's digest is {actual}";
            }
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            var path = _store.PathOf(Digest);
            var folder = Path.GetDirectoryName(path)!;
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                DurableFile.SyncDirectory(_store._folder);
            }
            File.Move(_temporary, path, overwrite: true);
            DurableFile.SyncDirectory(folder);
            _finished = true;
            return null;
        }

        public void Dispose()
        {
            _hash.Dispose();
            _file.Dispose();
            if (!_finished)
            {
                File.Delete(_temporary);
            }
        }
    }

    /// <summary>Those of <paramref name="digests"/> that are not here, each once.</summary>
    public ImmutableArray<Digest> Missing(IEnumerable<Digest> digests) => [.. digests.Distinct().Where(digest => !Has(digest))];
}
