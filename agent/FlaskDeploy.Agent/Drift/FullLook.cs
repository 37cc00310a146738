using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;

namespace FlaskDeploy.Agent.Drift;

/// <summary>
/// The guard of the fingerprints: at a slow interval every look is asked anew, whatever its cheap question says, and every
/// task of the baseline is planned again. What only that finds is told as such.
/// </summary>
internal sealed class FullLook(RunContext run, EvidenceComparer comparer)
{
    /// <param name="shown">What the fingerprints had shown a moment before.</param>
    public async ValueTask<Comparison> Look(Baseline baseline, Comparison shown, CancellationToken cancellation)
    {
        var asked = await comparer.Compare(baseline, cancellation);
        var moved = shown.Moved.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        foreach (var (key, movements) in asked.Moved.Where(pair => !shown.Moved.ContainsKey(pair.Key)))
        {
            moved[key] = [.. movements.Select(movement => movement with { IsHidden = true })];
        }
        var known = baseline.Instances.Where(instance => instance is { Kind: BaselineKind.InSync, Evidence.Length: > 0 } && !moved.ContainsKey(instance.Key))
            .ToDictionary(instance => instance.Key, StringComparer.Ordinal);
        foreach (var (at, play) in run.Assigned.Plays.Index())
        {
            var session = await run.Open(play, cancellation, Inclusions.Restore(run.Assigned.Bundle, baseline.InclusionsOf(at)));
            BaselineTaker.Restore(run, session, baseline, at);
            await Plan(session, known, moved, cancellation);
        }
        run.StartOver();
        return asked with { Moved = moved };
    }

    // Only what was as it should be: of an oddity and of a command a plan says the same as before.
    private static async ValueTask Plan(PlaySession session, Dictionary<string, InstanceBaseline> known, Dictionary<string, IReadOnlyList<Movement>> moved, CancellationToken cancellation)
    {
        var tasks = known.Keys.Select(PlaybookTasks.TaskOf).ToHashSet(StringComparer.Ordinal);
        foreach (var task in session.AllTasks.Where(task => tasks.Contains(task.Node.Id)))
        {
            var (instances, _) = session.Preparer.Expand(task.Node, task.Call, task.Keywords, session.Variables);
            foreach (var instance in instances)
            {
                if (known.TryGetValue(instance.Key, out var was)
                    && await session.Preparer.Prepare(instance, cancellation) is Preparation.Ready ready
                    && (await session.Runner.Look(ready.Task, Purpose.Maintain, cancellation)).Plan is (Change or Impossible) and var plan)
                {
                    moved[instance.Key] = [new Movement(was.Evidence[0], session.Preparer.IsCensored(instance) ? "hidden by no_log" : plan.Because) { IsPlanned = true, IsHidden = true, IsFailedLook = plan is Impossible }];
                }
            }
        }
    }
}
