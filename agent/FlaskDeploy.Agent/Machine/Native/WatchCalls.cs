using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Native;

/// <summary>What waiting for the machine to move needs of the C library: inotify(7), pidfd_open(2), eventfd(2), poll(2). Numbers are those of Linux on x86_64.</summary>
internal static unsafe partial class WatchCalls
{
    public const uint Modify = 0x2;
    public const uint Attributes = 0x4;
    public const uint CloseWrite = 0x8;
    public const uint MovedFrom = 0x40;
    public const uint MovedTo = 0x80;
    public const uint Create = 0x100;
    public const uint Delete = 0x200;
    public const uint DeleteSelf = 0x400;
    public const uint MoveSelf = 0x800;
    public const uint Unmounted = 0x2000;
    public const uint Overflow = 0x4000;
    public const uint Ignored = 0x8000;
    public const uint OnlyDirectory = 0x1000000;
    public const uint NothingUnlinked = 0x4000000;
    public const uint AddToMask = 0x20000000;

    public const short Readable = 1;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int OpenPidfd = 434;
    private const int OurselvesUsage = 0;
    private const int ChildrenUsage = -1;

    /// <summary>Null: it failed, and <see cref="Errno.Last"/> says why.</summary>
    public static SafeFileHandle? TryOpenNotifications() => Handle(InitialiseNotifications(CloseOnExec | NonBlocking));

    /// <summary>A counter that a poll wakes from.</summary>
    /// <exception cref="SystemCallException">There are no descriptors left.</exception>
    public static SafeFileHandle OpenWakeUp() => Handle(CreateEvent(0, CloseOnExec | NonBlocking)) ?? throw SystemCallException.Last("eventfd");

    /// <summary>Readable when the process has ended. Null: there is none of that pid, or the kernel is older than 5.3.</summary>
    public static SafeFileHandle? TryOpenProcess(int pid) => Handle((int)SystemCall(OpenPidfd, pid, 0));

    /// <summary>What this process and its children that have ended used of the processors.</summary>
    public static TimeSpan ProcessorTime() => UsageOf(OurselvesUsage) + UsageOf(ChildrenUsage);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AddWatch(SafeFileHandle notifications, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    public static partial int RemoveWatch(SafeFileHandle notifications, int watch);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle descriptor, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint ReadAt(SafeFileHandle descriptor, byte* buffer, nint length, long offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle descriptor, byte* buffer, nint length);

    private static SafeFileHandle? Handle(int descriptor) => descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);

    private static TimeSpan UsageOf(int who)
    {
        // struct rusage: user seconds and microseconds, system seconds and microseconds, and twelve more.
        var usage = stackalloc long[18];
        return ResourceUsage(who, usage) == 0 ? TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds(usage[1] + usage[3]) : TimeSpan.Zero;
    }

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int InitialiseNotifications(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateEvent(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, long first, long second);

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static partial int ResourceUsage(int who, long* usage);
}

/// <summary>struct pollfd; a negative descriptor is passed over.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Wanted;
    public short Happened;
}
