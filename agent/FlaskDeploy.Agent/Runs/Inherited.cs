using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>The keywords that a task has from its play and its blocks, gathered on the way down.</summary>
internal sealed record Inherited(Play Play)
{
    public Become Become { get; init; } = Become.Inherit;

    public ImmutableArray<KeyValuePair<string, Value>> Vars { get; init; } = [];

    public ImmutableArray<Value> Environment { get; init; } = [];

    public ImmutableArray<Value> When { get; init; } = [];

    public ImmutableArray<string> Tags { get; init; } = [];

    public Value? IgnoreErrors { get; init; }

    public Value? CheckMode { get; init; }

    public Value? NoLog { get; init; }

    public Value? Diff { get; init; }

    public static Inherited From(Play play) => new(play) { Become = play.Become, Environment = play.Environment, Tags = play.Tags };

    public Inherited With(TaskNode node) => this with
    {
        Become = new Become(node.Become.Enabled ?? Become.Enabled, node.Become.User ?? Become.User),
        Vars = Vars.AddRange(node.Vars),
        Environment = Environment.AddRange(node.Environment),
        // A block's conditions are asked for each of its tasks, before the task's own.
        When = When.AddRange(node.When),
        Tags = Tags.AddRange(node.Tags),
        IgnoreErrors = node.IgnoreErrors ?? IgnoreErrors,
        CheckMode = node.CheckMode ?? CheckMode,
        NoLog = node.NoLog ?? NoLog,
        Diff = node.Diff ?? Diff,
    };
}
