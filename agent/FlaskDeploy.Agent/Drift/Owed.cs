using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Drift;

/// <summary>
/// What a correction had still to do when it failed or was cut short. The host no longer shows it: the script is right
/// again, and the process that read the wrong one runs on.
/// </summary>
/// <param name="Tasks">Ids of tasks that were corrected: who reads what they register is looked at.</param>
/// <param name="Stretches">Ids of the first tasks of stretches that are to be replayed.</param>
internal sealed record Owed(ImmutableArray<string> Tasks, ImmutableArray<string> Stretches)
{
    public static Owed Nothing { get; } = new([], []);

    public bool IsNothing => Tasks.IsEmpty && Stretches.IsEmpty;
}
