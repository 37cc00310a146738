using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Facts;

/// <summary>The kinds of facts that <c>gather_subset</c> chooses from, and of which kind each fact is. Pure.</summary>
internal static class FactSubsets
{
    private const string Smallest = "min";

    /// <summary>Of the smallest set: only <c>!min</c> leaves them out.</summary>
    private static readonly ImmutableArray<string> Least =
        ["apparmor", "cmdline", "date_time", "distribution", "dns", "env", "fips", "local", "lsb", "pkg_mgr", "platform", "python", "selinux", "service_mgr", "ssh_pub_keys", "user"];

    private static readonly ImmutableArray<string> Others = ["hardware", "network", "virtual"];

    // A fact's own name stands for the kind that has it.
    private static readonly ImmutableDictionary<string, string> Kinds = new (string Kind, string[] Facts)[]
    {
        ("hardware", ["devices", "mounts", "processor", "processor_cores", "processor_count"]),
        ("network", ["interfaces", "default_ipv4", "default_ipv6", "all_ipv4_addresses", "all_ipv6_addresses"]),
        ("python", ["python_version"]),
        ("virtual", ["virtualization_role", "virtualization_type", "virtualization_tech_guest", "virtualization_tech_host"]),
        ("platform", ["architecture", "kernel", "machine", "machine_id", "system"]),
    }.SelectMany(kind => kind.Facts.Select(fact => (fact, kind.Kind))).ToImmutableDictionary(pair => pair.fact, pair => pair.Kind, StringComparer.Ordinal);

    // Known to Ansible and of nothing that is here: asking for them is no mistake.
    private static readonly ImmutableArray<string> Empty =
        ["caps", "chroot", "facter", "fibre_channel_wwn", "iscsi", "loadavg", "nvme", "ohai", "system_capabilities", "system_capabilities_enforced"];

    public static IEnumerable<string> Names => [.. ((string[])["all", Smallest, .. Least, .. Others]).Order(StringComparer.Ordinal)];

    /// <summary>The kinds that are meant, or the first name that none has.</summary>
    public static (ImmutableHashSet<string> Names, string? Unknown) Resolve(IReadOnlyList<string> subsets)
    {
        var wanted = ImmutableHashSet<string>.Empty;
        var without = ImmutableHashSet<string>.Empty;
        foreach (var subset in subsets.Where(subset => subset.Length > 0))
        {
            var name = subset.TrimStart('!');
            if (Meant(name) is not { } meant)
            {
                return (wanted, name);
            }
            if (subset.StartsWith('!'))
            {
                without = without.Union(name == "all" ? Others : meant);
            }
            else
            {
                wanted = wanted.Union(meant);
            }
        }
        // Only what is not wanted was said: all the rest is.
        if (subsets.All(subset => subset.StartsWith('!')))
        {
            wanted = wanted.Union(Others);
        }
        return (without.IsSupersetOf(Least) ? wanted.Except(without) : wanted.Union(Least).Except(without.Except(wanted)), null);
    }

    /// <summary>The kind of a fact, by its name in playbooks; an interface is known by its own.</summary>
    public static string Of(string fact, Value value) => value is MapValue map && map.TryGet("device", out _) ? "network" : fact["ansible_".Length..] switch
    {
        "cmdline" or "proc_cmdline" => "cmdline",
        "date_time" => "date_time",
        "dns" => "dns",
        "env" => "env",
        "local" => "local",
        "lsb" => "lsb",
        "pkg_mgr" => "pkg_mgr",
        "service_mgr" => "service_mgr",
        "apparmor" => "apparmor",
        "fips" => "fips",
        "python" or "python_version" => "python",
        "devices" or "device_links" or "mounts" or "form_factor" or "system_vendor" => "hardware",
        var name when name.StartsWith("ssh_host_key", StringComparison.Ordinal) => "ssh_pub_keys",
        var name when ((string[])["bios_", "board_", "chassis_", "product_"]).Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) => "hardware",
        var name when name.StartsWith("selinux", StringComparison.Ordinal) => "selinux",
        var name when name.StartsWith("distribution", StringComparison.Ordinal) || name == "os_family" => "distribution",
        var name when name.StartsWith("user_", StringComparison.Ordinal) || name.StartsWith("effective_", StringComparison.Ordinal) || name.StartsWith("real_", StringComparison.Ordinal) => "user",
        var name when name.StartsWith("virtualization", StringComparison.Ordinal) => "virtual",
        var name when name.StartsWith("processor", StringComparison.Ordinal) || name.StartsWith("mem", StringComparison.Ordinal) || name.StartsWith("swap", StringComparison.Ordinal) || name.StartsWith("uptime", StringComparison.Ordinal) => "hardware",
        "interfaces" or "default_ipv4" or "default_ipv6" or "all_ipv4_addresses" or "all_ipv6_addresses" => "network",
        _ => "platform",
    };

    private static ImmutableArray<string>? Meant(string name) =>
        name == "all" ? [.. Least, .. Others]
        : name == Smallest ? Least
        : Least.Contains(name) || Others.Contains(name) ? [name]
        : Kinds.TryGetValue(name, out var kind) ? [kind]
        : Empty.Contains(name) ? []
        : null;
}
