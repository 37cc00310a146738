using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Runs;

/// <summary>How drift of a deployment is treated, as it is told.</summary>
/// <param name="Windows">Those of the revision and those of the host; empty: at any time.</param>
internal sealed record Standing(Policy Policy, string Windows)
{
    public Pause? Pause { get; init; }

    public ImmutableArray<HeldTask> Held { get; init; } = [];
}

/// <summary>A task that was corrected too often: looked at, and left until then.</summary>
internal sealed record HeldTask(string Task, string Name, string Because, DateTimeOffset Until);
