using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Processes;

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
            Uid = Libc.Status($"/proc/{pid}", followLinks: false)?.Uid ?? 0,
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

    // pid (name, which may hold anything) state ppid pgrp session … starttime is field 22.
    private static (int Parent, int Session, ulong StartTime)? Stat(int pid)
    {
        if (Text($"/proc/{pid}/stat") is not { } text || text.LastIndexOf(')') is var end && end < 0)
        {
            return null;
        }
        var fields = text[(end + 2)..].Split(' ');
        return fields.Length < 20 || fields[0] is "Z" or "X" ? null
            : (int.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture), ulong.Parse(fields[19], CultureInfo.InvariantCulture));
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
