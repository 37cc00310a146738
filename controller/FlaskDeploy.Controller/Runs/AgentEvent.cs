using System.Collections.Immutable;

namespace FlaskDeploy.Controller.Runs;

/// <summary>What an agent told, as far as the controller looks into it. All of it is a host's claim: data, never instruction.</summary>
/// <param name="Order">The order that asked for the run; 0: the agent itself did.</param>
internal sealed record AgentEvent(long Number, long UnixMillis, string Deployment, long Sequence, string Run, long Order, Happening What);

/// <summary>A closed set; what the controller only relays is <see cref="Other"/>.</summary>
internal abstract record Happening
{
    private Happening()
    {
    }

    internal sealed record RunStarted(RunKind Kind, string Cause) : Happening;

    internal sealed record TaskFinished(string Task, string Name, TaskStatus Status, bool OfLoopItem, bool Corrective) : Happening;

    internal sealed record RunFinished(RunResult Result, RunCounts Counts, long Micros, string Because, ImmutableArray<string> Corrected) : Happening;

    internal sealed record RunRefused(string Reason, string Remedy) : Happening;

    internal sealed record LeftOver(string What, long Pid, long Port, long SinceSequence) : Happening;

    internal sealed record AgentStarted(string InterruptedRun) : Happening;

    internal sealed record Superseded(long ByOrder) : Happening;

    /// <summary>What keeps the agent from correcting drift, whole. Relayed to operators as it came; empty: nothing does.</summary>
    internal sealed record Standing(ImmutableArray<byte> Bytes) : Happening;

    internal sealed record Other : Happening;
}

/// <summary>The numbers are those of event.proto.</summary>
internal enum RunKind
{
    Apply = 0,
    Check = 1,
    Correct = 2,
}

/// <summary>The numbers are those of event.proto.</summary>
internal enum RunResult
{
    Unchanged = 0,
    Changed = 1,
    Failed = 2,
    Interrupted = 3,
    Drifted = 4,
}

/// <summary>The numbers are those of event.proto.</summary>
internal enum TaskStatus
{
    Ok = 0,
    Changed = 1,
    Skipped = 2,
    Failed = 3,
    Ignored = 4,
    Rescued = 5,
    Unknown = 6,
}

internal sealed record RunCounts(int Ok, int Changed, int Unreachable, int Failed, int Skipped, int Rescued, int Ignored, int Unknown)
{
    public static RunCounts None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0);

    public RunCounts Plus(TaskStatus status) => status switch
    {
        TaskStatus.Ok => this with { Ok = Ok + 1 },
        TaskStatus.Changed => this with { Ok = Ok + 1, Changed = Changed + 1 },
        TaskStatus.Skipped => this with { Skipped = Skipped + 1 },
        TaskStatus.Failed => this with { Failed = Failed + 1 },
        TaskStatus.Ignored => this with { Ok = Ok + 1, Ignored = Ignored + 1 },
        TaskStatus.Rescued => this with { Rescued = Rescued + 1 },
        // A status that a newer agent knows is unknown to us, and said to be.
        _ => this with { Unknown = Unknown + 1 },
    };
}
