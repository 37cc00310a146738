using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Processes;

/// <summary>What /proc/PID/stat says of a process, see proc(5).</summary>
/// <param name="StartTime">Clock ticks after boot: with the pid, the identity.</param>
internal readonly record struct ProcessStat(char State, int Parent, int Session, int Threads, ulong StartTime)
{
    /// <summary>A zombie has ended, unless it is only its first thread that has.</summary>
    public bool Runs => State is not ('Z' or 'X' or 'x') || Threads > 1;
}

/// <summary>/proc, see proc(5). A process that ends while it is looked at is a process that does not run.</summary>
internal static class ProcessTable
{
    private const int MostCommand = 4096;

    public static ProcessAnswer Look(int pid)
    {
        if (Stat(pid) is not { } stat)
        {
            return new ProcessAnswer(false);
        }
        return new ProcessAnswer(true)
        {
            StartTime = stat.StartTime,
            Parent = stat.Parent,
            Uid = EffectiveUser(pid),
            Command = Command(pid),
            Executable = Libc.ReadLink(Libc.AtCurrentDirectory, $"/proc/{pid}/exe"),
            ControlGroup = ControlGroup(pid),
        };
    }

    /// <summary>Null: there is none of that pid, or it has ended and only waits to be reaped.</summary>
    public static ulong? StartTime(int pid) => Stat(pid)?.StartTime;

    public static bool Runs(ProcessIdentity identity) => StartTime(identity.Pid) == identity.StartTime;

    public static ProcessIdentity? Identify(int pid) => StartTime(pid) is { } start ? new ProcessIdentity(pid, start) : null;

    public static IEnumerable<int> All() => Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0);

    /// <summary>
    /// SIGSTOP has taken hold of it, or it has ended. One that the kernel keeps in D executes nothing of its own before the
    /// signal holds it: so waits who called vfork(2) for a child that stands before its exec.
    /// </summary>
    public static bool Stands(ProcessIdentity identity) => Stat(identity.Pid) is not { } stat || stat.StartTime != identity.StartTime || stat.State is 'T' or 't' or 'D';

    /// <summary>Those of the session that this process leads or led.</summary>
    public static IEnumerable<int> InSession(int session) => All().Where(pid => Stat(pid)?.Session == session);

    /// <summary>The process itself and all that it descends from.</summary>
    public static HashSet<int> Ancestry(int pid)
    {
        var line = new HashSet<int>();
        for (var at = pid; at > 0 && line.Add(at); at = Stat(at)?.Parent ?? 0)
        {
        }
        return line;
    }

    /// <summary>Whether the second descends from the first.</summary>
    public static bool Descends(int ancestor, int pid) => Ancestry(pid).Contains(ancestor);

    /// <summary>The line of systemd's hierarchy, on either version of control groups.</summary>
    public static string? ControlGroup(int pid)
    {
        string? unified = null;
        foreach (var line in Text($"/proc/{pid}/cgroup")?.Split('\n') ?? [])
        {
            if (line.Split(':', 3) is [var number, var controllers, var path])
            {
                if (controllers == "name=systemd")
                {
                    return path;
                }
                unified = number == "0" ? path : unified;
            }
        }
        return unified;
    }

    public static string? Command(int pid)
    {
        var text = Text($"/proc/{pid}/cmdline");
        return text is { Length: > 0 }
            ? text[..Math.Min(text.Length, MostCommand)].TrimEnd('\0').Replace('\0', ' ')
            : Text($"/proc/{pid}/comm") is { } name ? $"[{name.Trim()}]" : null;
    }

    /// <summary>
    /// The line of /proc/PID/stat. The program's name stands in parentheses and may be anything, closing parentheses,
    /// spaces and newlines among them: what counts comes after the last one.
    /// </summary>
    public static ProcessStat? Parse(string line)
    {
        // From field 3 on: state, ppid, pgrp, session, …; num_threads is field 20, starttime field 22.
        const int parent = 1;
        const int session = 3;
        const int threads = 17;
        const int start = 19;
        var fields = line[(line.LastIndexOf(')') + 1)..].Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > start
            && int.TryParse(fields[parent], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ppid)
            && int.TryParse(fields[session], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var sid)
            && int.TryParse(fields[threads], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
            && ulong.TryParse(fields[start], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? new ProcessStat(fields[0][0], ppid, sid, count, ticks)
            : null;
    }

    // Null: gone, or ended and not yet reaped.
    private static ProcessStat? Stat(int pid) =>
        pid > 0 && Text($"/proc/{pid}/stat") is { } line && Parse(line) is { Runs: true } stat ? stat : null;

    // Of a process that changed its user, the directory in /proc may still be root's.
    private static uint EffectiveUser(int pid)
    {
        var line = Text($"/proc/{pid}/status")?.Split('\n').FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal));
        return line?.Split('\t') is [_, _, var effective, ..] && uint.TryParse(effective, NumberStyles.None, CultureInfo.InvariantCulture, out var uid) ? uid : 0;
    }

    private static string? Text(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
