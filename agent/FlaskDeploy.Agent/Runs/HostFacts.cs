using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>The facts that playbooks read, from a look at the system: <c>ansible_os_family</c> and <c>ansible_facts.os_family</c>.</summary>
internal static class HostFacts
{
    private static readonly ImmutableArray<string> Lists = ["all_ipv4_addresses", "all_ipv6_addresses", "interfaces"];
    private static readonly ImmutableArray<string> Routes = ["default_ipv4", "default_ipv6"];
    private static readonly ImmutableArray<string> Texts = ["distribution_version", "distribution_major_version", "distribution_minor_version", "kernel", "machine_id", "userspace_bits", "bios_version", "product_version", "product_serial", "board_version", "board_serial", "chassis_serial", "chassis_version", "python_version"];

    /// <param name="environment">That tasks of the play have: <c>ansible_env</c>.</param>
    public static IEnumerable<KeyValuePair<string, Value>> From(SystemAnswer system, MapValue environment)
    {
        var facts = Nest(system.Facts.SetItems(system.Passing).Select(pair => (PathOf(pair.Key), ValueOf(pair.Key, pair.Value)))).Append(("env", environment)).ToList();
        // Without a default route Ansible has them empty, and not undefined.
        foreach (var route in Routes.Where(route => !facts.Exists(fact => fact.Name == route)))
        {
            facts.Add((route, MapValue.Empty));
        }
        foreach (var (name, value) in facts)
        {
            yield return KeyValuePair.Create($"ansible_{name}", value);
        }
        yield return KeyValuePair.Create("ansible_facts", (Value)MapValue.From(facts));
    }

    // The name of an interface may have a dot.
    private static string[] PathOf(string name) =>
        name.EndsWith(SystemAnswer.Structured, StringComparison.Ordinal) ? [name[..^SystemAnswer.Structured.Length]] : name.Split('.');

    // A dot leads into a dictionary.
    private static IEnumerable<(string Name, Value Value)> Nest(IEnumerable<(string[] Path, Value Value)> facts) => facts
        .GroupBy(fact => fact.Path[0], StringComparer.Ordinal)
        .Select(group => (group.Key, group.First().Path.Length == 1
            ? group.First().Value
            : MapValue.From(Nest(group.Where(fact => fact.Path.Length > 1).Select(fact => (fact.Path[1..], fact.Value))))));

    private static Value ValueOf(string name, string text) =>
        name.EndsWith(SystemAnswer.Structured, StringComparison.Ordinal) ? ValueJson.Parse(text) ?? Value.Null
        : Lists.Contains(name) ? Value.Of(text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        : text is "true" or "false" ? Value.Of(text == "true")
        : !Texts.Contains(name) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Value.Of(number)
        : Value.Of(text);
}
