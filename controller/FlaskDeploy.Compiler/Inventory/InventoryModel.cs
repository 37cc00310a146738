using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Inventory;

internal sealed class InventoryHost(string name)
{
    public string Name { get; } = name;

    /// <summary>Absolute: of the file that names it first. Null: none does, it was named with <c>-i</c>.</summary>
    public string? Source { get; set; }

    /// <summary>Of the inventory itself; files in <c>host_vars</c> come on top.</summary>
    public Dictionary<string, Value> Vars { get; } = new(StringComparer.Ordinal);
}

internal sealed class InventoryGroup(string name)
{
    public string Name { get; } = name;

    public Dictionary<string, Value> Vars { get; } = new(StringComparer.Ordinal);

    /// <summary>In the order of writing.</summary>
    public List<InventoryHost> Hosts { get; } = [];

    public List<InventoryGroup> Children { get; } = [];

    public SourceSpan Span { get; set; }

    /// <summary>Length of the longest way from <c>all</c>; the deeper group wins.</summary>
    public int Depth { get; set; }

    public int Priority => Vars.TryGetValue("ansible_group_priority", out var value) && int.TryParse(value.ToString(), out var priority) ? priority : 1;
}

/// <summary>Hosts and groups of all sources together. Filled by the readers, then closed by <see cref="Close"/>.</summary>
internal sealed class InventoryModel
{
    private readonly Dictionary<string, InventoryHost> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, InventoryGroup> _groups = new(StringComparer.Ordinal);
    private readonly List<InventoryHost> _hostOrder = [];
    private readonly List<InventoryGroup> _groupOrder = [];
    private readonly Dictionary<InventoryGroup, ImmutableArray<InventoryHost>> _members = [];
    private readonly Dictionary<InventoryHost, ImmutableArray<InventoryGroup>> _groupsOf = [];
    private readonly HashSet<(InventoryGroup, InventoryHost)> _direct = [];

    public InventoryModel()
    {
        All = AddGroup("all", SourceSpan.None);
        Ungrouped = AddGroup("ungrouped", SourceSpan.None);
    }

    public InventoryGroup All { get; }

    public InventoryGroup Ungrouped { get; }

    /// <summary>This machine, where a play names it and the inventory does not; in no group, not even in <c>all</c>. Null: it is not to be had.</summary>
    public InventoryHost? Implicit { get; set; }

    public IReadOnlyList<InventoryHost> Hosts => _hostOrder;

    public IReadOnlyList<InventoryGroup> Groups => _groupOrder;

    /// <summary>Absolute directories of the sources: <c>group_vars</c> and <c>host_vars</c> are looked for there.</summary>
    public List<string> Directories { get; } = [];

    public InventoryHost? FindHost(string name) => _hosts.GetValueOrDefault(name);

    public InventoryGroup? FindGroup(string name) => _groups.GetValueOrDefault(name);

    public InventoryHost AddHost(string name)
    {
        if (!_hosts.TryGetValue(name, out var host))
        {
            host = new InventoryHost(name);
            _hosts.Add(name, host);
            _hostOrder.Add(host);
        }
        return host;
    }

    public InventoryGroup AddGroup(string name, SourceSpan span)
    {
        if (!_groups.TryGetValue(name, out var group))
        {
            group = new InventoryGroup(name) { Span = span };
            _groups.Add(name, group);
            _groupOrder.Add(group);
        }
        return group;
    }

    public void AddTo(InventoryGroup group, InventoryHost host)
    {
        if (_direct.Add((group, host)))
        {
            group.Hosts.Add(host);
        }
    }

    /// <summary>Refuses a group that would come to contain itself.</summary>
    public void AddChild(InventoryGroup parent, InventoryGroup child, SourceSpan span, DiagnosticBag diagnostics)
    {
        if (PathBetween(child, parent, []) is { } path)
        {
            diagnostics.Error(CompilerCodes.GroupCycle, span, $"the group '{parent.Name}' would contain itself: {string.Join(" > ", path.Prepend(parent).Select(group => group.Name))}", "remove one of these children");
            return;
        }
        if (!parent.Children.Contains(child))
        {
            parent.Children.Add(child);
        }
    }

    /// <summary>Completes <c>all</c> and <c>ungrouped</c>, and computes what follows from the whole.</summary>
    public void Close()
    {
        foreach (var group in _groupOrder.Where(group => group != All && !_groupOrder.Any(parent => parent.Children.Contains(group))))
        {
            All.Children.Add(group);
        }
        var grouped = _groupOrder.Where(group => group != All && group != Ungrouped).SelectMany(group => group.Hosts).ToHashSet();
        Ungrouped.Hosts.RemoveAll(grouped.Contains);
        foreach (var host in _hostOrder.Where(host => !grouped.Contains(host)))
        {
            AddTo(Ungrouped, host);
        }
        SetDepth(All, 0);
        var groupsOf = _hostOrder.ToDictionary(host => host, _ => new List<InventoryGroup>());
        foreach (var group in _groupOrder)
        {
            var inside = new HashSet<InventoryHost>();
            Collect(group, inside, []);
            _members[group] = [.. _hostOrder.Where(host => group == All || inside.Contains(host))];
            foreach (var host in _members[group])
            {
                groupsOf[host].Add(group);
            }
        }
        foreach (var (host, groups) in groupsOf)
        {
            _groupsOf[host] = [.. groups.OrderBy(group => group.Depth).ThenBy(group => group.Priority).ThenBy(group => group.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>All hosts of a group and its children, in the order of the inventory.</summary>
    public ImmutableArray<InventoryHost> Members(InventoryGroup group) => _members.GetValueOrDefault(group, []);

    /// <summary>Weakest first: by depth, then priority, then name.</summary>
    public ImmutableArray<InventoryGroup> GroupsOf(InventoryHost host) => _groupsOf.GetValueOrDefault(host, []);

    private static List<InventoryGroup>? PathBetween(InventoryGroup from, InventoryGroup to, HashSet<InventoryGroup> seen)
    {
        if (from == to)
        {
            return [from];
        }
        foreach (var child in from.Children.Where(seen.Add))
        {
            if (PathBetween(child, to, seen) is { } path)
            {
                path.Insert(0, from);
                return path;
            }
        }
        return null;
    }

    private static void SetDepth(InventoryGroup group, int depth)
    {
        if (depth == 0 || group.Depth < depth)
        {
            group.Depth = depth;
            foreach (var child in group.Children)
            {
                SetDepth(child, depth + 1);
            }
        }
    }

    private static void Collect(InventoryGroup group, HashSet<InventoryHost> into, HashSet<InventoryGroup> seen)
    {
        into.UnionWith(group.Hosts);
        foreach (var child in group.Children.Where(seen.Add))
        {
            Collect(child, into, seen);
        }
    }
}
