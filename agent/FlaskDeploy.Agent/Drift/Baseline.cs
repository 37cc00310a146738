using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;

namespace FlaskDeploy.Agent.Drift;

/// <summary>What the closing plan said of an instance.</summary>
internal enum BaselineKind
{
    InSync,
    /// <summary>It says Change even right after its run: a later task edits the same thing. An oddity, not drift.</summary>
    Change,
    /// <summary>A command without a guard: it is never looked at, only replayed with its stretch.</summary>
    Command,
    Skipped,
    Unknown,
    /// <summary>
    /// The last verification of the play, and it did not hold any more; or a unit that was started and ended by itself: the next
    /// reconvergence looks at it again.
    /// </summary>
    Failing,
}

/// <param name="Key">Task id, with the index of the item.</param>
internal sealed record InstanceBaseline(string Key, BaselineKind Kind, string Because, ImmutableArray<Evidence> Evidence)
{
    /// <summary>Of a command: the paths that its rendered text names.</summary>
    public ImmutableArray<string> Named { get; init; } = [];

    /// <summary>What <c>environment</c> added when it was looked at: a PATH decides which program is found.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>
/// What a host looked like when a run had completed. Kept on disk; compared look by look; nothing else is needed to say
/// that nothing moved.
/// </summary>
/// <param name="Registered">Per play: what was registered and set, encoded. A correction means what the push meant.</param>
internal sealed record Baseline(ulong Sequence, DateTimeOffset Taken, ImmutableArray<InstanceBaseline> Instances, ImmutableArray<byte[]> Registered)
{
    /// <summary>Per play: what its includes came to. Empty in a baseline that an older agent kept.</summary>
    public ImmutableArray<ImmutableArray<Inclusion>> Inclusions { get => field.IsDefault ? [] : field; init; }

    public ImmutableArray<Inclusion> InclusionsOf(int play) => play < Inclusions.Length ? Inclusions[play] : [];

    /// <summary>Per play: the groups that tasks had put the host into by its end. Empty where an older agent kept it.</summary>
    public ImmutableArray<ImmutableArray<GroupJoin>> Joins { get => field.IsDefault ? [] : field; init; }

    public ImmutableArray<GroupJoin> JoinsOf(int play) => play < Joins.Length ? Joins[play] : [];

    /// <summary>Tasks, for the recap of a run that found nothing.</summary>
    public int TaskCount { get; init; }

    public int SkippedCount { get; init; }

    /// <summary>What of this deployment still ran that no task verified: told once per baseline.</summary>
    public ImmutableArray<string> LeftOvers { get; init; } = [];
}
