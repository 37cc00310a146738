using System.Text;
using System.Text.Json.Nodes;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>The kernel and how it was started, and what guards it: command line, FIPS, SELinux, AppArmor.</summary>
internal static class KernelFacts
{
    internal static void Add(FactBook facts, KernelFiles files)
    {
        facts["system"] = "Linux";
        facts["kernel"] = files.Line("/proc/sys/kernel/osrelease") ?? "";
        facts["kernel_version"] = files.Line("/proc/sys/kernel/version") ?? "";
        var (single, all) = CommandLine(files.Text("/proc/cmdline") ?? "");
        facts.Add("cmdline", single);
        facts.Add("proc_cmdline", all);
        facts.Add("fips", JsonValue.Create(files.Line("/proc/sys/crypto/fips_enabled") == "1"));
        facts["apparmor.status"] = files.Exists("/sys/kernel/security/apparmor") ? "enabled" : "disabled";
        var enforce = files.Line("/sys/fs/selinux/enforce");
        facts["selinux.status"] = enforce is null ? "disabled" : "enabled";
        facts.Add("selinux_python_present", JsonValue.Create(true));
        if (enforce is not null)
        {
            var wanted = SystemFacts.ParseRelease(files.Text("/etc/selinux/config") ?? "");
            facts["selinux.mode"] = enforce == "1" ? "enforcing" : "permissive";
            facts["selinux.config_mode"] = wanted.GetValueOrDefault("SELINUX", "unknown");
            facts["selinux.type"] = wanted.GetValueOrDefault("SELINUXTYPE", "targeted");
            facts["selinux.policyvers"] = files.Line("/sys/fs/selinux/policyvers") ?? "unknown";
        }
    }

    /// <summary>By name: of an option that is given several times the last, and with all of them.</summary>
    internal static (JsonObject Single, JsonObject All) CommandLine(string text)
    {
        var (single, all) = (new JsonObject(), new JsonObject());
        foreach (var word in Words(text))
        {
            var at = word.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = at < 0 ? (word, (JsonNode)JsonValue.Create(true)) : (word[..at], JsonValue.Create(word[(at + 1)..]));
            single[name] = value;
            all[name] = all[name] switch
            {
                null => value.DeepClone(),
                JsonArray several => new JsonArray([.. several.Select(item => item?.DeepClone()), value.DeepClone()]),
                var one => new JsonArray(one.DeepClone(), value.DeepClone()),
            };
        }
        return (single, all);
    }

    // Blanks divide, but for those in quotes.
    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        var quoted = false;
        foreach (var c in text)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!char.IsWhiteSpace(c) || quoted)
            {
                word.Append(c);
            }
            else if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }
        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }
}
