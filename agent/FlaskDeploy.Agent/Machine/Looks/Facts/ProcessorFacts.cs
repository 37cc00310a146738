using System.Text.Json.Nodes;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>/proc/cpuinfo: processors as Ansible counts them.</summary>
internal static class ProcessorFacts
{
    private static readonly string[] Told = ["model name", "Processor", "vendor_id", "cpu", "Vendor", "processor"];

    internal static void Add(FactBook facts, KernelFiles files)
    {
        var told = new List<string>();
        var sockets = new Dictionary<string, int>(StringComparer.Ordinal);
        var siblings = new List<int>();
        var (threads, vendors, socket) = (0, 0, "0");
        foreach (var (key, value) in Pairs(files.Text("/proc/cpuinfo") ?? ""))
        {
            if (Told.Contains(key))
            {
                told.Add(value);
                threads += key == "processor" ? 1 : 0;
                vendors += key == "vendor_id" ? 1 : 0;
            }
            else if (key == "physical id")
            {
                socket = value;
                sockets.TryAdd(socket, 1);
            }
            else if (key == "cpu cores" && int.TryParse(value, out var cores))
            {
                sockets[socket] = cores;
            }
            else if (key == "siblings" && int.TryParse(value, out var count))
            {
                siblings.Add(count);
            }
        }
        threads = Math.Max(1, threads);
        var packages = sockets.Count > 0 ? sockets.Count : Math.Max(vendors, threads);
        var perSocket = Math.Max(1, sockets.Count > 0 ? sockets.Values.First() : 1);
        var perCore = Math.Max(1, siblings.Count > 0 ? siblings[0] / perSocket : 1);
        facts.Add("processor", new JsonArray([.. told.Select(part => (JsonNode)JsonValue.Create(part))]));
        facts.Add("processor_count", packages);
        facts.Add("processor_cores", perSocket);
        facts.Add("processor_threads_per_core", perCore);
        facts.Add("processor_vcpus", packages * perSocket * perCore);
        facts.Add("processor_nproc", threads);
    }

    // "key : value".
    private static IEnumerable<(string Key, string Value)> Pairs(string text) => text.Split('\n')
        .Select(line => line.Split(':', 2))
        .Where(pair => pair.Length == 2)
        .Select(pair => (pair[0].Trim(), pair[1].Trim()));
}
