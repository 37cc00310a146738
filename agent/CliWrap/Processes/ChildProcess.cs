using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Processes;

/// <summary>How a child is started. Nothing is inherited but what is said here.</summary>
/// <param name="File">An absolute path; PATH is the caller's business.</param>
/// <param name="Arguments">The whole argv, the program's own name first.</param>
internal sealed record ChildStart(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>The whole environment.</summary>
    public required IEnumerable<KeyValuePair<string, string>> Environment { get; init; }

    public string? Directory { get; init; }

    /// <summary>The child's descriptors 0, 1 and 2; null is /dev/null. The caller goes on owning the handles.</summary>
    public SafeHandle? Input { get; init; }

    public SafeHandle? Output { get; init; }

    public SafeHandle? Error { get; init; }

    /// <summary>A session and process group of its own, so that all of it can be signalled.</summary>
    public bool NewSession { get; init; }
}

/// <param name="ExitCode">As a shell says it: of a signal, 128 and its number.</param>
/// <param name="Signal">The signal that ended it, if one did.</param>
internal readonly record struct ChildExit(int ExitCode, int? Signal);

/// <summary>
/// A child that is waited for as a process: its end is known when it ends, whoever holds its output open. Made by
/// posix_spawn(3), so that starting costs the same however big this program is. This file is compiled into the agent as
/// well, which uses only the official members of CliWrap.
/// </summary>
internal sealed partial class ChildProcess
{
    private readonly Lock _reaping = new();
    private bool _reaped;

    private ChildProcess(int pid, bool leadsGroup)
    {
        Pid = pid;
        LeadsGroup = leadsGroup;
        var end = new TaskCompletionSource<ChildExit>(TaskCreationOptions.RunContinuationsAsynchronously);
        Exited = end.Task;
        // A thread that sleeps in waitid(2): the one way to wait for a process that works on every kernel.
        new Thread(() => end.SetResult(Wait()), 64 * 1024) { IsBackground = true, Name = $"wait {pid}" }.Start();
    }

    public int Pid { get; }

    public bool LeadsGroup { get; }

    /// <summary>Completes when the process has ended and was reaped; never fails.</summary>
    public Task<ChildExit> Exited { get; }

    /// <exception cref="Win32Exception">It could not be started; the error number says why (ENOENT: no such program or directory).</exception>
    public static unsafe ChildProcess Start(ChildStart start)
    {
        using var argv = new StringVector(start.Arguments);
        using var environment = new StringVector(start.Environment.Select(pair => $"{pair.Key}={pair.Value}"));
        // Opaque to us; 80 and 336 bytes in glibc on x86_64.
        var actions = stackalloc byte[512];
        var attributes = stackalloc byte[512];
        var signals = stackalloc byte[128];
        Check(Native.FileActionsInit(actions));
        Check(Native.AttributesInit(attributes));
        try
        {
            // The runtime ignores SIGPIPE and blocks others; a child must not inherit that.
            NativeMemory.Clear(signals, 128);
            Check(Native.SetSignalMask(attributes, signals));
            NativeMemory.Fill(signals, 128, 0xFF);
            Check(Native.SetSignalDefault(attributes, signals));
            Check(Native.SetFlags(attributes, (short)(Native.SetSigMask | Native.SetSigDef | (start.NewSession ? Native.SetSid : 0))));
            if (start.Directory is { } directory)
            {
                Check(Native.AddChangeDirectory(actions, directory));
            }
            Connect(actions, start.Input, 0, Native.ReadOnly);
            Connect(actions, start.Output, 1, Native.WriteOnly);
            Connect(actions, start.Error, 2, Native.WriteOnly);
            Check(Native.Spawn(out var pid, start.File, actions, attributes, argv.Pointer, environment.Pointer));
            return new ChildProcess(pid, start.NewSession);
        }
        finally
        {
            _ = Native.FileActionsDestroy(actions);
            _ = Native.AttributesDestroy(attributes);
            GC.KeepAlive(start);
        }
    }

    /// <summary>Where execvp(3) would find it: a name with a slash is a path, from wherever the process starts, another is looked for in each directory. Null: nowhere.</summary>
    public static string? Find(string program, string searchPath) => program.Contains('/', StringComparison.Ordinal)
        ? program
        : searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(path => File.Exists(path) && Native.Access(path, Native.MayExecute) == 0);

    /// <summary>To the process or, where it leads one, to its whole group. Harmless after its end: a pid that was given away is never hit.</summary>
    public void Signal(int signal)
    {
        lock (_reaping)
        {
            if (!_reaped)
            {
                _ = Native.Kill(LeadsGroup ? -Pid : Pid, signal);
            }
        }
    }

    private static unsafe void Connect(byte* actions, SafeHandle? handle, int descriptor, int flags) =>
        Check(handle is null
            ? Native.AddOpen(actions, descriptor, "/dev/null", flags, 0)
            : Native.AddDuplicate(actions, (int)handle.DangerousGetHandle(), descriptor));

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new Win32Exception(error);
        }
    }

    private unsafe ChildExit Wait()
    {
        var information = stackalloc byte[128];
        while (Native.WaitId(Native.ByPid, Pid, information, Native.WaitExited | Native.WaitNoReap) != 0 && Marshal.GetLastPInvokeError() == Native.Interrupted)
        {
        }
        lock (_reaping)
        {
            _reaped = true;
            int status;
            while (Native.WaitPid(Pid, out status, 0) < 0)
            {
                if (Marshal.GetLastPInvokeError() != Native.Interrupted)
                {
                    // Somebody else reaped it; how it went can no longer be known, and that is no success.
                    return new ChildExit(255, null);
                }
            }
            var signal = status & 0x7F;
            return signal == 0 ? new ChildExit((status >> 8) & 0xFF, null) : new ChildExit(128 + signal, signal);
        }
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed unsafe class StringVector : IDisposable
    {
        private readonly int _count;

        public StringVector(IEnumerable<string> strings)
        {
            var all = strings.ToArray();
            _count = all.Length;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(all[i]);
            }
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
            {
                Marshal.FreeCoTaskMem((nint)Pointer[i]);
            }
            NativeMemory.Free(Pointer);
        }
    }

    private static unsafe partial class Native
    {
        public const int ReadOnly = 0;
        public const int WriteOnly = 1;
        public const int MayExecute = 1;
        public const int Interrupted = 4;
        public const int SetSigDef = 0x04;
        public const int SetSigMask = 0x08;
        public const int SetSid = 0x80;
        public const int ByPid = 1;
        public const int WaitExited = 0x4;
        public const int WaitNoReap = 0x1000000;

        [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
        public static partial int Spawn(out int pid, string path, byte* actions, byte* attributes, byte** argv, byte** environment);

        [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
        public static partial int FileActionsInit(byte* actions);

        [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
        public static partial int FileActionsDestroy(byte* actions);

        [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
        public static partial int AddDuplicate(byte* actions, int descriptor, int at);

        [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
        public static partial int AddOpen(byte* actions, int at, string path, int flags, uint mode);

        [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
        public static partial int AddChangeDirectory(byte* actions, string path);

        [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
        public static partial int AttributesInit(byte* attributes);

        [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
        public static partial int AttributesDestroy(byte* attributes);

        [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
        public static partial int SetFlags(byte* attributes, short flags);

        [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
        public static partial int SetSignalDefault(byte* attributes, byte* signals);

        [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
        public static partial int SetSignalMask(byte* attributes, byte* signals);

        [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
        public static partial int WaitId(int kind, int id, byte* information, int options);

        [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
        public static partial int WaitPid(int pid, out int status, int options);

        [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
        public static partial int Access(string path, int mode);

        [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
        public static partial int Kill(int pid, int signal);
    }
}

/// <summary>Both ends of a pipe(2), neither inherited.</summary>
internal sealed partial class ProcessPipe : IDisposable
{
    private ProcessPipe(int read, int write)
    {
        Read = new SafePipeHandle(read, ownsHandle: true);
        Write = new SafePipeHandle(write, ownsHandle: true);
    }

    public SafePipeHandle Read { get; }

    public SafePipeHandle Write { get; }

    public static unsafe ProcessPipe Open()
    {
        const int closeOnExec = 0x80000;
        var ends = stackalloc int[2];
        return Pipe(ends, closeOnExec) == 0 ? new ProcessPipe(ends[0], ends[1]) : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public void Dispose()
    {
        Read.Dispose();
        Write.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static unsafe partial int Pipe(int* ends, int flags);
}
