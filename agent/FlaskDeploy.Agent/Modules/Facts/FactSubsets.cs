using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Modules.Facts;

/// <summary>The kinds of facts that <c>gather_subset</c> chooses from, and of which kind each fact is. Pure.</summary>
internal static class FactSubsets
{
    private const string Smallest = "min";

    /// <summary>Of the smallest set: only <c>!min</c> leaves them out.</summary>
    private static readonly ImmutableArray<string> Least =
        ["cmdline", "date_time", "distribution", "dns", "env", "local", "lsb", "pkg_mgr", "platform", "selinux", "service_mgr", "user"];

    private static readonly ImmutableArray<string> Others = ["hardware", "network", "virtual"];

    // Known to Ansible and of nothing that is here: asking for them is no mistake.
    private static readonly ImmutableArray<string> Empty =
        ["all_ipv4_addresses", "all_ipv6_addresses", "apparmor", "caps", "devices", "facter", "fibre_channel_wwn", "fips", "interfaces", "iscsi", "mounts", "ohai", "processor", "python", "ssh_pub_keys", "system_capabilities", "system_capabilities_enforced", "virtualization_role", "virtualization_type"];

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

    /// <summary>The kind of a fact, by its name in playbooks.</summary>
    public static string Of(string fact) => fact["ansible_".Length..] switch
    {
        "cmdline" or "proc_cmdline" => "cmdline",
        "date_time" => "date_time",
        "dns" => "dns",
        "env" => "env",
        "local" => "local",
        "lsb" => "lsb",
        "pkg_mgr" => "pkg_mgr",
        "service_mgr" => "service_mgr",
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
        : Empty.Contains(name) ? []
        : null;
}
