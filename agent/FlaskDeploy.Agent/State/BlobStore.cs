using System.Collections.Concurrent;
using System.Security.Cryptography;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Agent.State;

/// <summary>Content by its SHA-256. What has the name has the content: a blob is checked before it gets its name.</summary>
internal sealed class BlobStore
{
    private readonly string _directory;

    // In memory alone: on the disk is only what these open.
    private readonly ConcurrentDictionary<Digest, SealedBlob> _sealed = new();

    public BlobStore(string directory)
    {
        _directory = directory;
        DurableFile.MakeDirectory(directory);
        foreach (var torn in Directory.EnumerateFiles(directory, "*.part"))
        {
            File.Delete(torn);
        }
    }

    public string PathOf(Digest digest) => Path.Combine(_directory, digest.ToString());

    public bool Contains(Digest digest) => IsOpen(digest) || _sealed.TryGetValue(digest, out var blob) && File.Exists(PathOf(blob.Cipher));

    /// <summary>It lies in the store as it is.</summary>
    public bool IsOpen(Digest digest) => File.Exists(PathOf(digest));

    /// <summary>A content that came sealed: from now on it is here by its own name too.</summary>
    public void Know(Digest content, SealedBlob blob) => _sealed[content] = blob;

    /// <summary>Null: not here.</summary>
    public byte[]? Read(Digest digest) => DurableFile.TryRead(PathOf(digest))
        ?? (_sealed.TryGetValue(digest, out var blob) && DurableFile.TryRead(PathOf(blob.Cipher)) is { } cipher && SealedContents.Open(cipher, blob.Key.Span) is { } content && Digest.Of(content) == digest ? content : null);

    public void Add(Digest digest, ReadOnlySpan<byte> content)
    {
        if (Digest.Of(content) != digest)
        {
            throw new InvalidDataException($"What was sent as blob {digest} has another content.");
        }
        if (!IsOpen(digest))
        {
            DurableFile.Write(PathOf(digest), content);
        }
    }

    /// <summary>Takes a blob in parts. Disposed before <see cref="BlobWriter.Complete"/>, it leaves nothing.</summary>
    public BlobWriter Begin(Digest digest) => new(digest, PathOf(digest));

    /// <summary>Removes what no one names any more.</summary>
    public int Collect(IReadOnlySet<Digest> named)
    {
        var removed = 0;
        foreach (var path in Directory.EnumerateFiles(_directory))
        {
            if (Digest.TryParse(Path.GetFileName(path), out var digest) && !named.Contains(digest))
            {
                File.Delete(path);
                removed++;
            }
        }
        return removed;
    }

    internal sealed class BlobWriter : IDisposable
    {
        private readonly Digest _digest;
        private readonly string _path;
        private readonly FileStream _file;
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private bool _complete;

        internal BlobWriter(Digest digest, string path)
        {
            (_digest, _path) = (digest, path);
            _file = new FileStream($"{path}.part", new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }

        public void Write(ReadOnlySpan<byte> part)
        {
            _hash.AppendData(part);
            _file.Write(part);
        }

        /// <exception cref="InvalidDataException">The content is not what its name says.</exception>
        public void Complete()
        {
            if (Digest.FromBytes(_hash.GetHashAndReset()) != _digest)
            {
                throw new InvalidDataException($"What was sent as blob {_digest} has another content.");
            }
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            File.Move(_file.Name, _path, overwrite: true);
            DurableFile.SyncDirectory(Path.GetDirectoryName(_path)!);
            _complete = true;
        }

        public void Dispose()
        {
            _file.Dispose();
            _hash.Dispose();
            if (!_complete)
            {
                File.Delete(_file.Name);
            }
        }
    }
}
