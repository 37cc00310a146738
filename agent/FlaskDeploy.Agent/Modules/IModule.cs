using System.Collections.Immutable;
using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>Looks and decides; never acts. Three files and one line: the arguments with their spec, this, its cases, and its line in <see cref="ModuleRegistry"/>.</summary>
internal interface IModule
{
    ModuleSpec Spec { get; }

    /// <summary>Read-only: it has nothing but a view. Asked again after the steps, it must say <see cref="InSync"/>, or its spec says why it cannot.</summary>
    /// <exception cref="LookFailedException">The machine could not be looked at; the task fails with it.</exception>
    ValueTask<Plan> Plan(BoundArguments arguments, ModuleContext context, CancellationToken cancellation);

    /// <summary>What <c>register</c> shows after the steps: the plan's result with what the outcomes add.</summary>
    MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => plan.Result;

    /// <summary>What of the host the call decides about. Read-only; answers also where it could not be planned yet.</summary>
    /// <exception cref="LookFailedException">The machine could not be looked at; the task will say so itself.</exception>
    ValueTask<ImmutableArray<Claim>> Claims(BoundArguments arguments, ModuleContext context, CancellationToken cancellation);
}

/// <summary>A module with typed arguments.</summary>
internal abstract class Module<TArguments> : IModule
    where TArguments : IModuleArguments<TArguments>
{
    public ModuleSpec Spec => TArguments.Spec;

    public ValueTask<Plan> Plan(BoundArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        Plan(TArguments.From(arguments), context, cancellation);

    public virtual MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => plan.Result;

    public ValueTask<ImmutableArray<Claim>> Claims(BoundArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        Claims(TArguments.From(arguments), context, cancellation);

    /// <summary>What only looks, waits or runs somebody's command claims nothing.</summary>
    protected virtual ValueTask<ImmutableArray<Claim>> Claims(TArguments arguments, ModuleContext context, CancellationToken cancellation) => new([]);

    protected abstract ValueTask<Plan> Plan(TArguments arguments, ModuleContext context, CancellationToken cancellation);
}

/// <summary>Why a module is asked: <c>latest</c> is resolved by a push and means "not older" afterwards.</summary>
internal enum Purpose
{
    Push,
    Maintain,
}

/// <summary>What a module has besides its arguments.</summary>
internal sealed record ModuleContext(IMachineView View, IOperatorFiles Files, Purpose Purpose)
{
    public required string Deployment { get; init; }

    /// <summary>Where relative operator's paths of the task start.</summary>
    public string Directory { get; init; } = "";

    /// <summary>What the bundle carries compiled.</summary>
    public BundleNames? Names { get; init; }

    /// <summary>The inventory as the run has it, to be read only; null: there is no run around it.</summary>
    public Runs.RunInventory? Inventory { get; init; }

    /// <summary>How a command is that nobody waited for; null: there is no such job.</summary>
    public Func<string, Machine.Commands.JobState?> Job { get; init; } = static _ => null;

    /// <summary>Renders a template file with the task's variables; text or what is wrong.</summary>
    public required Func<FlaskDeploy.Language.Expressions.TemplateFile, FlaskDeploy.Language.Expressions.TemplateOptions, FlaskDeploy.Language.Expressions.Evaluation> Render { get; init; }

    /// <summary>Evaluates a condition in the task's variables (<c>assert: that</c>).</summary>
    public required Func<IReadOnlyList<Value>, FlaskDeploy.Language.Expressions.Evaluation> Test { get; init; }

    /// <summary>The value of a variable, for <c>debug: var</c>; null where it is not defined.</summary>
    public required Func<string, FlaskDeploy.Language.Expressions.Evaluation> Variable { get; init; }

    /// <summary>By <c>--diff</c> or the keyword <c>diff</c>: what is registered shows content before and after.</summary>
    public bool ShowsDiff { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary><see cref="FlaskDeploy.Language.Expressions.EvaluationContext.HasNativeTypes"/>.</summary>
    public bool HasNativeTypes { get; init; }

    /// <summary>A part of a name that nobody can guess and nothing has yet, of letters and digits.</summary>
    public Func<string> NewName { get; init; } = static () => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 12);

    public Account As => View.As;
}

/// <summary>The operator's files, as the bundle's tree has them. Content comes from the blob store; the runner fetches what is missing before the first use.</summary>
internal interface IOperatorFiles
{
    OperatorTree Tree { get; }

    /// <summary>Null: the host may not read it or it is not there yet.</summary>
    ValueTask<byte[]?> Read(Digest digest, CancellationToken cancellation);

    /// <summary>The same of what lies here already.</summary>
    byte[]? ReadHere(Digest digest);
}
