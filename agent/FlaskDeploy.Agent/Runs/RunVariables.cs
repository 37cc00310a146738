using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// What names mean in a play on this host, by the precedence that SEMANTICS lists: role defaults, groups, host, facts,
/// play, roles, block and task, what was included, registered or set, what roles and includes are given, loop, extra vars;
/// the magic names above all.
/// </summary>
internal sealed class RunVariables : IVariables
{
    private const string Facts = "ansible_facts";
    private const string FactPrefix = "ansible_";

    private readonly RunInventory _hosts;
    private readonly string _host;
    private readonly string _user;
    private readonly IReadOnlyDictionary<string, Value> _hostVars;
    private readonly IReadOnlyDictionary<string, Value> _playVars;
    private ImmutableArray<IReadOnlyDictionary<string, Value>> _inventory = [];
    private ImmutableArray<IReadOnlyDictionary<string, Value>> _weak = [];
    private int _seen = -1;
    private readonly IReadOnlyDictionary<string, Value> _strong;
    private readonly IReadOnlyDictionary<string, Value> _magic;
    private readonly Dictionary<string, Value> _set = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _included = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _facts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _roleVars;
    private readonly Dictionary<string, Value> _roleDefaults;

    /// <param name="request">What is asked of the run; null: nothing in particular.</param>
    /// <param name="hosts">Null: as the release has it.</param>
    public RunVariables(Assigned assigned, Play play, RunRequest? request, RunInventory? hosts = null)
    {
        _roleDefaults = AsMap(play.RoleDefaults);
        _roleVars = AsMap(play.RoleVars);
        _hosts = hosts ?? new RunInventory(assigned);
        _host = assigned.Part.InventoryName;
        _user = play.User ?? assigned.Part.User ?? "root";
        _hostVars = AsMap(assigned.Part.Vars);
        _playVars = AsMap(play.Vars);
        _strong = AsMap(assigned.Release.ExtraVars);
        _magic = Magic(assigned, play, request, _hosts.HostsOf(play));
    }

    /// <summary>What tasks registered or set so far: kept with the baseline, so that a correction means what the push meant.</summary>
    public IReadOnlyDictionary<string, Value> Registered => _included.Count == 0 ? _set
        : _included.Where(pair => !_set.ContainsKey(pair.Key)).Concat(_set).ToDictionary(StringComparer.Ordinal);

    public IEnumerable<string> Names => [.. Weak.Reverse().Append(_included).Append(_set).Append(_strong).Append(_magic).SelectMany(layer => layer.Keys).Append("groups").Append("group_names").Distinct(StringComparer.Ordinal)];

    /// <summary>What tasks of an earlier play registered, set and included: it is the host's for the rest of the run.</summary>
    public void Continue(RunVariables earlier)
    {
        foreach (var (name, value) in earlier._included)
        {
            _included[name] = value;
        }
        foreach (var (name, value) in earlier._set)
        {
            _set[name] = value;
        }
    }

    public void Register(string name, Value value) => _set[name] = value;

    // The groups of a host, and with them its variables, may become more during a run.
    private ImmutableArray<IReadOnlyDictionary<string, Value>> Weak
    {
        get
        {
            if (_seen != _hosts.Version)
            {
                _seen = _hosts.Version;
                _inventory = [.. _hosts.OwnGroupVars.Select(AsMap), _hostVars];
                _weak = [_roleDefaults, .. _inventory, _facts, _playVars, _files, _roleVars];
            }
            return _weak;
        }
    }

    /// <summary>A fact that a task asked for (<c>setup</c>, <c>service_facts</c>): by its own name and in <c>ansible_facts</c>.</summary>
    public void Learn(string name, Value value)
    {
        _set[name] = value;
        var known = _set.GetValueOrDefault(Facts) as MapValue ?? MapValue.Empty;
        _set[Facts] = known.With(name.StartsWith(FactPrefix, StringComparison.Ordinal) ? name[FactPrefix.Length..] : name, value);
    }

    /// <summary>By <c>include_vars</c>: below what is registered and set.</summary>
    public void Include(string name, Value value) => _included[name] = value;

    /// <summary>Of the play's files of variables.</summary>
    public void Load(IEnumerable<KeyValuePair<string, Value>> vars)
    {
        foreach (var (name, value) in vars)
        {
            _files[name] = value;
        }
    }

    /// <summary>A role was included for the whole play to see.</summary>
    public void Expose(RoleScope role)
    {
        foreach (var (name, value) in role.Defaults)
        {
            _roleDefaults[name] = value;
        }
        foreach (var (name, value) in role.Vars)
        {
            _roleVars[name] = value;
        }
    }

    public void ClearFacts() => _facts.Clear();

    public void SetFacts(IEnumerable<KeyValuePair<string, Value>> facts)
    {
        foreach (var (name, value) in facts)
        {
            _facts[name] = value;
        }
    }

    /// <summary>More of them, each by its own name and in <c>ansible_facts</c>.</summary>
    public void Gather(IReadOnlyList<KeyValuePair<string, Value>> facts)
    {
        SetFacts(facts);
        var known = _facts.GetValueOrDefault(Facts) as MapValue ?? MapValue.Empty;
        _facts[Facts] = known.Merge(MapValue.From(facts.Select(fact => (fact.Key[FactPrefix.Length..], fact.Value))));
    }

    public Value? Find(string name) => Find(name, between: null);

    /// <param name="between">Variables of blocks, tasks and loops, weakest first.</param>
    public Value? Find(string name, TaskVariables? between)
    {
        // What tasks learned stands over what the play began with, fact by fact.
        if (name == Facts && _set.GetValueOrDefault(Facts) is MapValue learned)
        {
            return (_facts.GetValueOrDefault(Facts) as MapValue ?? MapValue.Empty).Merge(learned);
        }
        if (_magic.TryGetValue(name, out var magic))
        {
            return magic;
        }
        switch (name)
        {
            case "hostvars":
                return _hosts.HostVars(OwnVars);
            case "groups":
                return _hosts.Groups;
            case "group_names":
                return _hosts.GroupNames;
        }
        if (between?.FindRole(name) is { } role)
        {
            return role;
        }
        if (_strong.TryGetValue(name, out var strong))
        {
            return strong;
        }
        if ((between?.FindLoop(name) ?? between?.FindParam(name)) is { } loop)
        {
            return loop;
        }
        if (_set.TryGetValue(name, out var set) || _included.TryGetValue(name, out set))
        {
            return set;
        }
        if (between?.FindOwn(name) is { } own)
        {
            return own;
        }
        var weak = Weak;
        for (var layer = weak.Length - 1; layer > 0; layer--)
        {
            if (weak[layer].TryGetValue(name, out var value))
            {
                return value;
            }
        }
        return between?.FindDefault(name) ?? _roleDefaults.GetValueOrDefault(name) ?? Otherwise(name);
    }

    // What Ansible has from its connection where nobody says it otherwise.
    private Value? Otherwise(string name) => name switch
    {
        // Which interpreter Ansible would run modules with: playbooks name it in commands.
        "ansible_python_interpreter" or "ansible_playbook_python" => (_facts.GetValueOrDefault("ansible_python") as MapValue)?["executable"],
        "ansible_connection" => SpecialVariables.Connection,
        "ansible_host" => Value.Of(_host),
        "ansible_user" => Value.Of(_user),
        _ => SpecialVariables.Refused(name),
    };

    // What the host has by itself: its inventory's variables, its facts, what tasks set, and extra vars; nothing of the play.
    public MapValue OwnVars()
    {
        _ = Weak;
        var all = new Dictionary<string, Value>(StringComparer.Ordinal) { ["groups"] = _hosts.Groups, ["group_names"] = _hosts.GroupNames };
        if (_host == "localhost")
        {
            all["ansible_connection"] = SpecialVariables.Connection;
        }
        foreach (var layer in _inventory.Append(_facts).Append(_included).Append(_set).Append(_strong).Append(_magic))
        {
            foreach (var (name, value) in layer)
            {
                all[name] = value;
            }
        }
        return MapValue.From(all.Select(pair => (pair.Key, pair.Value)));
    }

    private static Dictionary<string, Value> Magic(Assigned assigned, Play play, RunRequest? request, Value hosts)
    {
        var name = assigned.Part.InventoryName;
        var magic = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            ["inventory_hostname"] = Value.Of(name),
            ["inventory_hostname_short"] = Value.Of(name.Split('.')[0]),
            ["ansible_check_mode"] = Value.Of(request?.Mode == OrderMode.Check),
            ["ansible_diff_mode"] = Value.Of(request?.Diff == true),
            ["ansible_run_tags"] = Value.Of(request is { Tags.IsEmpty: false } ? request.Tags : ["all"]),
            ["ansible_skip_tags"] = Value.Of(request?.SkipTags ?? []),
            ["ansible_play_name"] = play.Name is NullValue ? Value.Of(play.Hosts) : play.Name,
            ["ansible_play_hosts"] = hosts,
            ["ansible_play_batch"] = hosts,
            ["ansible_play_hosts_all"] = hosts,
            ["ansible_verbosity"] = Value.Of(request?.Verbosity ?? 0),
            ["ansible_forks"] = Value.Of(SpecialVariables.Forks),
            ["ansible_version"] = SpecialVariables.Version,
            ["play_hosts"] = hosts,
            ["playbook_dir"] = Value.Of("."),
            ["omit"] = Resolver.Omit,
        };
        if (request?.Limit is { } limit)
        {
            magic["ansible_limit"] = Value.Of(limit);
        }
        foreach (var (variable, value) in RoleNames.Of(play))
        {
            magic[variable] = value;
        }
        return magic;
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
internal sealed class TaskVariables : IVariables
{
    private static readonly Dictionary<string, Value> Nothing = [];

    private readonly RunVariables _run;
    private readonly Dictionary<string, Value> _own = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _loop = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> _params;
    private readonly Dictionary<string, Value> _defaults;
    private readonly Dictionary<string, Value> _role;

    public TaskVariables(RunVariables run)
        : this(run, Nothing, Nothing, Nothing, "")
    {
    }

    private TaskVariables(RunVariables run, Dictionary<string, Value> given, Dictionary<string, Value> defaults, Dictionary<string, Value> role, string directory) =>
        (_run, _params, _defaults, _role, Directory) = (run, given, defaults, role, directory);

    /// <summary>Of a task in its place.</summary>
    /// <param name="directory">Of the file that wrote it.</param>
    public static TaskVariables Of(RunVariables run, Inherited keywords, string directory)
    {
        var result = new TaskVariables(run, Map(keywords.Params), Map(keywords.RoleDefaults), keywords.Role is { } role ? RoleNames.Around(role, keywords.ParentRoles) : Nothing, directory);
        result.Add(keywords.RoleVars);
        result.Add(keywords.Vars);
        return result;
    }

    /// <summary>Where names of the operator's files start.</summary>
    public string Directory { get; }

    public IEnumerable<string> Names => _run.Names.Concat(_own.Keys).Concat(_loop.Keys).Concat(_params.Keys).Concat(_defaults.Keys).Concat(_role.Keys).Distinct(StringComparer.Ordinal);

    public void Add(IEnumerable<KeyValuePair<string, Value>> vars)
    {
        foreach (var (name, value) in vars)
        {
            _own[name] = value;
        }
    }

    public TaskVariables ForItem(Loop loop, ImmutableArray<Value> items, int index)
    {
        var result = new TaskVariables(_run, _params, _defaults, _role, Directory);
        result.Add(_own);
        foreach (var (name, value) in loop.VariablesAt(items, index))
        {
            result._loop[name] = value;
        }
        return result;
    }

    /// <summary>With one more name, above everything but extra vars: a result while <c>failed_when</c> looks at it.</summary>
    public TaskVariables With(string name, Value value) => With([KeyValuePair.Create(name, value)]);

    /// <summary>The same for several.</summary>
    public TaskVariables With(IEnumerable<KeyValuePair<string, Value>> more)
    {
        var result = new TaskVariables(_run, _params, _defaults, _role, Directory);
        result.Add(_own);
        foreach (var (key, bound) in _loop)
        {
            result._loop[key] = bound;
        }
        foreach (var (name, value) in more)
        {
            result._loop[name] = value;
        }
        return result;
    }

    /// <summary>What the host has by itself.</summary>
    public MapValue OwnVars() => _run.OwnVars();

    public Value? Find(string name) => _run.Find(name, this);

    /// <summary>The names that a loop gives its tasks, for those that an include brings.</summary>
    public MapValue LoopVars() => MapValue.From(_loop.Where(pair => !pair.Value.IsUnknown).Select(pair => (pair.Key, pair.Value)));

    internal Value? FindRole(string name) => name == "ansible_search_path" ? SearchPath : _role.GetValueOrDefault(name);

    // Where the names of the operator's files are looked for.
    private Value SearchPath => Value.Of(new[] { _role.GetValueOrDefault("role_path")?.ToString(), Directory, OperatorTree.PlaybookDirectory }
        .OfType<string>().Select(path => path.Length == 0 ? OperatorTree.PlaybookDirectory : path).Distinct(StringComparer.Ordinal));

    internal Value? FindParam(string name) => _params.GetValueOrDefault(name);

    internal Value? FindDefault(string name) => _defaults.GetValueOrDefault(name);

    internal Value? FindLoop(string name) => _loop.GetValueOrDefault(name);

    internal Value? FindOwn(string name) => _own.GetValueOrDefault(name);

    private static Dictionary<string, Value> Map(ImmutableArray<KeyValuePair<string, Value>> vars)
    {
        if (vars.IsEmpty)
        {
            return Nothing;
        }
        var map = new Dictionary<string, Value>(vars.Length, StringComparer.Ordinal);
        foreach (var (name, value) in vars)
        {
            map[name] = value;
        }
        return map;
    }
}
