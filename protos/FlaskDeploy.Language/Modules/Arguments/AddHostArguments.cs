using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/add_host_module.html</summary>
/// <param name="Name">Without its port, which is a variable.</param>
/// <param name="Problem">Why that is no host; null: it is one.</param>
public sealed partial record AddHostArguments(string Name, ImmutableArray<string> Groups, MapValue Vars, string? Problem) : IModuleArguments<AddHostArguments>
{
    public static ModuleSpec Spec { get; } = new("add_host", ModuleNature.Information, "makes a host known to the rest of the run, with its groups and variables; with apply only")
    {
        NamedOnlyBecause = "which hosts there may be is told before the run",
        IsOfTheRun = true,
        TakesAnyArgument = true,
        TextArgument = "_raw_params",
        Arguments =
        [
            new("name", ArgumentType.Text, "the host; a port behind it becomes ansible_ssh_port") { Aliases = ["hostname", "host"] },
            new("groups", ArgumentType.List, "the groups that it is in") { Aliases = ["groupname", "group"] },
            new("_raw_params", ArgumentType.Any, "a dict of all of these and of variables, in place of arguments"),
        ],
        RequiredOneOf = [["name", "_raw_params"]],
    };

    public static AddHostArguments From(BoundArguments arguments)
    {
        var raw = arguments.Get("_raw_params")?.Reveal();
        var given = raw as MapValue ?? MapValue.Empty;
        var written = arguments.Text("name") ?? First(given, "name", "hostname", "host")?.ToString();
        var problem = raw is not (null or MapValue) ? $"Invalid raw parameters passed, requires a dictionary/mapping got a {raw.TypeName}"
            : written is null ? "name, host or hostname needs to be provided"
            : written.Length == 0 ? "Invalid empty host name provided" : null;
        var port = Port().Match(written ?? "");
        var groups = arguments.Has("groups") ? arguments.Texts("groups") : First(given, "groupname", "groups", "group") switch
        {
            ListValue list => [.. list.Items.Select(item => item.ToString())],
            null or NullValue => [],
            var text => [.. text.ToString().Split(',')],
        };
        var vars = new MapValue(given.Entries.Where(entry => entry.Key.ToString() is not ("name" or "hostname" or "groups" or "groupname"))).Merge(arguments.Extra);
        return new(
            port.Success ? port.Groups["host"].Value : written ?? "",
            [.. groups.Select(group => group.Trim()).Where(group => group.Length > 0).Distinct()],
            port.Success ? vars.With("ansible_ssh_port", Value.Of(long.Parse(port.Groups["port"].ValueSpan, CultureInfo.InvariantCulture))) : vars,
            problem);
    }

    private static Value? First(MapValue given, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (given[name]?.Reveal() is { } value)
            {
                return value;
            }
        }
        return null;
    }

    [GeneratedRegex(@"\A(\[(?<host>[0-9A-Fa-f:.]+)\]|(?<host>[^:\[\]]+)):(?<port>[0-9]{1,5})\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Port();
}
