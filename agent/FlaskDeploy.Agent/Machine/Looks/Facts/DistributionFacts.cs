using System.Text.Json.Nodes;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>Which distribution it is, in which version, and what it manages packages and services with.</summary>
internal static class DistributionFacts
{
    internal static void Add(FactBook facts, KernelFiles files)
    {
        var path = files.Exists("/etc/os-release") ? "/etc/os-release" : "/usr/lib/os-release";
        var release = SystemFacts.ParseRelease(files.Text(path) ?? "");
        var id = release.GetValueOrDefault("ID", "");
        var family = SystemFacts.FamilyOf(id, release.GetValueOrDefault("ID_LIKE", ""));
        var version = Version(id, release.GetValueOrDefault("VERSION_ID", ""), files);
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
        if (version.Split('.') is [_, var minor, ..])
        {
            facts["distribution_minor_version"] = minor;
        }
        facts["distribution_release"] = release.GetValueOrDefault("VERSION_CODENAME") ?? Between(release.GetValueOrDefault("VERSION", ""));
        facts.Add("distribution_file_parsed", JsonValue.Create(release.Count > 0));
        facts["distribution_file_path"] = family == "RedHat" && files.Exists("/etc/redhat-release") ? "/etc/redhat-release" : path;
        facts["distribution_file_variety"] = family;
        facts["os_family"] = family;
        facts["pkg_mgr"] = Manager(family, files);
        facts["service_mgr"] = files.Exists("/run/systemd/system") ? "systemd" : files.Line("/proc/1/comm") is { } first and not ("init" or "sh" or "bash" or "COMMAND") ? first : "service";
        if (release.Count > 0)
        {
            facts.Add("lsb", new JsonObject
            {
                ["id"] = facts["distribution"],
                ["release"] = release.GetValueOrDefault("VERSION_ID", ""),
                ["major_release"] = release.GetValueOrDefault("VERSION_ID", "").Split('.')[0],
                ["description"] = release.GetValueOrDefault("PRETTY_NAME", ""),
                ["codename"] = facts["distribution_release"],
            });
        }
    }

    // os-release says only "7" or "12" there. The release file has it all, of which Ansible takes two parts: 7.9, 8.5, 12.11.
    private static string Version(string id, string otherwise, KernelFiles files)
    {
        var whole = files.Text("/etc/centos-release")?.Split(' ').FirstOrDefault(word => word.Length > 0 && char.IsAsciiDigit(word[0]))
            ?? (id == "debian" && files.Line("/etc/debian_version") is [>= '0' and <= '9', ..] and var debian ? debian : null);
        return whole is null ? otherwise : string.Join('.', whole.Trim().Split('.').Take(2));
    }

    // A machine may have the tools of another family too; which it lives by is its own's.
    private static string Manager(string family, KernelFiles files) =>
        family == "Debian" && files.Exists("/usr/bin/apt-get") ? "apt"
        : files.Exists("/usr/bin/dnf") ? "dnf"
        : files.Exists("/usr/bin/yum") ? "yum"
        : files.Exists("/usr/bin/apt-get") ? "apt"
        : "unknown";

    private static string Between(string version) => version.IndexOf('(', StringComparison.Ordinal) is var open && open >= 0 && version.IndexOf(')', open) is var close && close > 0 ? version[(open + 1)..close] : "";
}
