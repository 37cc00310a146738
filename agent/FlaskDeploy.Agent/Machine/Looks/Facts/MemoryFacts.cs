using System.Globalization;
using System.Text.Json.Nodes;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>/proc/meminfo, /proc/loadavg and /proc/uptime. How much there is stays; how much is used is of the moment.</summary>
internal static class MemoryFacts
{
    internal static void Add(FactBook facts, KernelFiles files)
    {
        var megabytes = (files.Text("/proc/meminfo") ?? "").Split('\n')
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2 && long.TryParse(pair[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture, out _))
            .ToDictionary(pair => pair[0], pair => long.Parse(pair[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture) / 1024, StringComparer.Ordinal);
        long Of(string name) => megabytes.GetValueOrDefault(name);
        facts.Add("memtotal_mb", Of("MemTotal"));
        facts.Add("swaptotal_mb", Of("SwapTotal"));
        facts.AddPassing("memfree_mb", Of("MemFree"));
        facts.AddPassing("swapfree_mb", Of("SwapFree"));
        var free = Of("MemFree") + Of("Cached") + Of("Buffers");
        facts.AddPassing("memory_mb", new JsonObject
        {
            ["real"] = new JsonObject { ["total"] = Of("MemTotal"), ["used"] = Of("MemTotal") - Of("MemFree"), ["free"] = Of("MemFree") },
            ["nocache"] = new JsonObject { ["free"] = free, ["used"] = Of("MemTotal") - free },
            ["swap"] = new JsonObject { ["total"] = Of("SwapTotal"), ["free"] = Of("SwapFree"), ["used"] = Of("SwapTotal") - Of("SwapFree"), ["cached"] = Of("SwapCached") },
        });
        if (files.Line("/proc/loadavg")?.Split(' ') is [var one, var five, var fifteen, ..])
        {
            facts.AddPassing("loadavg", new JsonObject { ["1m"] = Real(one), ["5m"] = Real(five), ["15m"] = Real(fifteen) });
        }
        if (files.Line("/proc/uptime")?.Split('.')[0] is { } uptime && long.TryParse(uptime, CultureInfo.InvariantCulture, out var seconds))
        {
            facts.AddPassing("uptime_seconds", seconds);
        }
    }

    private static double Real(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
