using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>Interfaces with their addresses, and the ones by which the default routes go: /sys/class/net and /proc/net.</summary>
internal static class NetworkFacts
{
    private const int Promiscuous = 0x100;

    internal sealed record Address(string Device, IPAddress Own, int Prefix)
    {
        internal bool IsV4 => Own.AddressFamily == AddressFamily.InterNetwork;

        internal string Text => Own.ToString().Split('%')[0];
    }

    /// <summary>Those of this machine, in the kernel's order: of several of an interface the first is the primary one.</summary>
    internal static IReadOnlyList<Address> Addresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().OrderBy(device => device.Name, StringComparer.Ordinal)
            .SelectMany(device => device.GetIPProperties().UnicastAddresses.Select(unicast => new Address(device.Name, unicast.Address, unicast.PrefixLength))),
    ];

    internal static void Add(FactBook facts, KernelFiles files, IReadOnlyList<Address> addresses)
    {
        var devices = files.Names("/sys/class/net").Where(name => files.Exists($"/sys/class/net/{name}/address")).ToList();
        facts["interfaces"] = string.Join('\n', devices);
        facts["all_ipv4_addresses"] = Join(address => address.IsV4 && !IPAddress.IsLoopback(address.Own));
        facts["all_ipv6_addresses"] = Join(address => !address.IsV4 && !IPAddress.IsLoopback(address.Own));
        var shown = devices.ToDictionary(device => device, device => Device(device, files, [.. addresses.Where(address => address.Device == device)]), StringComparer.Ordinal);
        foreach (var (device, interfaceFacts) in shown)
        {
            // Names of facts have neither.
            facts.Add(device.Replace('-', '_').Replace(':', '_'), interfaceFacts);
        }
        if (DefaultV4(files) is { } four)
        {
            facts.Add("default_ipv4", Default(four, shown, addresses.FirstOrDefault(address => address.IsV4 && address.Device == four.Device)));
        }
        if (DefaultV6(files) is { } six)
        {
            facts.Add("default_ipv6", Default(six, shown, addresses.FirstOrDefault(address => !address.IsV4 && address.Device == six.Device && !address.Own.IsIPv6LinkLocal)));
        }

        string Join(Func<Address, bool> isTold) => string.Join('\n', addresses.Where(isTold).Select(address => address.Text).Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal));
    }

    private static JsonObject Device(string name, KernelFiles files, IReadOnlyList<Address> addresses)
    {
        var at = $"/sys/class/net/{name}";
        var device = new JsonObject { ["device"] = name };
        if (files.Line($"{at}/address") is { } hardware && hardware != "00:00:00:00:00:00")
        {
            device["macaddress"] = hardware;
        }
        AddNumber(device, "mtu", files.Line($"{at}/mtu"));
        device["active"] = files.Line($"{at}/operstate") != "down";
        if (files.LinkName($"{at}/device/driver/module") is { } module)
        {
            device["module"] = module;
        }
        // linux/if_arp.h
        device["type"] = files.Line($"{at}/type") switch { "1" => "ether", "32" => "infiniband", "512" => "ppp", "772" => "loopback", "65534" => "tunnel", _ => "unknown" };
        AddGroup(device, at, files);
        if (files.LinkName($"{at}/device") is { } bus)
        {
            device["pciid"] = bus;
        }
        AddNumber(device, "speed", files.Line($"{at}/speed"));
        device["promisc"] = files.Line($"{at}/flags") is ['0', 'x', .. var flags] && int.TryParse(flags, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits) && (bits & Promiscuous) != 0;
        var four = addresses.Where(address => address.IsV4).Select(V4).ToList();
        if (four.Count > 0)
        {
            device["ipv4"] = four[0];
        }
        if (four.Count > 1)
        {
            device["ipv4_secondaries"] = new JsonArray([.. four[1..]]);
        }
        if (addresses.Any(address => !address.IsV4))
        {
            device["ipv6"] = new JsonArray([.. addresses.Where(address => !address.IsV4).Select(V6)]);
        }
        return device;
    }

    // Bridges and bonds are made of others.
    private static void AddGroup(JsonObject device, string at, KernelFiles files)
    {
        if (files.Exists($"{at}/bridge"))
        {
            device["type"] = "bridge";
            device["interfaces"] = new JsonArray([.. files.Names($"{at}/brif").Select(part => (JsonNode)JsonValue.Create(part))]);
            device["id"] = files.Line($"{at}/bridge/bridge_id") ?? "";
            device["stp"] = files.Line($"{at}/bridge/stp_state") == "1";
        }
        if (files.Exists($"{at}/bonding"))
        {
            device["type"] = "bonding";
            device["slaves"] = new JsonArray([.. (files.Line($"{at}/bonding/slaves") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(part => (JsonNode)JsonValue.Create(part))]);
            foreach (var key in (string[])["mode", "miimon", "lacp_rate"])
            {
                device[key] = files.Line($"{at}/bonding/{key}")?.Split(' ')[0] ?? "";
            }
        }
    }

    private static JsonObject V4(Address address)
    {
        var number = BinaryPrimitives.ReadUInt32BigEndian(address.Own.GetAddressBytes());
        var mask = address.Prefix == 0 ? 0 : uint.MaxValue << (32 - address.Prefix);
        // A network of one or two addresses, and the loopback, has no address for all.
        var hasBroadcast = address.Prefix < 31 && !IPAddress.IsLoopback(address.Own);
        return new JsonObject
        {
            ["address"] = address.Text,
            ["broadcast"] = hasBroadcast ? Dotted(number | ~mask) : "",
            ["netmask"] = Dotted(mask),
            ["network"] = Dotted(number & mask),
            ["prefix"] = address.Prefix.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static JsonObject V6(Address address) => new()
    {
        ["address"] = address.Text,
        ["prefix"] = address.Prefix.ToString(CultureInfo.InvariantCulture),
        ["scope"] = IPAddress.IsLoopback(address.Own) ? "host" : address.Own.IsIPv6LinkLocal ? "link" : address.Own.IsIPv6SiteLocal ? "site" : "global",
    };

    private static JsonObject Default((string Device, string Gateway) route, Dictionary<string, JsonObject> devices, Address? address)
    {
        var shown = new JsonObject { ["interface"] = route.Device, ["gateway"] = route.Gateway };
        if (address is null)
        {
            return shown;
        }
        var parts = address.IsV4 ? V4(address) : V6(address);
        foreach (var (key, part) in parts)
        {
            shown[key] = part?.DeepClone();
        }
        if (address.IsV4)
        {
            shown["alias"] = route.Device;
        }
        foreach (var key in (string[])["macaddress", "mtu", "type"])
        {
            if (devices.GetValueOrDefault(route.Device)?[key] is { } part)
            {
                shown[key] = part.DeepClone();
            }
        }
        return shown;
    }

    // Interface, destination, gateway, flags… in hexadecimal words of the machine's order.
    private static (string Device, string Gateway)? DefaultV4(KernelFiles files)
    {
        foreach (var fields in (files.Text("/proc/net/route") ?? "").Split('\n').Skip(1).Select(line => line.Split('\t')))
        {
            if (fields.Length > 7 && fields[1] == "00000000" && fields[7] == "00000000")
            {
                var gateway = Convert.FromHexString(fields[2]);
                Array.Reverse(gateway);
                return (fields[0], new IPAddress(gateway).ToString());
            }
        }
        return null;
    }

    // Destination, its length, source, its length, next hop, metric, counts, flags, interface: of several the one with the least metric.
    private static (string Device, string Gateway)? DefaultV6(KernelFiles files)
    {
        const int viaGateway = 0x2;
        var routes = (files.Text("/proc/net/ipv6_route") ?? "").Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length == 10 && fields[0].All(digit => digit == '0') && fields[1] == "00" && fields[9] != "lo"
                && (Convert.ToInt32(fields[8], 16) & viaGateway) != 0)
            .OrderBy(fields => Convert.ToUInt32(fields[5], 16));
        return routes.FirstOrDefault() is { } first ? (first[9], new IPAddress(Convert.FromHexString(first[4])).ToString()) : null;
    }

    private static void AddNumber(JsonObject device, string name, string? text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            device[name] = number;
        }
    }

    private static string Dotted(uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes).ToString();
    }
}
