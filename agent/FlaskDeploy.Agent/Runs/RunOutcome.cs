using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;

namespace FlaskDeploy.Agent.Runs;

internal enum RunEnd
{
    Unchanged,
    Changed,
    Failed,
    /// <summary>Stopped between two tasks: a newer push, or the agent is to end.</summary>
    Interrupted,
    /// <summary>Drift was found and, by policy, left.</summary>
    Drifted,
}

/// <summary>How a run ended and what is to be kept of it.</summary>
internal sealed record RunOutcome(RunEnd End, string Because)
{
    /// <summary>Of a run that went through: what the host looks like now.</summary>
    public Baseline? Baseline { get; init; }

    /// <summary>Ids of handlers that were notified and have not succeeded yet.</summary>
    public ImmutableArray<string> PendingHandlers { get; init; } = [];
}
