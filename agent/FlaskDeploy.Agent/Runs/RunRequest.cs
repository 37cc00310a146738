using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Runs;

/// <summary>Why and how a deployment is to be gone over now.</summary>
/// <param name="Cause">"push", "interval", "drift" (a watch saw something move), "converge", "retry", "resume", "apply".</param>
internal sealed record RunRequest(string Run, OrderMode Mode, string Cause)
{
    /// <summary>The order that asked; 0: the agent itself did.</summary>
    public ulong Order { get; init; }

    public ImmutableArray<string> Tags { get; init; } = [];

    public ImmutableArray<string> SkipTags { get; init; } = [];

    public string? StartAtTask { get; init; }

    public bool Diff { get; init; }

    /// <summary>How often -v was said: <c>ansible_verbosity</c>.</summary>
    public int Verbosity { get; init; }

    /// <summary>What -l was given, for playbooks that ask; null: it was not.</summary>
    public string? Limit { get; init; }

    /// <summary>Every look is asked anew and every task planned: the fingerprints are not believed.</summary>
    public bool IsFull { get; init; }

    /// <summary>Part of the tasks only: it completes no revision.</summary>
    public bool IsPartial => !Tags.IsEmpty || !SkipTags.IsEmpty || StartAtTask is not null;

    public static string NewId() => Guid.NewGuid().ToString("N")[..12];
}
