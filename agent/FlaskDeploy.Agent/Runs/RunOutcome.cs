using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;

namespace FlaskDeploy.Agent.Runs;

/// <summary>What a run goes over.</summary>
internal enum RunPass
{
    /// <summary>Every task, in order.</summary>
    Apply,
    /// <summary>Every task, changing nothing.</summary>
    Check,
    /// <summary>Fingerprints, then only what drifted.</summary>
    Correct,
}

internal enum RunEnd
{
    Unchanged,
    Changed,
    Failed,
    /// <summary>Stopped between two tasks: a newer push, or the agent is to end.</summary>
    Interrupted,
    /// <summary>Drift was found and left.</summary>
    Drifted,
}

/// <summary>How a run ended and what is to be kept of it.</summary>
internal sealed record RunOutcome(RunEnd End, string Because)
{
    /// <summary>Of a run that went through: what the host looks like now.</summary>
    public Baseline? Baseline { get; init; }

    /// <summary>Every task of the revision is as it should be, or was found drifted and left by policy: nothing is left to apply.</summary>
    public bool CompletesRevision { get; init; }

    /// <summary>Handlers that were notified and have not succeeded yet.</summary>
    public ImmutableArray<string> PendingHandlers { get; init; } = [];

    /// <summary>Null: as it was.</summary>
    public Owed? Owed { get; init; }

    /// <summary>The drift that was left by policy, because correcting is paused, or because it is held.</summary>
    public string? ToldDrift { get; init; }

    /// <summary>What drifted and was put right: tasks, and stretches by their first task.</summary>
    public ImmutableArray<(string Task, string Name)> Corrected { get; init; } = [];
}
