using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>The keywords that a task has from its play and its blocks, gathered on the way down.</summary>
internal sealed record Inherited(Play Play)
{
    /// <summary>Whether another user is to be taken.</summary>
    public Keyword? Become { get; init; }

    public Keyword? BecomeUser { get; init; }

    public ImmutableArray<KeyValuePair<string, Value>> Vars { get; init; } = [];

    /// <summary>Of the role around the task; null: it is in none.</summary>
    public RoleScope? Role { get; init; }

    /// <summary>The roles whose tasks included or imported that one, the nearest first.</summary>
    public ImmutableArray<RoleScope> ParentRoles { get; init; } = [];

    // Among the tasks of the role, not of its dependencies.
    private bool IsAmongTasks { get; init; }

    public ImmutableArray<KeyValuePair<string, Value>> RoleDefaults { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, Value>> RoleVars { get; init; } = [];

    /// <summary>Given to roles and includes: above what is registered and set.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Params { get; init; } = [];

    /// <summary>How many includes are around the task.</summary>
    public int Depth { get; init; }

    public ImmutableArray<Value> Environment { get; init; } = [];

    public ImmutableArray<Value> When { get; init; } = [];

    public ImmutableArray<string> Tags { get; init; } = [];

    public ImmutableArray<string> Notify { get; init; } = [];

    public Keyword? IgnoreErrors { get; init; }

    public Keyword? CheckMode { get; init; }

    public Keyword? NoLog { get; init; }

    public Keyword? Diff { get; init; }

    public Keyword? DelegateTo { get; init; }

    public Keyword? DelegateFacts { get; init; }

    public Keyword? Timeout { get; init; }

    public static Inherited From(Play play) => new(play) { Become = Keyword.Over(null, play.Become.Enabled), BecomeUser = Keyword.Over(null, play.Become.User), Environment = play.Environment, Tags = play.Tags };

    public Inherited With(TaskNode node) => this with
    {
        Become = Keyword.Over(Become, node.Become.Enabled),
        BecomeUser = Keyword.Over(BecomeUser, node.Become.User),
        Vars = Vars.AddRange(node.Vars),
        Role = node.Role ?? Role,
        ParentRoles = node.Role is not null && Role is { } parent && IsAmongTasks ? ParentRoles.Insert(0, parent) : ParentRoles,
        IsAmongTasks = node.Role is null,
        RoleDefaults = node.Role is { } role ? RoleDefaults.AddRange(role.Defaults) : RoleDefaults,
        RoleVars = node.Role is { } vars ? RoleVars.AddRange(vars.Vars) : RoleVars,
        Params = Params.AddRange(node.Role?.Params ?? []).AddRange(node.Action is Block block ? block.Given : []),
        Environment = Environment.AddRange(node.Environment),
        // A block's conditions are asked for each of its tasks, before the task's own.
        When = When.AddRange(node.When),
        Tags = Tags.AddRange(node.Tags),
        Notify = Notify.AddRange(node.Notify),
        IgnoreErrors = Keyword.Over(IgnoreErrors, node.IgnoreErrors),
        CheckMode = Keyword.Over(CheckMode, node.CheckMode),
        NoLog = Keyword.Over(NoLog, node.NoLog),
        Diff = Keyword.Over(Diff, node.Diff),
        DelegateTo = Keyword.Over(DelegateTo, node.DelegateTo),
        DelegateFacts = Keyword.Over(DelegateFacts, node.DelegateFacts),
        Timeout = Keyword.Over(Timeout, node.Timeout),
    };

    /// <summary>For the tasks that an include brings: what is above it, what its <c>apply</c> says, and the variables it gives.</summary>
    public Inherited Including(TaskNode include, IEnumerable<KeyValuePair<string, Value>> item)
    {
        var inside = include.Action is Include { Apply: { } apply } ? With(apply) : this;
        return inside with { Params = Params.AddRange(include.Vars).AddRange(item), Depth = Depth + 1 };
    }
}
