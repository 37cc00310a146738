using System.Globalization;

namespace FlaskDeploy.Agent.Machine.Processes;

/// <summary>The processes of systemd's units, read from its control group hierarchy of either version.</summary>
internal static class ControlGroups
{
    private const string InitScope = "/init.scope";

    /// <summary>Null: there is no such hierarchy.</summary>
    public static string? SliceDirectory { get; } = FindSlice();

    /// <summary>The directory of all units' groups: a unit's own comes when it starts and goes when it stops. Null: there is no such hierarchy.</summary>
    public static string? RootDirectory => Path.GetDirectoryName(SliceDirectory);

    /// <summary>The processes of a unit of our slice, those of groups below it among them; none where it is gone.</summary>
    public static List<int> ProcessesOf(string unit) => SliceDirectory is { } slice ? ProcessesIn(Path.Combine(slice, unit)) : [];

    public static IEnumerable<string> Units() => SliceDirectory is { } slice && Directory.Exists(slice)
        ? Directory.EnumerateDirectories(slice).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
        : [];

    private static List<int> ProcessesIn(string directory)
    {
        try
        {
            return Directory.Exists(directory)
                ? [.. Directory.EnumerateFiles(directory, "cgroup.procs", SearchOption.AllDirectories)
                    .SelectMany(File.ReadLines)
                    .Select(line => int.Parse(line, CultureInfo.InvariantCulture))
                    .Where(pid => pid > 0)]
                : [];
        }
        catch (IOException)
        {
            // It went away while it was read: so did its processes.
            return [];
        }
    }

    private static string? FindSlice()
    {
        var root = Directory.Exists("/sys/fs/cgroup/systemd") ? "/sys/fs/cgroup/systemd"
            : File.Exists("/sys/fs/cgroup/cgroup.procs") || File.Exists("/sys/fs/cgroup/cgroup.controllers") ? "/sys/fs/cgroup"
            : null;
        if (root is null)
        {
            return null;
        }
        // In a container without a namespace of its own, process 1 is somewhere below.
        var init = ProcessTable.ControlGroup(1) ?? "/";
        var above = init.EndsWith(InitScope, StringComparison.Ordinal) ? init[..^InitScope.Length] : init;
        return Path.Combine(root, above.Trim('/'), UnitNames.Slice);
    }
}
