using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FlaskDeploy.Agent.Machine.Looks.Facts;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>The facts, named as Ansible's without <c>ansible_</c>; a dot leads into a dictionary (<c>apparmor.status</c>).</summary>
internal static class SystemFacts
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public static async ValueTask<SystemAnswer> Look(SystemPython python, CancellationToken cancellation)
    {
        var files = new KernelFiles();
        var facts = new FactBook();
        DistributionFacts.Add(facts, files);
        KernelFacts.Add(facts, files);
        await Names(facts, files, cancellation);
        Architecture(facts);
        ProcessorFacts.Add(facts, files);
        MemoryFacts.Add(facts, files);
        FirmwareFacts.Add(facts, files);
        DeviceFacts.Add(facts, files);
        MountFacts.Add(facts, files);
        NetworkFacts.Add(facts, files, NetworkFacts.Addresses());
        VirtualFacts.Add(facts, files);
        Keys(facts, files);
        await python.Add(facts, cancellation);
        return facts.Answer;
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

    private static async ValueTask Names(FactBook facts, KernelFiles files, CancellationToken cancellation)
    {
        var node = files.Line("/proc/sys/kernel/hostname") ?? Environment.MachineName;
        // Only hostname(1) asks the resolver as the machine itself does; a name server that is away must not hold up the look.
        var full = node.Contains('.', StringComparison.Ordinal) ? node
            : await BoundedTool.Run("hostname", ["-f"], Deadline, cancellation) is { Succeeded: true } named && named.Output.Trim() is var answer && answer.Contains('.', StringComparison.Ordinal) && !answer.StartsWith("localhost", StringComparison.Ordinal) ? answer
            : node;
        facts["nodename"] = node;
        facts["hostname"] = node.Split('.')[0];
        facts["fqdn"] = full;
        facts["domain"] = full.IndexOf('.', StringComparison.Ordinal) is var dot && dot > 0 ? full[(dot + 1)..] : "";
        facts["machine_id"] = files.Line("/etc/machine-id") ?? "";
    }

    private static void Architecture(FactBook facts)
    {
        facts["architecture"] = facts["machine"] = facts["userspace_architecture"] = RuntimeInformation.OSArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "x86_64",
            System.Runtime.InteropServices.Architecture.Arm64 => "aarch64",
            var other => other.ToString().ToLowerInvariant(),
        };
        facts["userspace_bits"] = (IntPtr.Size * 8).ToString(CultureInfo.InvariantCulture);
    }

    // What others know this machine by.
    private static void Keys(FactBook facts, KernelFiles files)
    {
        foreach (var kind in (string[])["dsa", "rsa", "ecdsa", "ed25519"])
        {
            if (files.Line($"/etc/ssh/ssh_host_{kind}_key.pub")?.Split(' ') is [var type, var key, ..])
            {
                facts[$"ssh_host_key_{kind}_public"] = key;
                facts[$"ssh_host_key_{kind}_public_keytype"] = type;
            }
        }
    }
}
