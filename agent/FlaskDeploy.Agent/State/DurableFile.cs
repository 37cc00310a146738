using System.Runtime.InteropServices;

namespace FlaskDeploy.Agent.State;

/// <summary>
/// Writes that are there whole or not at all, also after a power cut: to a file beside it, synced, renamed over, and the
/// directory synced. Everything is 0600 and root's.
/// </summary>
internal static partial class DurableFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;

    public static void MakeDirectory(string path) => Directory.CreateDirectory(path, OwnerOnlyDirectory);

    /// <exception cref="IOException">The old content is still there: a full disk loses nothing.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode = OwnerOnly)
    {
        var temporary = $"{path}.new";
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode, BufferSize = 0 }))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Whole or not at all, and never over what is there, whoever else does the same.</summary>
    /// <returns>False: there is a file already.</returns>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content, UnixFileMode mode = OwnerOnly)
    {
        var own = $"{path}.{Guid.NewGuid():N}.new";
        try
        {
            using (var file = new FileStream(own, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode, BufferSize = 0 }))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            // A name more for the same file: link(2) gives none that somebody has.
            if (Link(own, path) < 0)
            {
                return Marshal.GetLastPInvokeError() == Exists ? false : throw new IOException($"cannot make {path}: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
        finally
        {
            File.Delete(own);
        }
        SyncDirectory(Path.GetDirectoryName(path)!);
        return true;
    }

    public static byte[]? TryRead(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public static void Delete(string path)
    {
        File.Delete(path);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    public static void SyncDirectory(string path)
    {
        var descriptor = Open(path, OpenDirectoryFlags);
        if (descriptor < 0)
        {
            throw new IOException($"cannot open the directory {path} to sync it: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        var result = Sync(descriptor);
        var problem = result < 0 ? Marshal.GetLastPInvokeErrorMessage() : null;
        _ = Close(descriptor);
        if (problem is not null)
        {
            throw new IOException($"cannot sync the directory {path}: {problem}");
        }
    }

    // O_RDONLY | O_DIRECTORY | O_CLOEXEC of x86_64 Linux.
    private const int OpenDirectoryFlags = 0x10000 | 0x80000;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    // EEXIST of Linux.
    private const int Exists = 17;

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string path, string another);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
