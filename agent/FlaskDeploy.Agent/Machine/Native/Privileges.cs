using System.Runtime.InteropServices;

namespace FlaskDeploy.Agent.Machine.Native;

/// <summary>Becoming somebody else, for good. Used in a process of its own that then executes something: .NET cannot fork.</summary>
internal static unsafe partial class Privileges
{
    private const int SetCloseOnExec = 2;
    private const int CloseOnExec = 1;

    /// <summary>Groups, then group, then user, real and effective and saved: no way back.</summary>
    /// <exception cref="SystemCallException">It was refused; the process is not to go on.</exception>
    public static void Drop(uint uid, uint gid, IReadOnlyList<uint> groups)
    {
        var list = groups.ToArray();
        fixed (uint* first = list)
        {
            Check(SetGroups((nuint)list.Length, first), "setgroups");
        }
        Check(SetGroupIds(gid, gid, gid), "setresgid");
        Check(SetUserIds(uid, uid, uid), "setresuid");
        if (uid != 0 && SetUserIds(uint.MaxValue, 0, uint.MaxValue) == 0)
        {
            throw new InvalidOperationException("root could be had back after setresuid");
        }
    }

    /// <summary>All but the standard three are closed by an exec from now on.</summary>
    public static void KeepOnlyStandardDescriptors()
    {
        foreach (var entry in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(entry), out var descriptor) && descriptor > 2)
            {
                _ = ControlDescriptor(descriptor, SetCloseOnExec, CloseOnExec);
            }
        }
    }

    public static void ChangeDirectory(string path) => Check(ChangeCurrentDirectory(path), path);

    /// <summary>Makes the descriptor the standard one of that number.</summary>
    public static void Redirect(int descriptor, int standard) => Check(Duplicate(descriptor, standard), "dup2");

    /// <summary>Replaces this process; returns only where that failed, with the error number.</summary>
    public static int Execute(string path, IReadOnlyList<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        // Never freed: the process is replaced, or ends.
        RestoreSignals();
        _ = ExecuteFile(path, Vector(arguments), Vector(environment.Select(pair => $"{pair.Key}={pair.Value}")));
        return Errno.Last;
    }

    // The runtime ignores SIGPIPE and handles others; ignored signals and the mask survive an exec.
    private static void RestoreSignals()
    {
        const int bytesOfSignalSet = 128;
        const int setMask = 2;
        const int signals = 31;
        var none = stackalloc byte[bytesOfSignalSet];
        new Span<byte>(none, bytesOfSignalSet).Clear();
        for (var signal = 1; signal <= signals; signal++)
        {
            if (signal is not (Libc.Kill or 19))
            {
                _ = SetHandler(signal, 0);
            }
        }
        _ = SetSignalMask(setMask, none, null);
    }

    private static byte** Vector(IEnumerable<string> strings)
    {
        var all = strings.ToArray();
        var vector = (byte**)NativeMemory.AllocZeroed((nuint)(all.Length + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < all.Length; i++)
        {
            vector[i] = (byte*)Marshal.StringToCoTaskMemUTF8(all[i]);
        }
        return vector;
    }

    private static void Check(int result, string call)
    {
        if (result < 0)
        {
            throw SystemCallException.Last(call);
        }
    }

    [LibraryImport("libc", EntryPoint = "setgroups", SetLastError = true)]
    private static partial int SetGroups(nuint count, uint* groups);

    [LibraryImport("libc", EntryPoint = "setresgid", SetLastError = true)]
    private static partial int SetGroupIds(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setresuid", SetLastError = true)]
    private static partial int SetUserIds(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeCurrentDirectory(string path);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int descriptor, int at);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int ControlDescriptor(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ExecuteFile(string path, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetSignalMask(int how, byte* set, byte* old);
}
