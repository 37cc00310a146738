using System.Collections.Immutable;
using FlaskDeploy.Compiler.Inventory;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>
/// What names mean for one host in one place of a playbook, as far as that is known before the run: what the agent will
/// find there too, with <see cref="UnknownValue"/> for facts and for what tasks register or set.
/// </summary>
internal sealed record HostVariables : IVariables
{
    private readonly HostFrame _frame;
    private static readonly Scope Nothing = new(null, "", ImmutableDictionary<string, Value>.Empty);

    private readonly Scope? _loop;
    private readonly Scope _own;

    public HostVariables(HostFrame frame)
        : this(frame, null, Nothing)
    {
    }

    private HostVariables(HostFrame frame, Scope? loop, Scope own) => (_frame, _loop, _own) = (frame, loop, own);

    // Above what tasks set: what roles and includes are given.
    private Scope Given { get; init; } = Nothing;

    private Scope Defaults { get; init; } = Nothing;

    private Scope Role { get; init; } = Nothing;

    public string Host => _frame.Host;

    public HostFrame Frame => _frame;

    public IEnumerable<string> Names
    {
        get
        {
            _frame.Reads.NoteAll();
            return Misspelt;
        }
    }

    /// <summary>None: <see cref="UndefinedNames"/> says what was meant, once for all hosts.</summary>
    public IEnumerable<string> Suggestible => [];

    /// <summary>What a name that nothing defines may be a misspelling of.</summary>
    public IEnumerable<string> Misspelt => (_loop?.Names ?? []).Concat(_own.Names).Concat(Given.Names).Concat(Defaults.Names).Concat(Role.Names).Concat(_frame.Names).Distinct();

    public HostVariables With(ImmutableArray<KeyValuePair<string, Value>> vars) => vars.IsEmpty ? this : Copy(_loop, _own.With("task vars", vars));

    public HostVariables In(RoleScope? role) => role is null ? this : Copy(_loop, _own.With("role vars", role.Vars)) with
    {
        Given = Given.With("role params", role.Params),
        Defaults = Defaults.With("role defaults", role.Defaults),
        Role = Role.With("role", [KeyValuePair.Create("role_name", (Value)Value.Of(role.Name)), KeyValuePair.Create("ansible_role_name", (Value)Value.Of(role.Name)), KeyValuePair.Create("role_path", (Value)Value.Of(role.Path))]),
    };

    /// <summary>Inside of a block that gives its tasks variables above what tasks set.</summary>
    public HostVariables Within(TaskAction action) => action is Block { Given: { IsEmpty: false } given } ? Copy(_loop, _own) with { Given = Given.With("include vars", given) } : this;

    /// <summary>For the tasks that an include brings: its loop's item and its variables are given to them.</summary>
    public HostVariables Including(ImmutableArray<KeyValuePair<string, Value>> vars) => Copy(null, _own) with
    {
        Given = Given.With("include vars", vars).With("loop", (_loop?.Names ?? []).Select(name => KeyValuePair.Create(name, _loop!.Find(name)!))),
    };

    private HostVariables Copy(Scope? loop, Scope own) => new(_frame, loop, own) { Given = Given, Defaults = Defaults, Role = Role };

    /// <param name="items">One that is unknown stands for items that are known on the host only.</param>
    public HostVariables ForItem(Loop loop, ImmutableArray<Value> items, int index)
    {
        var names = loop.VariablesAt(items, index);
        if (items[index] is UnknownValue open)
        {
            names[loop.IndexVar ?? loop.LoopVar] = open;
            names.Remove("ansible_loop");
        }
        return Copy(new Scope(null, "loop", names), _own);
    }

    public Value? Find(string name)
    {
        _frame.Reads.Note(name);
        return Role.Find(name) ?? _frame.FindStrong(name) ?? _loop?.Find(name) ?? Given.Find(name) ?? _frame.FindSet(name) ?? _own.Find(name) ?? _frame.FindWeak(name)
            ?? Defaults.Find(name) ?? _frame.FindOtherwise(name);
    }
}

/// <summary>The variables of a host that are the same in all tasks of a play.</summary>
/// <param name="isSetByTasks">Names that tasks up to this play register or set; null where any name may be one.</param>
/// <param name="play">Null: outside of plays.</param>
internal sealed class HostFrame(string host, Scope hostVars, Play? play, IReadOnlyDictionary<string, Value> extraVars, IReadOnlyDictionary<string, Value> magic, IReadOnlySet<string> setByTasks)
{
    private static readonly UnknownValue Fact = new("it is a fact of the host");
    private static readonly UnknownValue FromTask = new("a task of the run gives it");
    private static readonly UnknownValue OfTheRun = new("it is known on the host only");
    private static readonly UnknownValue Made = new("tasks of the run make groups");

    private readonly Scope _weak = hostVars.With("play vars", play?.Vars ?? []).With("role vars", play?.RoleVars ?? []);
    private readonly Dictionary<string, Value> _defaults = (play?.RoleDefaults ?? []).ToDictionary(StringComparer.Ordinal);

    public string Host { get; } = host;

    /// <summary>What is asked of it.</summary>
    public NamesRead Reads { get; } = new();

    public IEnumerable<string> Names => magic.Keys.Concat(extraVars.Keys).Concat(setByTasks).Concat(_weak.Names).Concat(_defaults.Keys).Distinct();

    public Value? FindStrong(string name) => magic.GetValueOrDefault(name) ?? extraVars.GetValueOrDefault(name);

    public Value? FindSet(string name) => setByTasks.Contains(name) ? FromTask : null;

    public Value? FindWeak(string name) => _weak.Find(name);

    /// <summary>What is left below everything: the defaults of the play's roles, and what only the host knows.</summary>
    public Value? FindOtherwise(string name) => _defaults.TryGetValue(name, out var value) ? value
        : name.StartsWith("ansible_", StringComparison.Ordinal) ? Fact
        : name is "hostvars" or "vars" or "role_names" or "template_host" or "template_uid" or "template_path" or "template_fullpath" or "template_destpath" or "environment" or "inventory_dir" or "inventory_file" ? OfTheRun
        : null;

    /// <summary>
    /// Whether a name means the same here as for another host in the same play. Only of names that a host has of its own:
    /// its inventory's and its magic ones; all others are the play's.
    /// </summary>
    public bool IsSame(string name, HostFrame other) => Same(FindStrong(name), other.FindStrong(name)) && Same(FindWeak(name), other.FindWeak(name));

    // Templates that read alike are two where they stand in two places: what is wrong with them is told with the place.
    private static bool Same(Value? one, Value? other) => ReferenceEquals(one, other) || one is not null && one.Equals(other) && !TemplatesIn.Of(one).Any();

    /// <summary>The names that a host has from its inventory, as the agent gives them.</summary>
    /// <param name="source">Names of where the host stands in the inventory.</param>
    public static Dictionary<string, Value> Magic(InventoryHost host, InventoryModel model, Value groups, MadeInventory made, IEnumerable<KeyValuePair<string, Value>> source) => new(source, StringComparer.Ordinal)
    {
        ["inventory_hostname"] = Value.Of(host.Name),
        ["inventory_hostname_short"] = Value.Of(host.Name.Split('.')[0]),
        ["group_names"] = made.JoinsGroups ? Made : Value.Of(model.GroupsOf(host).Select(group => group.Name).Where(name => name is not "all" and not "ungrouped").Order(StringComparer.Ordinal)),
        ["groups"] = made.JoinsGroups || made.AddsHosts ? Made : groups,
        ["ansible_play_hosts"] = OfTheRun,
        ["ansible_play_batch"] = OfTheRun,
        ["ansible_play_hosts_all"] = OfTheRun,
        ["play_hosts"] = OfTheRun,
        ["playbook_dir"] = Value.Of(OperatorTree.PlaybookDirectory),
        ["omit"] = Resolver.Omit,
    };
}
