using System.Collections.Immutable;
using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>Looks at paths. What is not there is an answer; what may not be seen is an error.</summary>
internal static class PathLooks
{
    public static PathAnswer Stat(string path, bool followLinks, bool withTimes = false, bool withFlags = false)
    {
        if (Libc.Status(path, followLinks) is not { } status)
        {
            return new PathAnswer(PathKind.Absent);
        }
        var flags = withFlags && status.Kind is PathKind.File or PathKind.Directory ? FileFlags.Read(path) : null;
        return status.ToAnswer(status.Kind == PathKind.Link ? Libc.ReadLink(Libc.AtCurrentDirectory, path) : null) with
        {
            HasTimes = withTimes,
            Flags = flags?.Flags,
            Generation = flags?.Version ?? 0,
        };
    }

    public static async ValueTask<ContentAnswer> Content(string path, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long size = 0;
        var isThere = await Each(path, bytes =>
        {
            hash.AppendData(bytes.Span);
            size += bytes.Length;
        }, cancellation);
        return isThere ? new ContentAnswer(Digest.FromBytes(hash.GetHashAndReset()), size) : new ContentAnswer(null, 0);
    }

    /// <summary>The bytes of a regular file, a piece at a time; false: there is none.</summary>
    public static async ValueTask<bool> Each(string path, Action<ReadOnlyMemory<byte>> take, CancellationToken cancellation)
    {
        await using var file = Open(path);
        if (file is null)
        {
            return false;
        }
        var buffer = new byte[128 * 1024];
        while (await file.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            take(buffer.AsMemory(0, read));
        }
        return true;
    }

    public static ReadAnswer Read(string path, int limit)
    {
        using var file = Open(path);
        if (file is null)
        {
            return new ReadAnswer(null);
        }
        // Files of /proc say that they are empty, so the length is what was read; the limit is only allocated where it is needed.
        var bytes = new byte[(int)Math.Min(limit, Math.Max(file.Length, 4095)) + 1];
        for (var length = 0; ;)
        {
            length += file.ReadAtLeast(bytes.AsSpan(length), bytes.Length - length, throwOnEndOfStream: false);
            if (length < bytes.Length)
            {
                return new ReadAnswer(bytes[..length]);
            }
            if (length > limit)
            {
                throw new IOException($"it has more than the {limit} bytes that are read");
            }
            Array.Resize(ref bytes, (int)Math.Min(bytes.Length * 2L, limit + 1L));
        }
    }

    public static DirectoryAnswer List(string path)
    {
        if (Libc.Status(path, followLinks: true) is not { Kind: PathKind.Directory })
        {
            return new DirectoryAnswer(false, []);
        }
        var entries = new List<DirectoryEntry>();
        foreach (var name in Names(path))
        {
            if (Libc.Status(Path.Combine(path, name), followLinks: false) is { } status)
            {
                entries.Add(new DirectoryEntry(name, status.Kind));
            }
        }
        entries.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return new DirectoryAnswer(true, [.. entries]);
    }

    public static IEnumerable<string> Names(string directory) => Directory
        .EnumerateFileSystemEntries(directory, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None })
        .Select(entry => Path.GetFileName(entry));

    public static PathsAnswer Program(ImmutableArray<string> names, string searchPath)
    {
        foreach (var path in Candidates(names, searchPath))
        {
            if (IsProgram(path))
            {
                return new PathsAnswer([path]);
            }
        }
        return new PathsAnswer([]);
    }

    /// <summary>Where these programs could be, in the order of looking.</summary>
    public static IEnumerable<string> Candidates(ImmutableArray<string> names, string searchPath)
    {
        var directories = searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries);
        return names.SelectMany(name => name.Contains('/', StringComparison.Ordinal) ? [name] : directories.Select(directory => $"{directory}/{name}"));
    }

    private static bool IsProgram(string path)
    {
        try
        {
            return Libc.MayAccess(path, Libc.MayExecute) == 0 && Libc.Status(path, followLinks: true) is { Kind: PathKind.File };
        }
        catch (SystemCallException)
        {
            // A directory on the PATH that this user may not search, as for execvp(3).
            return false;
        }
    }

    // Non-blocking: opening a FIFO would wait for its writer.
    private static FileStream? Open(string path)
    {
        if (Libc.Status(path, followLinks: true) is not { Kind: PathKind.File })
        {
            return null;
        }
        var handle = Libc.TryOpen(Libc.AtCurrentDirectory, path, Libc.OpenReadOnly | Libc.OpenNonBlocking);
        return handle is not null ? new FileStream(handle, FileAccess.Read, bufferSize: 0)
            : Errno.Last == Errno.NoEntry ? null
            : throw SystemCallException.Last(path);
    }
}
