using System.Collections.Immutable;
using FlaskDeploy.Compiler.Inventory;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>
/// The variables that an inventory and the files beside it give to groups and hosts, in Ansible's precedence. A release
/// has one level of variables per group, folded by the agent from the weakest group to the strongest; Ansible's levels go
/// across groups (a file for <c>all</c> beats <c>[web:vars]</c>). Where the fold would come to something else, the host's
/// own part says what is right.
/// </summary>
internal sealed class InventoryVariables
{
    private readonly InventoryModel _model;
    private readonly ImmutableArray<VarsDirectories> _besideInventory;
    private readonly VarsDirectories _besidePlaybook;
    private readonly Dictionary<InventoryGroup, Dictionary<string, Value>> _ofGroup = [];

    public InventoryVariables(SyntaxContext context, InventoryModel model)
    {
        _model = model;
        // Read once where both are the same directory.
        _besideInventory = [.. model.Directories.Distinct().Where(directory => directory != context.Files.PlaybookDirectory).Select(directory => new VarsDirectories(context, directory))];
        _besidePlaybook = new VarsDirectories(context, context.Files.PlaybookDirectory);
        var ofAll = FilesOf(model.All).SelectMany(level => level).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var group in model.Groups)
        {
            var vars = new Dictionary<string, Value>(StringComparer.Ordinal);
            Add(vars, group == model.All ? group.Vars : group.Vars.Where(pair => !ofAll.Contains(pair.Key)));
            foreach (var level in FilesOf(group))
            {
                Add(vars, level);
            }
            _ofGroup.Add(group, vars);
        }
        Groups = [.. model.Groups.Select(GroupRecord)];
        GroupsValue = MapValue.From(model.Groups.Select(group => (group.Name, (Value)Value.Of(model.Members(group).Select(host => host.Name)))));
    }

    public ImmutableArray<Group> Groups { get; private set; }

    /// <summary>The magic variable <c>groups</c>.</summary>
    public Value GroupsValue { get; }

    /// <summary>Takes along the variables of groups that tasks may make.</summary>
    /// <param name="mayBeMade">Of a group's name.</param>
    /// <returns>The names that hosts may come to have from them.</returns>
    public IEnumerable<string> Prepare(Func<string, bool> mayBeMade)
    {
        var made = _besideInventory.Append(_besidePlaybook).SelectMany(directory => directory.GroupNames).Distinct().Where(name => _model.FindGroup(name) is null && mayBeMade(name)).Order(StringComparer.Ordinal).ToList();
        foreach (var name in made)
        {
            var vars = new Dictionary<string, Value>(StringComparer.Ordinal);
            foreach (var directory in _besideInventory.Append(_besidePlaybook))
            {
                Add(vars, directory.OfGroup(name));
            }
            Groups = Groups.Add(new Group(name, [.. vars.OrderBy(pair => pair.Key, StringComparer.Ordinal)], [], [], Priority: 1) { IsMadeByTasks = true });
        }
        // What is known of an inventory's group may come to a host that joins it.
        var joined = Groups.Where(group => group.Name is not ("all" or "ungrouped") && mayBeMade(group.Name));
        return joined.SelectMany(group => group.Vars).Select(pair => pair.Key).Distinct(StringComparer.Ordinal);
    }

    /// <summary>All that the host has from groups and for itself.</summary>
    public Dictionary<string, Value> Of(InventoryHost host)
    {
        var groups = _model.GroupsOf(host);
        var others = groups.Where(group => group != _model.All).ToList();
        var vars = new Dictionary<string, Value>(StringComparer.Ordinal);
        Add(vars, _model.All.Vars);
        others.ForEach(group => Add(vars, group.Vars));
        foreach (var level in FilesOf(_model.All))
        {
            Add(vars, level);
        }
        foreach (var directory in _besideInventory.Append(_besidePlaybook))
        {
            others.ForEach(group => Add(vars, directory.OfGroup(group.Name)));
        }
        Add(vars, OwnOf(host));
        return vars;
    }

    /// <summary>What the host's part must say so that it and the groups together come to <see cref="Of"/>. By name.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> PartOf(InventoryHost host, IReadOnlyDictionary<string, Value> wanted)
    {
        var part = new SortedDictionary<string, Value>(OwnOf(host), StringComparer.Ordinal);
        var folded = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var group in _model.GroupsOf(host))
        {
            Add(folded, _ofGroup[group]);
        }
        foreach (var (name, value) in wanted)
        {
            if (!part.ContainsKey(name) && !ReferenceEquals(folded.GetValueOrDefault(name), value))
            {
                part.Add(name, value);
            }
        }
        return [.. part];
    }

    private Dictionary<string, Value> OwnOf(InventoryHost host)
    {
        var vars = new Dictionary<string, Value>(host.Vars, StringComparer.Ordinal);
        foreach (var directory in _besideInventory.Append(_besidePlaybook))
        {
            Add(vars, directory.OfHost(host.Name));
        }
        return vars;
    }

    private IEnumerable<ImmutableArray<KeyValuePair<string, Value>>> FilesOf(InventoryGroup group) =>
        _besideInventory.Append(_besidePlaybook).Select(directory => directory.OfGroup(group.Name));

    private Group GroupRecord(InventoryGroup group) => new(
        group.Name,
        [.. _ofGroup[group].OrderBy(pair => pair.Key, StringComparer.Ordinal)],
        [.. group.Children.Select(child => child.Name)],
        [.. _model.Members(group).Select(host => host.Name)],
        group.Priority);

    private static void Add(Dictionary<string, Value> to, IEnumerable<KeyValuePair<string, Value>> vars)
    {
        foreach (var (name, value) in vars)
        {
            to[name] = value;
        }
    }
}
