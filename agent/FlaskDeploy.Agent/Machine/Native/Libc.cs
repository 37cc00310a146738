using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Native;

/// <summary>The C library, as far as .NET does not reach. Numbers are those of Linux on x86_64.</summary>
internal static unsafe partial class Libc
{
    public const int AtCurrentDirectory = -100;
    public const int AtNoFollow = 0x100;
    public const int AtRemoveDirectory = 0x200;
    public const int AtFollow = 0x400;
    public const int AtEmptyPath = 0x1000;

    public const int OpenReadOnly = 0;
    public const int OpenWriteOnly = 1;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenAppend = 0x400;
    public const int OpenNonBlocking = 0x800;
    public const int OpenDirectory = 0x10000;
    public const int OpenNoFollow = 0x20000;
    public const int OpenCloseOnExec = 0x80000;
    public const int OpenPath = 0x200000;

    public const int Terminate = 15;
    public const int Kill = 9;
    public const int Continue = 18;
    public const int Stop = 19;

    public const int MayExecute = 1;

    public const int NotNeeded = 4;

    public const int CollapseRange = 8;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroup();

    [LibraryImport("libc", EntryPoint = "getpid")]
    public static partial int ProcessId();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int SendSignal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    public static partial int NewSession();

    [LibraryImport("libc", EntryPoint = "umask")]
    public static partial uint SetCreationMask(uint mask);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    public static partial int StatusOf(SafeFileHandle descriptor, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "fstatat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatusAt(int directory, string path, out FileStatus status, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenAt(int directory, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ReadLinkAt(int directory, string path, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeDirectoryAt(SafeFileHandle directory, string name, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnlinkAt(SafeFileHandle directory, string name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt(SafeFileHandle oldDirectory, string oldName, SafeFileHandle newDirectory, string newName);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int LinkAt(SafeFileHandle oldDirectory, string oldName, SafeFileHandle newDirectory, string newName, int flags);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SymbolicLinkAt(string target, SafeFileHandle directory, string name);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwnerAt(SafeFileHandle directory, string path, uint uid, uint gid, int flags);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeFileHandle descriptor, uint uid, uint gid);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeFileHandle descriptor, uint mode);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetTimes(int directory, string path, long* times, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle descriptor);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(SafeFileHandle descriptor, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MayAccess(string path, int mode);

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetLinkAttribute(string path, string name, byte* value, nint length);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetLinkAttribute(string path, string name, byte[] value, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle descriptor, ulong request, ulong* argument);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(SafeFileHandle socket, byte* data, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(SafeFileHandle socket, byte* data, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(nint address, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    public static partial int TrimHeap(nint keep);

    [LibraryImport("libc", EntryPoint = "statfs", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileSystemStatus(string path, ulong* status);

    /// <summary>Whether the path is on a file system whose files are made up when they are read: proc, sysfs, the control groups, a program's own.</summary>
    public static bool IsMadeUp(string path)
    {
        // struct statfs is 120 bytes, and the first word is the type; statfs(2) and linux/magic.h have the numbers.
        const int words = 15;
        var status = stackalloc ulong[words];
        return FileSystemStatus(path, status) == 0 && status[0] is 0x9fa0 or 0x62656572 or 0x27e0eb or 0x63677270 or 0x64626720 or 0x74726163 or 0x65735546;
    }

    /// <summary>How full the file system is that the path is on; null where it does not say.</summary>
    public static FileSystemSize? FileSystemAt(string path)
    {
        const int words = 15;
        var status = stackalloc long[words];
        return FileSystemStatus(path, (ulong*)status) == 0 ? new FileSystemSize(status[1], status[2], status[4], status[5], status[6], status[9]) : null;
    }

    /// <summary>What a link says; null where it is none or is gone.</summary>
    public static string? ReadLink(int directory, string path)
    {
        const int longest = 4096;
        var buffer = stackalloc byte[longest];
        var length = ReadLinkAt(directory, path, buffer, longest);
        return length < 0 ? null : System.Text.Encoding.UTF8.GetString(buffer, (int)length);
    }

    /// <summary>An extended attribute as text, without its final zero; null where there is none.</summary>
    public static string? LinkAttribute(string path, string name)
    {
        const int longest = 1024;
        var buffer = stackalloc byte[longest];
        var length = GetLinkAttribute(path, name, buffer, longest);
        return length <= 0 ? null : System.Text.Encoding.UTF8.GetString(buffer, (int)length).TrimEnd('\0');
    }

    /// <summary>stat(2) or lstat(2); null where nothing is there, or where the way leads through a file.</summary>
    /// <exception cref="SystemCallException">It cannot be known: a directory on the way may not be searched.</exception>
    public static FileStatus? Status(string path, bool followLinks)
    {
        if (StatusAt(AtCurrentDirectory, path, out var status, followLinks ? 0 : AtNoFollow) == 0)
        {
            return status;
        }
        return Errno.Last is Errno.NoEntry or Errno.NotDirectory or Errno.TooManyLinks ? null : throw SystemCallException.Last(path);
    }

    public static FileStatus Status(SafeFileHandle descriptor, string subject) =>
        StatusOf(descriptor, out var status) == 0 ? status : throw SystemCallException.Last(subject);

    /// <summary>Never inherited, whatever the flags say.</summary>
    /// <returns>Null: it failed, and <see cref="Errno.Last"/> says why.</returns>
    public static SafeFileHandle? TryOpen(int directory, string path, int flags, uint mode = 0)
    {
        int descriptor;
        do
        {
            descriptor = OpenAt(directory, path, flags | OpenCloseOnExec, mode);
        }
        while (descriptor < 0 && Errno.Last == Errno.Interrupted);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    public static SafeFileHandle Open(int directory, string path, int flags, uint mode = 0, string? subject = null) =>
        TryOpen(directory, path, flags, mode) ?? throw SystemCallException.Last(subject ?? path);

    public static int Number(this SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    /// <summary>A path that means what the descriptor means: for calls that take no descriptor, and for those that refuse O_PATH.</summary>
    public static string ProcPath(this SafeFileHandle handle) => $"/proc/self/fd/{handle.Number()}";
}

/// <param name="PreferredSize">Of a read; the others count in <paramref name="BlockSize"/>.</param>
/// <param name="AvailableBlocks">For who is not root.</param>
internal readonly record struct FileSystemSize(long PreferredSize, long Blocks, long AvailableBlocks, long Files, long AvailableFiles, long BlockSize);
