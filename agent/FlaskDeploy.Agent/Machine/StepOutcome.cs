using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Machine;

internal enum StepStatus
{
    Done,
    Failed,
    /// <summary>Begun and never seen to end: the agent died in between. What it did must be looked at.</summary>
    Unknown,
}

/// <summary>How a process went. Texts are bounded; where something was cut, the text says so.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error, DateTimeOffset Started, TimeSpan Duration)
{
    /// <summary>The signal that ended it, if one did.</summary>
    public int? Signal { get; init; }

    public bool TimedOut { get; init; }

    public bool Succeeded => ExitCode == 0 && Signal is null && !TimedOut;
}

internal sealed record StepOutcome(StepStatus Status)
{
    /// <summary>Of a failure: what a person needs. A failed process with its argv, exit code, last lines and duration.</summary>
    public string? Problem { get; init; }

    /// <summary>Of steps that ran a process.</summary>
    public CommandResult? Command { get; init; }

    /// <summary>Of a request: its answer.</summary>
    public WebAnswer? Web { get; init; }

    /// <summary>Done, and nothing was changed by it: only the step itself could find that out.</summary>
    public bool LeftAsItWas { get; init; }

    /// <summary>More that results show: <c>backup_file</c>, <c>pid</c>, <c>elapsed</c>.</summary>
    public ImmutableSortedDictionary<string, string> Details { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public static StepOutcome Done { get; } = new(StepStatus.Done);

    public static StepOutcome Failed(string problem) => new(StepStatus.Failed) { Problem = problem };
}

/// <summary>The one way to change the machine. Real: <c>StepExecutor</c>; in tests: <c>FakeMachine</c>.</summary>
internal interface IStepExecutor
{
    /// <summary>
    /// Carries the step out as the user. Cancelled: a process gets TERM, grace and KILL with its whole group, a file is
    /// as before or as after; the outcome is then <see cref="StepStatus.Unknown"/> or thrown as cancellation.
    /// A <see cref="RunCommand"/> that ends with another exit code than 0 is <see cref="StepStatus.Failed"/> with
    /// <see cref="StepOutcome.Command"/> set; whether the task failed is the runner's to say (<c>failed_when</c>).
    /// </summary>
    ValueTask<StepOutcome> Execute(Step step, StepContext context, CancellationToken cancellation);
}

/// <param name="Scope">A name for the scope of processes that may stay: deployment and task, safe in a unit's name.</param>
internal sealed record StepContext(Account As, TaskEnvironment Environment, string Scope)
{
    /// <summary>The task's <c>timeout</c> has passed: what may be cut off is ended, where a run that ends leaves it.</summary>
    public CancellationToken TimeIsUp { get; init; }
}
