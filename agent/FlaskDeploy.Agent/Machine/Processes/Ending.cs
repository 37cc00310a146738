using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Processes;

/// <summary>TERM, a grace, KILL: for processes known by identity, so that a pid that was given away is not hit.</summary>
internal static class Ending
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AfterKill = TimeSpan.FromSeconds(5);

    /// <param name="alive">What is to end, asked again and again: what is forked in between is in the next answer.</param>
    /// <returns>Those that even KILL did not end: they hang in the kernel.</returns>
    public static async ValueTask<IReadOnlyList<ProcessIdentity>> End(Func<IReadOnlyList<ProcessIdentity>> alive, TimeSpan grace, TimeProvider time)
    {
        foreach (var process in alive())
        {
            Send(process, Libc.Terminate);
        }
        if (await Gone(alive, grace, repeat: null, time))
        {
            return [];
        }
        return await Gone(alive, AfterKill, Libc.Kill, time) ? [] : alive();
    }

    /// <returns>False: it is not ours to signal.</returns>
    public static bool Send(ProcessIdentity process, int signal) =>
        !ProcessTable.Runs(process) || Libc.SendSignal(process.Pid, signal) == 0 || Errno.Last == Errno.NoProcess;

    private static async ValueTask<bool> Gone(Func<IReadOnlyList<ProcessIdentity>> alive, TimeSpan within, int? repeat, TimeProvider time)
    {
        var start = time.GetTimestamp();
        while (alive() is { Count: > 0 } left)
        {
            if (time.GetElapsedTime(start) >= within)
            {
                return false;
            }
            if (repeat is { } signal)
            {
                foreach (var process in left)
                {
                    Send(process, signal);
                }
            }
            await Task.Delay(Poll, time, CancellationToken.None);
        }
        return true;
    }
}
