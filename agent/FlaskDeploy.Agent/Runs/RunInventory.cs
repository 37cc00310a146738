using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>A group that the host was put into during a run.</summary>
internal sealed record GroupJoin(string Group, ImmutableArray<string> Parents);

/// <summary>
/// The inventory as one run sees it: what the release and the host part say, and what tasks made of it since
/// (<c>group_by</c>, <c>add_host</c>, facts for a host that a task was delegated to). Of other hosts it knows what an
/// inventory said; what they became on their own is unknown here.
/// </summary>
internal sealed class RunInventory
{
    private static readonly TimeSpan RegexLimit = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, RunGroup> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OtherHost> _others = new(StringComparer.Ordinal);
    private readonly List<GroupJoin> _joins = [];
    private readonly ImmutableHashSet<string> _mayBeMade;
    private readonly ImmutableArray<string> _assigned;
    private readonly bool _isAlone;
    private readonly ImmutableArray<KeyValuePair<string, Value>> _extra;
    private readonly Dictionary<string, MapValue> _resolved = new(StringComparer.Ordinal);

    public RunInventory(Assigned assigned)
    {
        Host = assigned.Part.InventoryName;
        _assigned = assigned.Part.Groups;
        _extra = assigned.Release.ExtraVars;
        foreach (var group in assigned.Release.Groups)
        {
            _groups[group.Name] = new RunGroup(group.Name, group.Priority) { Vars = group.Vars, IsThere = !group.IsMadeByTasks, Hosts = [.. group.Hosts], Children = [.. group.Children] };
        }
        foreach (var peer in assigned.Part.Peers.Concat(assigned.Release.Hosts).Where(peer => peer.Name != Host))
        {
            _others[peer.Name] = new OtherHost(peer.Name, peer.IsHere, [.. peer.Vars]) { IsListed = true };
        }
        _isAlone = assigned.Release.Groups.SelectMany(group => group.Hosts).All(host => host == Host || _others.TryGetValue(host, out var other) && !other.IsHere);
        _mayBeMade = [.. assigned.Bundle.Plays.Where(play => play.IsChosenOnHost).SelectMany(play => PlayPattern.Split(play.Hosts)).Select(PlayPattern.NameOf)
            .Where(name => !name.StartsWith('~') && !name.AsSpan().ContainsAny("*?[") && name is not ("all" or "ungrouped") && Group(name) is null && !_others.ContainsKey(name) && name != Host)];
    }

    /// <summary>This host, as the inventory calls it.</summary>
    public string Host { get; }

    /// <summary>Rises with everything that tasks change.</summary>
    public int Version { get; private set; }

    /// <summary>How often all variables of another host were resolved: what looks into <c>hostvars</c> cost.</summary>
    public int ResolvedHosts { get; private set; }

    /// <summary>What <c>group_by</c> did so far, in its order.</summary>
    public ImmutableArray<GroupJoin> Joins => [.. _joins];

    /// <summary>The host's groups, weakest first.</summary>
    public IEnumerable<string> OwnGroups => _joins.Count == 0 ? _assigned : GroupsOf(Host).Select(group => group.Name);

    /// <summary>What <c>group_names</c> shows.</summary>
    public Value GroupNames => NamesOf(OwnGroups);

    /// <summary>What <c>groups</c> shows. Who else is in a group that hosts join by themselves is unknown.</summary>
    public Value Groups
    {
        get
        {
            var joined = _isAlone ? [] : _joins.SelectMany(join => join.Parents.Append(join.Group)).SelectMany(name => Above(name).Append(name)).Where(name => name != "all").ToHashSet(StringComparer.Ordinal);
            Value Members(RunGroup group) => joined.Contains(group.Name) ? Unknown(group.Name) : Value.Of(group.Hosts);
            var there = _groups.Values.Where(group => group.IsThere).Select(group => (group.Name, Members(group)));
            return MapValue.From(there.Concat(_isAlone ? [] : _mayBeMade.Where(name => Group(name) is null).Order(StringComparer.Ordinal).Select(name => (name, (Value)Unknown(name)))));
        }
    }

    /// <summary>The host is put into a group, which is made where it is not there.</summary>
    /// <returns>Whether that changed anything.</returns>
    public bool Join(GroupJoin join)
    {
        if (IsIn(join))
        {
            return false;
        }
        foreach (var parent in join.Parents)
        {
            MakeChild(parent, join.Group);
        }
        Add(Host, join.Group);
        _joins.Add(join);
        Changed();
        return true;
    }

    /// <summary>The parent that would come to be inside of the group that it holds; null: there is none.</summary>
    public string? Circle(GroupJoin join) => join.Parents.FirstOrDefault(parent => parent == join.Group || Above(parent).Contains(join.Group));

    public bool IsIn(GroupJoin join) => Group(join.Group)?.Hosts.Contains(Host) == true && join.Parents.All(parent => Group(parent)?.Children.Contains(join.Group) == true);

    /// <summary>A host that a task makes known to the rest of the run; of one that is known, more.</summary>
    public void AddHost(string name, IEnumerable<string> groups, MapValue vars)
    {
        if (name != Host && !_others.ContainsKey(name))
        {
            _others[name] = new OtherHost(name, IsHere: false, []);
        }
        if (name != Host)
        {
            _others[name].IsListed = true;
        }
        foreach (var group in groups.DefaultIfEmpty("ungrouped").Append("all"))
        {
            Add(name, group);
        }
        foreach (var (key, value) in vars.Entries)
        {
            SetVar(name, key.ToString(), value);
        }
        Changed();
    }

    public bool IsKnown(string name, IEnumerable<string> groups, MapValue vars) =>
        (name == Host || _others.GetValueOrDefault(name)?.IsListed == true) && groups.All(group => Group(group)?.Hosts.Contains(name) == true)
        && vars.Entries.All(entry => _others.GetValueOrDefault(name)?.Vars.FirstOrDefault(pair => pair.Key == entry.Key.ToString()).Value?.Equals(entry.Value) == true);

    /// <summary>What a module said of the inventory.</summary>
    public void Take(string module, TaskResult result)
    {
        if (result.HasFailed)
        {
            return;
        }
        if (module == "group_by" && result.Registered["add_group"] is { IsUnknown: false } group)
        {
            Join(new GroupJoin(group.ToString(), Texts(result.Registered["parent_groups"])));
        }
        else if (module == "add_host" && result.Registered["add_host"] is MapValue { IsUnknown: false } added)
        {
            AddHost(added["host_name"]!.ToString(), Texts(added["groups"]), added["host_vars"] as MapValue ?? MapValue.Empty);
        }
    }

    /// <summary>A fact of a host that a task was delegated to.</summary>
    public void Learn(string host, string name, Value value)
    {
        _others.TryAdd(host, new OtherHost(host, IsHere(host), []));
        _others[host].Facts[name] = value;
        Changed();
    }

    /// <summary>Whether tasks for that host run on this machine.</summary>
    public bool IsHere(string name) => name is "localhost" or "127.0.0.1" or "::1" || name == Host
        || _others.TryGetValue(name, out var other) && (other.IsHere || VarsOf(other)["ansible_connection"]?.ToString() == "local");

    /// <summary>What <c>hostvars</c> shows.</summary>
    /// <param name="own">This host's.</param>
    public MapValue HostVars(Func<MapValue> own) => MapValue.Later(
        [.. _others.Values.Where(other => other.Name != Host && (other.IsListed || other.Facts.Count > 0)).Select(other => other.Name), Host],
        name => name == Host ? own() : VarsOf(_others[name]));

    /// <summary>What <c>ansible_delegated_vars</c> shows of the host that a task is delegated to.</summary>
    public MapValue DelegatedVars(string name, MapValue own)
    {
        var vars = name == Host ? own : _others.TryGetValue(name, out var other) ? VarsOf(other) : IsHere(name) ? MapValue.From(("ansible_connection", Value.Of("local"))) : MapValue.Empty;
        return vars.With("inventory_hostname", Value.Of(Host)).With("ansible_host", vars["ansible_host"] ?? Value.Of(name));
    }

    /// <summary>The variables of the host's groups, weakest first.</summary>
    public IEnumerable<ImmutableArray<KeyValuePair<string, Value>>> OwnGroupVars => OwnGroups.Select(Group).OfType<RunGroup>().Select(group => group.Vars);

    /// <summary>Whether the host is among those that a play is for.</summary>
    public bool IsMeantBy(string pattern) => PlayPattern.Includes(pattern, part => IsMeantByPart(Host, OwnGroups, part));

    /// <summary>
    /// All hosts that a play is for, in the order of the inventory and whatever a limit says: a run for some of them
    /// decides and renders what a run for all of them does. Which hosts joined a group on their own is unknown.
    /// </summary>
    public Value HostsOf(Play play)
    {
        if (play.IsChosenOnHost && !_isAlone)
        {
            return new UnknownValue("which hosts come to a play for groups that tasks make only those hosts know");
        }
        var groups = _groups.Values.Where(group => group.IsThere).SelectMany(group => group.Hosts.Select(host => (host, group.Name))).ToLookup(pair => pair.host, pair => pair.Name, StringComparer.Ordinal);
        bool IsMeant(string host) => PlayPattern.Includes(play.Hosts, part => IsMeantByPart(host, groups[host], part));
        var hosts = (Group("all")?.Hosts ?? []).Where(IsMeant).ToList();
        return Value.Of(hosts.Contains(Host) ? hosts : [Host]);
    }

    private bool IsMeantByPart(string host, IEnumerable<string> itsGroups, string part)
    {
        var groups = itsGroups.ToHashSet(StringComparer.Ordinal);
        if (part.StartsWith('~'))
        {
            return groups.Append(host).Any(name => Regex.IsMatch(name, "^(?:" + part[1..] + ")", RegexOptions.CultureInvariant, RegexLimit));
        }
        var name = part == host ? part : PlayPattern.WithoutRange(part);
        var isMeant = name is "*" ? groups.Contains("all") : name == host || groups.Contains(name) || name.AsSpan().ContainsAny("*?[") && groups.Append(host).Any(one => OperatorTree.IsMatch(one, name));
        // The compiler has seen to it that no task changes who is in such a group.
        return isMeant && (name == part || Group(name) is not { } group
            || PlayPattern.RangeOf(part, group.Hosts.Count) is { } range && group.Hosts.IndexOf(host) is var place && place >= range.First && place <= range.Last);
    }

    private static ImmutableArray<string> Texts(Value? list) => list is ListValue { Items: var items } ? [.. items.Select(item => item.ToString())] : [];

    private static UnknownValue Unknown(string group) => new($"which other hosts tasks put into the group '{group}' only those hosts know");

    private static Value NamesOf(IEnumerable<string> groups) => Value.Of(groups.Where(group => group is not ("all" or "ungrouped")).Order(StringComparer.Ordinal));

    private RunGroup? Group(string name) => _groups.TryGetValue(name, out var group) && group.IsThere ? group : null;

    private void Changed()
    {
        Version++;
        _resolved.Clear();
    }

    private void SetVar(string host, string name, Value value)
    {
        if (_others.TryGetValue(host, out var other))
        {
            other.Vars.RemoveAll(pair => pair.Key == name);
            other.Vars.Add(KeyValuePair.Create(name, value));
        }
    }

    private void MakeChild(string parent, string child)
    {
        if (Make(parent).Children.Contains(child))
        {
            return;
        }
        Make(child);
        _groups[parent].Children.Add(child);
        foreach (var host in _groups[child].Hosts.ToList())
        {
            Add(host, parent);
        }
    }

    private RunGroup Make(string name)
    {
        if (!_groups.TryGetValue(name, out var group))
        {
            _groups[name] = group = new RunGroup(name, 1) { Hosts = [], Children = [] };
        }
        if (!group.IsThere)
        {
            group.IsThere = true;
            if (name != "all" && _groups.TryGetValue("all", out var all) && !Above(name).Any())
            {
                all.Children.Add(name);
            }
        }
        return group;
    }

    private void Add(string host, string name)
    {
        Make(name);
        foreach (var group in Above(name).Append(name))
        {
            if (!_groups[group].Hosts.Contains(host))
            {
                _groups[group].Hosts.Add(host);
            }
        }
        if (name is not ("all" or "ungrouped") && _groups.TryGetValue("ungrouped", out var ungrouped))
        {
            ungrouped.Hosts.Remove(host);
        }
    }

    // All groups that hold this one, however far up.
    private List<string> Above(string name)
    {
        var found = new List<string>();
        var open = new Queue<string>([name]);
        while (open.TryDequeue(out var child))
        {
            foreach (var parent in _groups.Values.Where(group => group.IsThere && group.Children.Contains(child) && !found.Contains(group.Name)))
            {
                found.Add(parent.Name);
                open.Enqueue(parent.Name);
            }
        }
        return found;
    }

    // As an inventory orders them: by depth, then priority, then name.
    private IEnumerable<RunGroup> GroupsOf(string host) => _groups.Values.Where(group => group.IsThere && group.Hosts.Contains(host))
        .OrderBy(group => DepthOf(group.Name)).ThenBy(group => group.Priority).ThenBy(group => group.Name, StringComparer.Ordinal);

    private int DepthOf(string name) => name == "all" ? 0 : 1 + _groups.Values.Where(group => group.IsThere && group.Children.Contains(name)).Select(group => DepthOf(group.Name)).DefaultIfEmpty(0).Max();

    // Once, until a task changes something: a fleet has many hosts, and a template asks for few.
    private MapValue VarsOf(OtherHost other)
    {
        if (_resolved.TryGetValue(other.Name, out var resolved))
        {
            return resolved;
        }
        var variables = new OtherVariables(this, other);
        ResolvedHosts++;
        return _resolved[other.Name] = MapValue.From(variables.Names.Select(name => (name, Resolver.Resolve(variables.Find(name)!, new EvaluationContext(variables)).Value)).Where(pair => pair.Value is not null).Select(pair => (pair.name, pair.Value!)));
    }

    private sealed record RunGroup(string Name, int Priority)
    {
        public ImmutableArray<KeyValuePair<string, Value>> Vars { get; init; } = [];

        public bool IsThere { get; set; }

        /// <summary>Those of its children too.</summary>
        public required List<string> Hosts { get; init; }

        public required List<string> Children { get; init; }
    }

    private sealed record OtherHost(string Name, bool IsHere, List<KeyValuePair<string, Value>> Vars)
    {
        public Dictionary<string, Value> Facts { get; } = new(StringComparer.Ordinal);

        /// <summary>In the inventory, or added to it.</summary>
        public bool IsListed { get; set; }
    }

    // What is written for another host is rendered as that host would.
    private sealed class OtherVariables : IVariables
    {
        private readonly Dictionary<string, Value> _all = new(StringComparer.Ordinal);

        public OtherVariables(RunInventory inventory, OtherHost other)
        {
            var groups = inventory.GroupsOf(other.Name).ToList();
            foreach (var (name, value) in groups.SelectMany(group => group.Vars).Concat(other.Vars).Concat(other.Facts).Concat(inventory._extra))
            {
                _all[name] = value;
            }
            _all["inventory_hostname"] = Value.Of(other.Name);
            _all["inventory_hostname_short"] = Value.Of(other.Name.Split('.')[0]);
            _all["group_names"] = NamesOf(groups.Select(group => group.Name));
        }

        public IEnumerable<string> Names => _all.Keys;

        public Value? Find(string name) => _all.GetValueOrDefault(name);
    }
}
