using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>Block devices with their partitions: /sys/block, and the links of /dev/disk.</summary>
internal static partial class DeviceFacts
{
    private static readonly (string Kind, string Directory)[] Kinds = [("ids", "/dev/disk/by-id"), ("uuids", "/dev/disk/by-uuid"), ("labels", "/dev/disk/by-label")];

    internal static void Add(FactBook facts, KernelFiles files)
    {
        var devices = files.Names("/sys/block");
        var links = Kinds.ToDictionary(kind => kind.Kind, kind => Links(files, kind.Directory), StringComparer.Ordinal);
        links["masters"] = devices.SelectMany(device => files.Names($"/sys/block/{device}/slaves").Select(slave => (slave, device)))
            .GroupBy(pair => pair.slave, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Select(pair => pair.device).ToArray(), StringComparer.Ordinal);
        facts.Add("device_links", new JsonObject(links.Select(kind => KeyValuePair.Create(kind.Key, (JsonNode?)new JsonObject(kind.Value.Select(link => KeyValuePair.Create(link.Key, (JsonNode?)List(link.Value))))))));
        facts.Add("devices", new JsonObject(devices.Select(device => KeyValuePair.Create(device, (JsonNode?)Device(device, files, links)))));
    }

    /// <summary>As Ansible writes sizes: two digits, and the largest unit that leaves at least one.</summary>
    internal static string Human(double bytes)
    {
        string[] units = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        var unit = 0;
        for (; bytes >= 1024 && unit < units.Length - 1; unit++)
        {
            bytes /= 1024;
        }
        return string.Create(CultureInfo.InvariantCulture, $"{bytes:0.00} {units[unit]}");
    }

    private static JsonObject Device(string name, KernelFiles files, Dictionary<string, Dictionary<string, string[]>> links)
    {
        var at = $"/sys/block/{name}";
        var device = Common(name, at, files, links);
        device["virtual"] = 1;
        device["host"] = "";
        device["rotational"] = files.Line($"{at}/queue/rotational");
        device["removable"] = files.Line($"{at}/removable");
        device["support_discard"] = files.Line($"{at}/queue/discard_granularity");
        device["scheduler_mode"] = Chosen().Match(files.Line($"{at}/queue/scheduler") ?? "") is { Success: true } match ? match.Groups["chosen"].Value : "";
        foreach (var key in (string[])["vendor", "model", "sas_address", "sas_device_handle"])
        {
            device[key] = files.Line($"{at}/device/{key}");
        }
        if (files.Line($"{at}/device/serial") is { } serial)
        {
            device["serial"] = serial;
        }
        if (links["ids"].GetValueOrDefault(name)?.FirstOrDefault(id => id.StartsWith("wwn-", StringComparison.Ordinal)) is { } wwn)
        {
            device["wwn"] = wwn["wwn-".Length..];
        }
        device["partitions"] = new JsonObject(files.Names(at)
            .Where(entry => entry.StartsWith(name, StringComparison.Ordinal) && Number().IsMatch(entry.AsSpan(name.Length)))
            .Select(entry => KeyValuePair.Create(entry, (JsonNode?)Partition(entry, $"{at}/{entry}", files, links))));
        return device;
    }

    private static JsonObject Partition(string name, string at, KernelFiles files, Dictionary<string, Dictionary<string, string[]>> links)
    {
        var partition = Common(name, at, files, links);
        partition["start"] = files.Line($"{at}/start") ?? "0";
        partition["uuid"] = links["uuids"].GetValueOrDefault(name)?.FirstOrDefault();
        return partition;
    }

    private static JsonObject Common(string name, string at, KernelFiles files, Dictionary<string, Dictionary<string, string[]>> links)
    {
        var sectors = files.Line($"{at}/size") ?? "0";
        return new JsonObject
        {
            ["links"] = new JsonObject(links.Select(kind => KeyValuePair.Create(kind.Key, (JsonNode?)List(kind.Value.GetValueOrDefault(name) ?? [])))),
            ["sectors"] = sectors,
            ["sectorsize"] = files.Line($"{at}/queue/logical_block_size") ?? files.Line($"{at}/queue/hw_sector_size") ?? "512",
            ["size"] = Human(double.TryParse(sectors, CultureInfo.InvariantCulture, out var count) ? count * 512 : 0),
            ["holders"] = List(files.Names($"{at}/holders").Select(holder =>
                holder.StartsWith("dm-", StringComparison.Ordinal) && files.Line($"/sys/block/{holder}/dm/name") is { } mapped ? mapped : holder)),
        };
    }

    // The names that lead to each device.
    private static Dictionary<string, string[]> Links(KernelFiles files, string directory) => files.Names(directory)
        .Select(name => (Name: name, Device: files.LinkName($"{directory}/{name}")))
        .Where(link => link.Device is not null)
        .GroupBy(link => link.Device!, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Select(link => link.Name).ToArray(), StringComparer.Ordinal);

    private static JsonArray List(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode)JsonValue.Create(item))]);

    [GeneratedRegex(@"\[(?<chosen>.*)\]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Chosen();

    [GeneratedRegex(@"^p?[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
