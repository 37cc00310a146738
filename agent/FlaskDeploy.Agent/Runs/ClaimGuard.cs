using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// Keeps two deployments from undoing each other's work. Before the first task of a pass every claim that can be known is
/// held against those of the other deployments, all at once; what only shows itself during the run is held against them
/// when its task is prepared. A correction gives way to older deployments only: of two that came to clash all the same,
/// one goes on.
/// </summary>
internal sealed class ClaimGuard(string deployment, DeploymentClaims? known, ImmutableArray<DeploymentClaims> others, Func<string, ModuleSpec?> specs)
{
    private readonly Dictionary<string, TaskClaims> _taken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _verifying = new(StringComparer.Ordinal);
    private readonly HashSet<Language.Bundles.Play> _seen = new(ReferenceEqualityComparer.Instance);

    /// <summary>Without others, and without a memory: for an apply on the spot.</summary>
    public static ClaimGuard Alone(string deployment) => new(deployment, null, [], _ => null);

    public static ClaimGuard Of(string deployment, DeploymentStore store, ModuleRegistry modules)
    {
        var others = store.All.Where(record => record.Name != deployment && !record.IsRetired).Select(record => store.LoadClaims(record.Name)).OfType<DeploymentClaims>();
        return new ClaimGuard(deployment, store.LoadClaims(deployment), [.. others], name => modules.Find(name)?.Spec);
    }

    /// <summary>Every clash that can be known before the run. Null: there is none.</summary>
    public async Task<Refusal?> Foresee(RunContext run, CancellationToken cancellation)
    {
        if (others.IsEmpty)
        {
            return null;
        }
        var ours = new List<TaskClaims>();
        // Whether a play that tasks choose comes to be run, only the run shows.
        foreach (var play in run.Assigned.Plays.Where(play => !play.IsChosenOnHost))
        {
            var session = await run.Open(play, cancellation);
            foreach (var task in PlaybookTasks.Of(play).Where(task => TagFilter.Takes(task.Keywords.Tags, run.Request.Tags, run.Request.SkipTags)))
            {
                foreach (var instance in session.Preparer.Expand(task.Node, task.Call, task.Keywords, session.Variables).Instances)
                {
                    if (await session.Preparer.Prepare(instance, cancellation) is Preparation.Ready ready)
                    {
                        ours.Add(await ClaimsOf(session, ready.Task, cancellation));
                    }
                }
                await Imagine(session, task, cancellation);
            }
        }
        var clashes = ClaimBook.Clashes(new DeploymentClaims(deployment, 0, [.. ours]), others);
        if (clashes.IsEmpty)
        {
            return null;
        }
        var (reason, remedy) = ClaimBook.Refusal(clashes);
        return new Refusal(reason, remedy);
    }

    /// <summary>The task is about to change something: what it claims is taken, or the result says who has it.</summary>
    public async ValueTask<TaskResult?> Take(PlaySession session, ReadyTask task, TaskMode mode, CancellationToken cancellation)
    {
        var claims = await ClaimsOf(session, task, cancellation);
        var before = mode.IsCorrection && known is { } own ? others.Where(other => other.Place < own.Place) : others;
        var clashes = ClaimBook.Clashes(new DeploymentClaims(deployment, 0, [claims]), before);
        if (!clashes.IsEmpty)
        {
            var (reason, remedy) = ClaimBook.Refusal(clashes);
            return TaskResult.Failed(reason, remedy);
        }
        // A handler leaves nothing of its own: what it restarts is another task's to keep.
        if (!mode.IsHandler)
        {
            _taken[task.Instance.Key] = claims;
        }
        return null;
    }

    /// <summary>What the deployment claims after the run.</summary>
    /// <param name="isWhole">Every task was gone over and is right: what is no longer among them is given up.</param>
    /// <returns>Null: nothing that was not known.</returns>
    public DeploymentClaims? After(bool isWhole)
    {
        if (_taken.Count == 0 && !isWhole)
        {
            return null;
        }
        IEnumerable<TaskClaims> kept = isWhole ? [] : known?.Tasks.Where(task => !_taken.ContainsKey(task.Key)) ?? [];
        var place = known?.Place ?? others.Select(other => other.Place).DefaultIfEmpty().Max() + 1;
        return new DeploymentClaims(deployment, place, [.. kept.Concat(_taken.Values).Where(task => !task.Claims.IsEmpty)]);
    }

    private async ValueTask<TaskClaims> ClaimsOf(PlaySession session, ReadyTask task, CancellationToken cancellation)
    {
        var claims = ImmutableArray<Claim>.Empty;
        if (task.Module.Spec.Nature != ModuleNature.Verification || Verifies(session, task))
        {
            try
            {
                claims = await session.Runner.Claims(task, cancellation);
            }
            catch (LookFailedException)
            {
                // The task looks at the same and fails with the reason.
            }
        }
        return new TaskClaims(task.Instance.Key, task.Instance.Node.Span.ToString(), session.Preparer.IsCensored(task.Instance), claims);
    }

    // Of a stretch: commands stand before it, and it says what they are to have done.
    private bool Verifies(PlaySession session, ReadyTask task)
    {
        if (_seen.Add(session.Play))
        {
            _verifying.UnionWith(Stretch.In(PlaybookTasks.All(session.Play), specs).SelectMany(stretch => stretch.Tasks).Select(placed => placed.Node.Id));
        }
        return _verifying.Contains(task.Instance.Node.Id);
    }

    // What a task will register is not known yet, but for facts that are set from what is.
    private static async ValueTask Imagine(PlaySession session, PlacedTask task, CancellationToken cancellation)
    {
        if (session.Preparer.SpecOf(task, session.Variables)?.Name == "set_fact")
        {
            await session.RunTask(task, TaskMode.Check with { IsQuiet = true }, cancellation);
        }
        if (task.Node.Register is { } name)
        {
            session.Variables.Register(name, new UnknownValue("it is registered during the run"));
        }
    }
}
