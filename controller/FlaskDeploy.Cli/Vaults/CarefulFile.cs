using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FlaskDeploy.Cli.Vaults;

/// <summary>Replaces a file whole or not at all, with its mode and owner; a link is followed. A new file is its owner's alone.</summary>
internal static partial class CarefulFile
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="IOException">It cannot be written, or would not have the owner it had; the file is as it was.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        path = Path.GetFullPath(path);
        var target = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        var temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
        try
        {
            using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Own, BufferSize = 0 }))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            if (File.Exists(target))
            {
                // The owner first: changing it takes bits of the mode away.
                Give(temporary, target);
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            }
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static void Give(string temporary, string like)
    {
        if (Stat(like, out var was) != 0 || Stat(temporary, out var now) != 0 || ((was.Uid, was.Gid) != (now.Uid, now.Gid) && ChangeOwner(temporary, was.Uid, was.Gid) != 0))
        {
            throw new IOException($"{like} belongs to somebody else, and cannot be given back to them ({new Win32Exception(Marshal.GetLastPInvokeError()).Message}); it was not changed");
        }
    }

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Stat(string path, out Status status);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int ChangeOwner(string path, uint uid, uint gid);

    /// <summary>struct stat of Linux on x86_64.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private struct Status
    {
        [FieldOffset(28)] public uint Uid;
        [FieldOffset(32)] public uint Gid;
    }
}
