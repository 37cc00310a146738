using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Planned;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>What a module says after looking. The set is closed.</summary>
internal abstract record Plan(string Because)
{
    /// <summary>What <c>register</c> shows of it (<c>path</c>, <c>mode</c>, <c>stat</c>…), without <c>changed</c> and <c>failed</c>, which the runner adds.</summary>
    public MapValue Result { get; init; } = MapValue.Empty;
}

/// <summary>Nothing to do, and why: <c>lsof 4.95 already installed</c>.</summary>
internal sealed record InSync(string Because) : Plan(Because);

/// <summary>These steps, in this order; the first that fails ends it.</summary>
internal sealed record Change(string Because, ImmutableArray<Step> Steps) : Plan(Because)
{
    /// <summary>What differs, as a unified diff or a short before and after.</summary>
    public string? Diff { get; init; }

    /// <summary>What a check is to know of that the steps do not say.</summary>
    public ImmutableArray<Foreseen> Foreseen { get; init; } = [];

    /// <summary>Steps that look longer without changing anything (<c>wait_for</c>): done, the task is ok and not changed.</summary>
    public bool OnlyWaits { get; init; }

    /// <summary>Each push does a part (one of the lines that match): what is planned after the steps may say Change again, and the task is right all the same.</summary>
    public bool LeavesMore { get; init; }
}

/// <summary>It cannot be known what to do: an argument is unknown, or a thing that an earlier task makes is not there yet.</summary>
internal sealed record Unplannable(string Because) : Plan(Because);

/// <summary>The task is wrong for this machine: no such user, a missing file. The task fails.</summary>
internal sealed record Impossible(string Because) : Plan(Because)
{
    public string? Remedy { get; init; }

    /// <summary>
    /// What is missing (a directory, a user, a program) may be made by an earlier task. In a check in which an earlier task
    /// would change something, such a task is unknown and not wrong.
    /// </summary>
    public bool MayBeMade { get; init; }
}
