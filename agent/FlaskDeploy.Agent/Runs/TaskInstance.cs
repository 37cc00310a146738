using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>One task with one item of its loop (or none): what is planned and applied as a whole.</summary>
internal sealed record TaskInstance(TaskNode Node, ModuleCall Call, Inherited Keywords, TaskVariables Variables)
{
    public Value? Item { get; init; }

    public int ItemIndex { get; init; }

    /// <summary>The name, rendered; falls back to the module's.</summary>
    public required string Name { get; init; }

    public required string PlayName { get; init; }

    public string? ItemLabel { get; init; }

    /// <summary>Whose task it is, where it is delegated; null: this host's.</summary>
    public string? DelegatedTo { get; init; }

    /// <summary>Names the instance within its bundle: the task's id, with the index of its item.</summary>
    public string Key => Item is null ? Node.Id : $"{Node.Id}#{ItemIndex}";
}

/// <summary>An instance that is ready to be looked at: rendered, bound, with its user known.</summary>
internal sealed record ReadyTask(TaskInstance Instance, IModule Module, BoundArguments Arguments, Account As, TaskEnvironment Environment);

/// <summary>What making it ready came to: ready, or one of the reasons why not.</summary>
internal abstract record Preparation
{
    internal sealed record Ready(ReadyTask Task) : Preparation;

    internal sealed record Skipped(string Because) : Preparation;

    /// <summary>Its loop goes over nothing.</summary>
    internal sealed record NoItems : Preparation;

    /// <summary>An include that has chosen its tasks.</summary>
    internal sealed record Included(string What) : Preparation;

    /// <summary>Something it needs is unknown: neither drift nor ok.</summary>
    internal sealed record Unknown(string Because) : Preparation;

    internal sealed record Wrong(Diagnostic Problem) : Preparation;

    /// <summary>It is delegated to a host that this agent cannot speak for.</summary>
    internal sealed record Elsewhere(string Because) : Preparation;
}
