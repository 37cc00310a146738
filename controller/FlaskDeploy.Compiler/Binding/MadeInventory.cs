using System.Collections.Immutable;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>
/// What tasks may make of the inventory during a run: groups that hosts join (<c>group_by</c>) and hosts that are added
/// (<c>add_host</c>). A later play whose pattern may mean such a group is chosen on the host.
/// </summary>
internal sealed class MadeInventory
{
    private readonly List<(int Play, DynamicName.Part Name)> _groups = [];
    private readonly List<(int Play, ModuleCall Call, DynamicName.Part Name, ImmutableArray<DynamicName.Part> Groups)> _hosts = [];

    public MadeInventory(SyntaxContext context, ImmutableArray<PlaySource> sources)
    {
        // An include may bring any file that the bundle carries.
        var included = context.Includes.TaskFiles.SelectMany(file => Calls(file.Tasks.Concat(file.Handlers))).Where(made => made.Call is not null).ToList();
        foreach (var (index, source) in sources.Index())
        {
            var own = Calls(source.Play.Tasks.Concat(source.Play.Handlers)).ToList();
            foreach (var (node, call) in own.Exists(made => made.Call is null) ? own.Concat(included) : own)
            {
                if (call?.Module == "group_by")
                {
                    _groups.AddRange(Names(context, node, call.Arguments["key"]).Concat(Names(context, node, call.Arguments["parents"])).Select(name => (index, name with { Start = GroupByArguments.NameOf(name.Start) })));
                }
                else if (call is not null)
                {
                    var name = call.Arguments["name"] ?? call.Arguments["hostname"] ?? call.Arguments["host"];
                    ImmutableArray<DynamicName.Part> groups = [.. Names(context, node, call.Arguments["groups"] ?? call.Arguments["groupname"] ?? call.Arguments["group"])];
                    _hosts.AddRange((name is null ? [Anything] : Names(context, node, name)).Select(one => (index, call, one, name is null ? [Anything] : groups)));
                }
            }
        }
    }

    private static DynamicName.Part Anything => new("", "", IsWhole: false);

    /// <summary>Tasks make hosts known, whatever they are called.</summary>
    public bool AddsHosts => _hosts.Count > 0;

    /// <summary>Hosts join groups.</summary>
    public bool JoinsGroups => _groups.Count > 0;

    /// <summary>Plays before this one in which hosts may join a group that its pattern names.</summary>
    public ImmutableArray<int> Makers(int play, string pattern)
    {
        var names = PlayPattern.Split(pattern).Select(PlayPattern.NameOf).ToList();
        return [.. _groups.Where(made => made.Play < play && names.Exists(name => MayBe(made.Name, name))).Select(made => made.Play).Distinct().Order()];
    }

    /// <summary>The part of a pattern that counts the hosts of a group which tasks change; null: there is none.</summary>
    public string? CountedPart(int play, string pattern) =>
        PlayPattern.Split(pattern).FirstOrDefault(part => PlayPattern.NameOf(part) is var name && name != part.TrimStart('!', '&') && _groups.Exists(made => made.Play < play && MayBe(made.Name, name)));

    /// <summary>Whether only joining can bring hosts to the pattern: an exclusion brings none.</summary>
    public bool MayBring(int play, string pattern) =>
        PlayPattern.Split(pattern).Where(part => part[0] is not ('!' or '&')).Select(PlayPattern.NameOf).Any(name => _groups.Exists(made => made.Play < play && MayBe(made.Name, name)));

    /// <summary>Whether a group of that name may come to be.</summary>
    public bool MayMake(string group) => _groups.Exists(made => MayBe(made.Name, group)) || _hosts.Exists(made => made.Groups.Any(name => MayBe(name, group)));

    /// <summary>The call that adds a host which a later play may mean; null: none does.</summary>
    public ModuleCall? AdderFor(int play, string pattern) => _hosts.Find(made => made.Play < play && IsMeant(pattern, made.Name, made.Groups)).Call;

    private static bool IsMeant(string pattern, DynamicName.Part host, ImmutableArray<DynamicName.Part> groups) =>
        PlayPattern.Split(pattern).Where(part => part[0] == '!').Select(PlayPattern.NameOf).All(name => !(host.IsWhole && host.Start == name || groups.Any(group => group.IsWhole && group.Start == name)))
        && PlayPattern.Split(pattern).Where(part => part[0] is not ('!' or '&')).Select(PlayPattern.NameOf).Any(name => name is "all" or "*" || MayBe(host, name) || groups.Any(group => MayBe(group, name)));

    // A name that holds a wildcard may mean anything that is made.
    private static bool MayBe(DynamicName.Part made, string name) =>
        name.StartsWith('~') || (name.AsSpan().ContainsAny("*?[")
            ? !made.IsWhole || OperatorTree.IsMatch(made.Start, name)
            : made.IsWhole ? made.Start == name
            : name is not ("all" or "ungrouped") && name.StartsWith(made.Start, StringComparison.Ordinal) && name.EndsWith(made.End, StringComparison.Ordinal));

    private static IEnumerable<DynamicName.Part> Names(SyntaxContext context, TaskNode node, Value? written) => written switch
    {
        null => [],
        ListValue list => list.Items.SelectMany(item => new DynamicName(context, role: null).Of(item, node.Loop)),
        TextValue text => text.Text.Split(',').Select(name => new DynamicName.Part(name.Trim(), "", IsWhole: true)),
        _ => new DynamicName(context, role: null).Of(written, node.Loop),
    };

    // An include stands for itself, without a call.
    private static IEnumerable<(TaskNode Node, ModuleCall? Call)> Calls(IEnumerable<TaskNode> nodes) => nodes.SelectMany(node => node.Action switch
    {
        Block block => Calls(block.Tasks.Concat(block.Rescue).Concat(block.Always)),
        Include => [(node, null)],
        ModuleCall { Module: "group_by" or "add_host" } call => [(node, call)],
        _ => Enumerable.Empty<(TaskNode, ModuleCall?)>(),
    });
}
