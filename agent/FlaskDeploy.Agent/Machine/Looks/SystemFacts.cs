using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>The slow facts, named as Ansible's without <c>ansible_</c>; a dot leads into a dictionary (<c>default_ipv4.address</c>).</summary>
internal static class SystemFacts
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public static async ValueTask<SystemAnswer> Look(CancellationToken cancellation)
    {
        var facts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        Distribution(facts);
        await Names(facts, cancellation);
        Hardware(facts);
        Network(facts);
        SecurityModule(facts);
        Python(facts);
        return new SystemAnswer(facts.ToImmutable());
    }

    /// <summary>The family by os-release(5): what the distribution is, else what it says that it is like.</summary>
    public static string FamilyOf(string id, string idLike) => id switch
    {
        "centos" or "rhel" or "fedora" or "rocky" or "almalinux" or "ol" or "amzn" or "scientific" => "RedHat",
        "debian" or "ubuntu" => "Debian",
        _ => idLike.Split(' ') is var like && (like.Contains("rhel") || like.Contains("fedora")) ? "RedHat"
            : like.Contains("debian") ? "Debian"
            : like.Contains("suse") ? "Suse"
            : id.Length == 0 ? "Linux" : id,
    };

    /// <summary><c>KEY="value"</c> lines.</summary>
    public static ImmutableDictionary<string, string> ParseRelease(string text) => text.Split('\n')
        .Select(line => line.Split('=', 2))
        .Where(pair => pair.Length == 2)
        .ToImmutableDictionary(pair => pair[0].Trim(), pair => pair[1].Trim().Trim('"', '\''), StringComparer.Ordinal);

    /// <summary>What this machine runs in, from what systemd, the firmware and the processor say; null for a machine of metal.</summary>
    public static string? VirtualizationOf(string? container, string vendor, string product, bool hypervisor) =>
        container is { Length: > 0 } ? container
        : vendor.StartsWith("VMware", StringComparison.Ordinal) ? "VMware"
        : product == "VirtualBox" ? "virtualbox"
        : vendor == "Microsoft Corporation" && product == "Virtual Machine" ? "VirtualPC"
        : vendor == "Xen" ? "xen"
        : vendor is "QEMU" or "DigitalOcean" or "Amazon EC2" or "Google" or "Red Hat" or "OpenStack Foundation" || product.StartsWith("KVM", StringComparison.Ordinal) ? "kvm"
        : hypervisor ? "kvm" : null;

    private static void Distribution(ImmutableSortedDictionary<string, string>.Builder facts)
    {
        var release = ParseRelease(Text("/etc/os-release") ?? Text("/usr/lib/os-release") ?? "");
        var id = release.GetValueOrDefault("ID", "");
        // CentOS says only "7" or "8" there. The release file has it all, of which Ansible takes two parts: 7.9, 8.5.
        var version = Text("/etc/centos-release")?.Split(' ').FirstOrDefault(word => word.Length > 0 && char.IsAsciiDigit(word[0])) is { } whole
            ? string.Join('.', whole.Split('.').Take(2))
            : release.GetValueOrDefault("VERSION_ID", "");
        facts["distribution"] = id switch
        {
            "centos" => "CentOS",
            "rhel" => "RedHat",
            "fedora" => "Fedora",
            "rocky" => "Rocky",
            "almalinux" => "AlmaLinux",
            "ol" => "OracleLinux",
            "amzn" => "Amazon",
            "debian" => "Debian",
            "ubuntu" => "Ubuntu",
            _ => release.GetValueOrDefault("NAME", "Linux"),
        };
        facts["distribution_version"] = version;
        facts["distribution_major_version"] = version.Split('.')[0];
        facts["distribution_release"] = release.GetValueOrDefault("VERSION_CODENAME") ?? Between(release.GetValueOrDefault("VERSION", ""));
        facts["os_family"] = FamilyOf(id, release.GetValueOrDefault("ID_LIKE", ""));
        facts["pkg_mgr"] = File.Exists("/usr/bin/dnf") ? "dnf" : File.Exists("/usr/bin/yum") ? "yum" : File.Exists("/usr/bin/apt-get") ? "apt" : "unknown";
        facts["service_mgr"] = Systemd.Runs ? "systemd" : "unknown";
    }

    // Of the system's own interpreter: nothing here needs it, playbooks call it. Its link says which version it is.
    private static void Python(ImmutableSortedDictionary<string, string>.Builder facts)
    {
        if (new[] { "/usr/bin/python3", "/usr/libexec/platform-python", "/usr/bin/python" }.FirstOrDefault(File.Exists) is not { } executable)
        {
            return;
        }
        facts["python.executable"] = executable;
        facts["python.type"] = "cpython";
        var name = Path.GetFileName(File.ResolveLinkTarget(executable, returnFinalTarget: true)?.FullName ?? executable);
        if (name.StartsWith("python", StringComparison.Ordinal) && name["python".Length..].Split('.') is [var major, var minor])
        {
            facts["python.version.major"] = major;
            facts["python.version.minor"] = minor;
            facts["python_version"] = $"{major}.{minor}";
        }
    }

    private static async ValueTask Names(ImmutableSortedDictionary<string, string>.Builder facts, CancellationToken cancellation)
    {
        var node = Text("/proc/sys/kernel/hostname")?.Trim() ?? Environment.MachineName;
        // Only hostname(1) asks the resolver as the machine itself does; a name server that is away must not hold up the look.
        var full = node.Contains('.', StringComparison.Ordinal) ? node
            : await BoundedTool.Run("hostname", ["-f"], Deadline, cancellation) is { Succeeded: true } named && named.Output.Trim() is var answer && answer.Contains('.', StringComparison.Ordinal) && !answer.StartsWith("localhost", StringComparison.Ordinal) ? answer
            : node;
        facts["nodename"] = node;
        facts["hostname"] = node.Split('.')[0];
        facts["fqdn"] = full;
        facts["domain"] = full.IndexOf('.', StringComparison.Ordinal) is var dot && dot > 0 ? full[(dot + 1)..] : "";
        facts["machine_id"] = Text("/etc/machine-id")?.Trim() ?? "";
    }

    private static void Hardware(ImmutableSortedDictionary<string, string>.Builder facts)
    {
        facts["system"] = "Linux";
        facts["fips"] = Text("/proc/sys/crypto/fips_enabled")?.Trim() == "1" ? "true" : "false";
        facts["kernel"] = Text("/proc/sys/kernel/osrelease")?.Trim() ?? "";
        facts["architecture"] = facts["machine"] = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x86_64",
            Architecture.Arm64 => "aarch64",
            var other => other.ToString().ToLowerInvariant(),
        };
        var processors = Text("/proc/cpuinfo") ?? "";
        var threads = Lines(processors, "processor").Count();
        facts["processor_vcpus"] = facts["processor_nproc"] = Math.Max(1, threads).ToString(CultureInfo.InvariantCulture);
        facts["processor_count"] = Math.Max(1, Lines(processors, "physical id").Distinct(StringComparer.Ordinal).Count()).ToString(CultureInfo.InvariantCulture);
        var virtualization = VirtualizationOf(
            Text("/run/systemd/container")?.Trim(),
            Text("/sys/class/dmi/id/sys_vendor")?.Trim() ?? "",
            Text("/sys/class/dmi/id/product_name")?.Trim() ?? "",
            processors.Contains(" hypervisor", StringComparison.Ordinal));
        facts["virtualization_type"] = virtualization ?? "NA";
        facts["virtualization_role"] = virtualization is null ? "NA" : "guest";
        facts["memtotal_mb"] = (Kilobytes("MemTotal") / 1024).ToString(CultureInfo.InvariantCulture);
        facts["swaptotal_mb"] = (Kilobytes("SwapTotal") / 1024).ToString(CultureInfo.InvariantCulture);
    }

    private static void Network(ImmutableSortedDictionary<string, string>.Builder facts)
    {
        var interfaces = NetworkInterface.GetAllNetworkInterfaces().OrderBy(device => device.Name, StringComparer.Ordinal).ToList();
        facts["interfaces"] = string.Join('\n', interfaces.Select(device => device.Name));
        var addresses = interfaces
            .SelectMany(device => device.GetIPProperties().UnicastAddresses.Select(unicast => (device.Name, unicast.Address, unicast.PrefixLength)))
            .Where(address => !IPAddress.IsLoopback(address.Address))
            .OrderBy(address => address.Address.ToString(), StringComparer.Ordinal)
            .ToList();
        facts["all_ipv4_addresses"] = Join(AddressFamily.InterNetwork);
        facts["all_ipv6_addresses"] = Join(AddressFamily.InterNetworkV6);
        if (DefaultRoute() is { } route)
        {
            facts["default_ipv4.interface"] = route.Interface;
            facts["default_ipv4.gateway"] = route.Gateway;
            if (addresses.Find(address => address.Name == route.Interface && address.Address.AddressFamily == AddressFamily.InterNetwork) is { Address: { } own } found)
            {
                facts["default_ipv4.address"] = own.ToString();
                facts["default_ipv4.netmask"] = new IPAddress(BitConverter.GetBytes(IPAddress.HostToNetworkOrder(-1 << (32 - found.PrefixLength)))).ToString();
            }
        }

        string Join(AddressFamily family) => string.Join('\n', addresses
            .Where(address => address.Address.AddressFamily == family)
            .Select(address => address.Address.ToString().Split('%')[0])
            .Distinct(StringComparer.Ordinal));
    }

    // /proc/net/route: interface, destination, gateway, flags… in hexadecimal words of the machine's order.
    private static (string Interface, string Gateway)? DefaultRoute()
    {
        foreach (var line in Text("/proc/net/route")?.Split('\n').Skip(1) ?? [])
        {
            var fields = line.Split('\t');
            if (fields.Length > 7 && fields[1] == "00000000" && fields[7] == "00000000")
            {
                var gateway = Convert.FromHexString(fields[2]);
                Array.Reverse(gateway);
                return (fields[0], new IPAddress(gateway).ToString());
            }
        }
        return null;
    }

    private static void SecurityModule(ImmutableSortedDictionary<string, string>.Builder facts)
    {
        var enforce = Text("/sys/fs/selinux/enforce")?.Trim();
        facts["selinux.status"] = enforce is null ? "disabled" : "enabled";
        if (enforce is not null)
        {
            facts["selinux.mode"] = enforce == "1" ? "enforcing" : "permissive";
            facts["selinux.type"] = ParseRelease(Text("/etc/selinux/config") ?? "").GetValueOrDefault("SELINUXTYPE", "targeted");
        }
    }

    private static long Kilobytes(string name) => Text("/proc/meminfo")?.Split('\n')
        .FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.Ordinal))
        ?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var number, ..] ? long.Parse(number, CultureInfo.InvariantCulture) : 0;

    // "key : value" of /proc/cpuinfo.
    private static IEnumerable<string> Lines(string text, string key) => text.Split('\n')
        .Where(line => line.StartsWith(key, StringComparison.Ordinal) && line.AsSpan(key.Length).TrimStart().StartsWith(':'));

    private static string Between(string version) => version.IndexOf('(', StringComparison.Ordinal) is var open && open >= 0 && version.IndexOf(')', open) is var close && close > 0 ? version[(open + 1)..close] : "";

    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
