using System.Runtime.InteropServices;

namespace FlaskDeploy.Controller.Store;

/// <summary>Writing so that a power cut leaves the old content or the new one, never a part.</summary>
internal static partial class DurableFile
{
    /// <summary>Replaces <paramref name="path"/> with <paramref name="content"/>, readable to its owner only.</summary>
    public static void WriteSecret(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        // Left behind by a crash; its mode may not be ours.
        File.Delete(temporary);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes a rename inside of <paramref name="directory"/> survive a power cut (fsync(2), "Calling fsync() does not…").</summary>
    /// <exception cref="IOException">The directory cannot be opened or synced.</exception>
    public static void SyncDirectory(string directory)
    {
        // O_RDONLY is 0 everywhere; O_DIRECTORY is not needed to open one.
        var descriptor = Open(directory, 0);
        if (descriptor < 0)
        {
            throw new IOException($"cannot open the directory {directory}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        var result = Fsync(descriptor);
        var problem = result == 0 ? null : Marshal.GetLastPInvokeErrorMessage();
        _ = Close(descriptor);
        if (problem is not null)
        {
            throw new IOException($"cannot sync the directory {directory}: {problem}");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
