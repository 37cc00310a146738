using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Processes;

namespace FlaskDeploy.Agent.Machine.Packages;

/// <summary>
/// Ends a package manager that asks repositories or fetches, and never one in which rpm has begun: half a transaction is worse
/// than one that takes longer. All its processes are stopped first, so that rpm cannot begin between the look and the end.
/// </summary>
internal static class TransactionEnding
{
    private const string Lock = "/.rpm.lock";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <param name="processes">Those of the transaction's unit, asked again and again.</param>
    /// <param name="time">The clock.</param>
    /// <returns>False: rpm has begun, or a process could not be stopped; all go on as before.</returns>
    public static async ValueTask<bool> End(Func<IReadOnlyList<int>> processes, TimeProvider time)
    {
        var stopped = new HashSet<ProcessIdentity>();
        var stand = false;
        // Twice in a row: what the kernel still did for one in D may have been a fork.
        var looks = 0;
        for (var began = time.GetTimestamp(); !stand && time.GetElapsedTime(began) < Longest;)
        {
            var alive = Alive(processes);
            // What was forked before its parent stood still is in the next round.
            looks = alive.All(process => stopped.Contains(process) && ProcessTable.Stands(process)) ? looks + 1 : 0;
            stand = looks == 2;
            foreach (var process in alive.Where(stopped.Add))
            {
                Ending.Send(process, Libc.Stop);
            }
            if (!stand)
            {
                await Task.Delay(Poll, time, CancellationToken.None);
            }
        }
        if (!stand || stopped.Any(process => IsRpm(process.Pid)))
        {
            foreach (var process in stopped)
            {
                Ending.Send(process, Libc.Continue);
            }
            return false;
        }
        foreach (var process in stopped)
        {
            Ending.Send(process, Libc.Kill);
        }
        return true;
    }

    /// <summary>A line of /proc/locks: <c>1: POSIX  ADVISORY  WRITE 4711 08:01:12 0 EOF</c>. Who only waits has an arrow before it.</summary>
    internal static bool IsWriteLockOf(string line, int pid) =>
        line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [_, "POSIX" or "OFDLCK", _, "WRITE", var holder, ..] && holder == $"{pid}";

    private static List<ProcessIdentity> Alive(Func<IReadOnlyList<int>> processes) => [.. processes().Select(ProcessTable.Identify).OfType<ProcessIdentity>()];

    // rpm itself, or a package manager that has rpm's lock for writing. /proc/locks tells files by numbers that overlayfs
    // shows otherwise, so whoever has rpm's open and any lock for writing counts.
    private static bool IsRpm(int pid) =>
        Path.GetFileName((ProcessTable.Command(pid) ?? "").Split(' ')[0]) is "rpm" or "rpmdb" or "rpmkeys" or "xargs"
        || HasOpen(pid) && File.ReadLines("/proc/locks").Any(line => IsWriteLockOf(line, pid));

    private static bool HasOpen(int pid)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Any(descriptor => Libc.ReadLink(Libc.AtCurrentDirectory, descriptor)?.EndsWith(Lock, StringComparison.Ordinal) == true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended: all of its descriptors are closed.
            return false;
        }
    }
}
