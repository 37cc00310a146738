using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>What this machine runs in, and whether others may run in it: what systemd, the control groups, the firmware and the processor say.</summary>
internal static partial class VirtualFacts
{
    private static readonly string[] Containers = ["docker", "lxc", "podman", "containerd", "openvz"];

    internal static void Add(FactBook facts, KernelFiles files)
    {
        var vendor = files.Line("/sys/class/dmi/id/sys_vendor") ?? "";
        var product = files.Line("/sys/class/dmi/id/product_name") ?? "";
        var type = Of(Container(files), vendor, product, (files.Text("/proc/cpuinfo") ?? "").Contains(" hypervisor", StringComparison.Ordinal));
        var hosts = (files.Text("/proc/modules") ?? "").Split('\n').Any(line => line.StartsWith("kvm ", StringComparison.Ordinal)) || files.Exists("/dev/kvm");
        facts["virtualization_type"] = type ?? (hosts ? "kvm" : "NA");
        facts["virtualization_role"] = type is not null ? "guest" : hosts ? "host" : "NA";
        facts.Add("virtualization_tech_guest", List(type is null ? [] : Containers.Contains(type) ? ["container", type] : [type]));
        facts.Add("virtualization_tech_host", List(hosts ? ["kvm"] : []));
    }

    /// <summary>Null: a machine of metal.</summary>
    internal static string? Of(string? container, string vendor, string product, bool hypervisor) =>
        container is { Length: > 0 } ? container
        : vendor.StartsWith("VMware", StringComparison.Ordinal) ? "VMware"
        : product == "VirtualBox" ? "virtualbox"
        : vendor == "Microsoft Corporation" && product == "Virtual Machine" ? "VirtualPC"
        : vendor == "Xen" ? "xen"
        : vendor is "QEMU" or "DigitalOcean" or "Amazon EC2" or "Google" or "Red Hat" or "OpenStack Foundation" or "Hetzner" or "Scaleway" or "Nutanix" || product.StartsWith("KVM", StringComparison.Ordinal) ? "kvm"
        : hypervisor ? "kvm" : null;

    private static string? Container(KernelFiles files)
    {
        var groups = files.Text("/proc/1/cgroup") ?? "";
        return files.Line("/run/systemd/container")
            ?? (Docker().IsMatch(groups) || files.Exists("/.dockerenv") ? "docker"
                : groups.Contains("/lxc/", StringComparison.Ordinal) || groups.Contains("/machine.slice/machine-lxc", StringComparison.Ordinal) ? "lxc"
                : groups.Contains("/system.slice/containerd.service", StringComparison.Ordinal) ? "containerd"
                : files.Exists("/run/.containerenv") ? "podman"
                : null);
    }

    private static JsonArray List(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode)JsonValue.Create(item))]);

    [GeneratedRegex(@"/docker(/|-[0-9a-f]+\.scope)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Docker();
}
