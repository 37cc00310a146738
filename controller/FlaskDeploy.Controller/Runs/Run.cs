using System.Collections.Immutable;

namespace FlaskDeploy.Controller.Runs;

/// <summary>One host's pass over one deployment, as far as its events have come.</summary>
internal sealed record Run
{
    public required string Host { get; init; }

    public required string Id { get; init; }

    public required string Log { get; init; }

    public required string Deployment { get; init; }

    public required long Sequence { get; init; }

    public required long Order { get; init; }

    public RunKind Kind { get; init; }

    public string Cause { get; init; } = "";

    public bool Finished { get; init; }

    public bool Refused { get; init; }

    public RunResult Result { get; init; }

    public RunCounts Counts { get; init; } = RunCounts.None;

    public required long StartedMillis { get; init; }

    public long Micros { get; init; }

    public string Because { get; init; } = "";

    /// <summary>The tasks whose drift was corrected.</summary>
    public ImmutableArray<CorrectedTask> Corrected { get; init; } = [];

    public required long FirstNumber { get; init; }

    /// <summary>The newest event that is in this summary.</summary>
    public required long LastNumber { get; init; }

    /// <summary>Something for a person to look at: everything but a finished run that found nothing to do.</summary>
    public bool IsNews => Refused || !Finished || Result != RunResult.Unchanged || !Corrected.IsEmpty;
}

internal sealed record CorrectedTask(string Id, string Name);
