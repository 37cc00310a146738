using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;

namespace FlaskDeploy.Agent.Drift;

/// <summary>A process that a task of a deployment left running, and a port that it listens on.</summary>
internal sealed record LeftRunning(int Pid, int Port, string Command);

/// <summary>
/// Tells what an earlier revision started and the present one does not name. Left alone: a raw shell's child is nobody's
/// but the playbook's.
/// </summary>
/// <param name="listeners">The listening processes in the scopes of a deployment.</param>
internal sealed class LeftOverFinder(Func<string, IReadOnlyList<LeftRunning>> listeners)
{
    public Baseline Tell(RunContext run, Baseline baseline, ulong since)
    {
        var verified = baseline.Instances.SelectMany(instance => instance.Evidence).Select(evidence => evidence.Look).OfType<ListenersLook>().Select(look => look.Port).ToHashSet();
        var told = new List<string>();
        foreach (var left in listeners(run.Assigned.Deployment).Where(left => !verified.Contains(left.Port)))
        {
            var what = $"process {left.Pid} ({left.Command}) listening on port {left.Port}";
            run.Reporter.LeftOver(what, left.Pid, left.Port, since);
            told.Add(what);
        }
        return baseline with { LeftOvers = [.. told] };
    }
}
