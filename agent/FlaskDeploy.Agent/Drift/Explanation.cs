using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Drift;

/// <summary>How a task stands against its baseline.</summary>
internal enum ExplainedState
{
    InSync,
    Moved,
    /// <summary>A command without a guard: never looked at, replayed with its stretch.</summary>
    Command,
    Skipped,
    Unknown,
    /// <summary>The play's last verification, and it did not hold at the baseline.</summary>
    Failing,
    /// <summary>It says "change" right after it ran: an oddity, no drift.</summary>
    Odd,
}

/// <param name="Now">Null: as the baseline.</param>
/// <param name="Problem">It could not be looked at.</param>
internal sealed record ExplainedEvidence(string Subject, string As, string Baseline, string? Now, string? Problem);

/// <param name="Key">Task id, with the index of the item.</param>
internal sealed record ExplainedTask(string Key, string Name, string Play, string Module, string Location, ExplainedState State, string Because, ImmutableArray<ExplainedEvidence> Evidence);

/// <summary>One deployment as it stands now: nothing of it is remembered, all evidence was looked at for it.</summary>
internal sealed record ExplainedDeployment(string Deployment, ulong Sequence)
{
    public ulong Complete { get; init; }

    public DateTimeOffset? BaselineTaken { get; init; }

    public DateTimeOffset? LastCheck { get; init; }

    public string? LastResult { get; init; }

    public string? Problem { get; init; }

    public ImmutableArray<ExplainedTask> Tasks { get; init; } = [];

    public ImmutableArray<string> LeftOvers { get; init; } = [];

    /// <summary>How its drift is treated, where that is not "corrected at once".</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>What the agent noticed since it started, the newest first.</summary>
    public ImmutableArray<NoticedMovement> Noticed { get; init; } = [];
}
