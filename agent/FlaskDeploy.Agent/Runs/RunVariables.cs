using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// What names mean in a play on this host, by the precedence that SEMANTICS lists: groups, host, facts, play, block and
/// task, what was registered or set, loop, extra vars; the magic names above all.
/// </summary>
internal sealed class RunVariables : IVariables
{
    private readonly ImmutableArray<IReadOnlyDictionary<string, Value>> _weak;
    private readonly IReadOnlyDictionary<string, Value> _strong;
    private readonly IReadOnlyDictionary<string, Value> _magic;
    private readonly Dictionary<string, Value> _set = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _facts = new(StringComparer.Ordinal);

    public RunVariables(Assigned assigned, Play play, bool checkMode)
    {
        var groups = assigned.Release.Groups.ToDictionary(group => group.Name, StringComparer.Ordinal);
        _weak =
        [
            .. assigned.Part.Groups.Where(groups.ContainsKey).Select(name => AsMap(groups[name].Vars)),
            AsMap(assigned.Part.Vars),
            _facts,
            AsMap(play.Vars),
        ];
        _strong = AsMap(assigned.Release.ExtraVars);
        _magic = Magic(assigned, checkMode);
    }

    /// <summary>What tasks registered or set so far: kept with the baseline, so that a correction means what the push meant.</summary>
    public IReadOnlyDictionary<string, Value> Registered => _set;

    public IEnumerable<string> Names => [.. _weak.Reverse().Append(_set).Append(_strong).Append(_magic).SelectMany(layer => layer.Keys).Distinct(StringComparer.Ordinal)];

    public void Register(string name, Value value) => _set[name] = value;

    public void SetFacts(IEnumerable<KeyValuePair<string, Value>> facts)
    {
        foreach (var (name, value) in facts)
        {
            _facts[name] = value;
        }
    }

    public Value? Find(string name) => Find(name, between: null);

    /// <param name="between">Variables of blocks, tasks and loops, weakest first.</param>
    public Value? Find(string name, TaskVariables? between)
    {
        if (_magic.TryGetValue(name, out var magic))
        {
            return magic;
        }
        if (_strong.TryGetValue(name, out var strong))
        {
            return strong;
        }
        if (between?.FindLoop(name) is { } loop)
        {
            return loop;
        }
        if (_set.TryGetValue(name, out var set))
        {
            return set;
        }
        if (between?.FindOwn(name) is { } own)
        {
            return own;
        }
        for (var layer = _weak.Length - 1; layer >= 0; layer--)
        {
            if (_weak[layer].TryGetValue(name, out var value))
            {
                return value;
            }
        }
        return null;
    }

    private static Dictionary<string, Value> Magic(Assigned assigned, bool checkMode)
    {
        var name = assigned.Part.InventoryName;
        var members = assigned.Release.Groups.Select(group => (group.Name, (Value)Value.Of(group.Hosts)));
        var vars = new MapValue(assigned.Part.Vars.Select(pair => KeyValuePair.Create((Value)Value.Of(pair.Key), pair.Value)));
        return new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            ["inventory_hostname"] = Value.Of(name),
            ["inventory_hostname_short"] = Value.Of(name.Split('.')[0]),
            ["group_names"] = Value.Of(assigned.Part.Groups.Where(group => group is not "all" and not "ungrouped").Order(StringComparer.Ordinal)),
            ["groups"] = MapValue.From(members),
            ["hostvars"] = MapValue.From((name, vars)),
            ["ansible_check_mode"] = Value.Of(checkMode),
            ["ansible_play_hosts"] = Value.Of([name]),
            ["ansible_play_batch"] = Value.Of([name]),
            ["play_hosts"] = Value.Of([name]),
            ["playbook_dir"] = Value.Of("."),
            ["omit"] = Resolver.Omit,
        };
    }

    private static Dictionary<string, Value> AsMap(ImmutableArray<KeyValuePair<string, Value>> vars)
    {
        var map = new Dictionary<string, Value>(vars.Length, StringComparer.Ordinal);
        foreach (var (name, value) in vars)
        {
            map[name] = value;
        }
        return map;
    }
}

/// <summary>The variables of one task: its own and its blocks' below what was registered, its loop's above.</summary>
internal sealed class TaskVariables(RunVariables run) : IVariables
{
    private readonly Dictionary<string, Value> _own = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _loop = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => run.Names.Concat(_own.Keys).Concat(_loop.Keys).Distinct(StringComparer.Ordinal);

    public void Add(IEnumerable<KeyValuePair<string, Value>> vars)
    {
        foreach (var (name, value) in vars)
        {
            _own[name] = value;
        }
    }

    public TaskVariables ForItem(Loop loop, Value item, int index, int length)
    {
        var result = new TaskVariables(run);
        result.Add(_own);
        result._loop[loop.LoopVar] = item;
        result._loop["ansible_loop_var"] = Value.Of(loop.LoopVar);
        if (loop.IndexVar is not null)
        {
            result._loop[loop.IndexVar] = Value.Of(index);
        }
        result._loop["ansible_loop"] = MapValue.From(
            ("index", Value.Of(index + 1)), ("index0", Value.Of(index)), ("first", Value.Of(index == 0)), ("last", Value.Of(index == length - 1)),
            ("length", Value.Of(length)), ("revindex", Value.Of(length - index)), ("revindex0", Value.Of(length - index - 1)));
        return result;
    }

    /// <summary>With one more name, above everything but extra vars: a result while <c>failed_when</c> looks at it.</summary>
    public TaskVariables With(string name, Value value)
    {
        var result = new TaskVariables(run);
        result.Add(_own);
        foreach (var (key, bound) in _loop)
        {
            result._loop[key] = bound;
        }
        result._loop[name] = value;
        return result;
    }

    public Value? Find(string name) => run.Find(name, this);

    internal Value? FindLoop(string name) => _loop.GetValueOrDefault(name);

    internal Value? FindOwn(string name) => _own.GetValueOrDefault(name);
}
