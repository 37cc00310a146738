using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Processes;

namespace FlaskDeploy.Agent.Machine.Launches;

/// <summary>Ends processes, as the user of this process: the kernel says what that user may end.</summary>
/// <param name="ledger">Null in a worker, which launches nothing.</param>
/// <param name="spared">The agent's workers.</param>
internal sealed class Stopper(LaunchLedger? ledger, Func<IEnumerable<int>> spared, TimeProvider time)
{
    public async ValueTask<StepOutcome> Stop(StopProcesses stop)
    {
        var forbidden = ProcessTable.Ancestry(Libc.ProcessId());
        forbidden.Add(1);
        forbidden.UnionWith(spared());
        if (stop.Processes.FirstOrDefault(process => forbidden.Contains(process.Pid) && ProcessTable.Runs(process)) is { } own)
        {
            return StepOutcome.Failed(own.Pid == 1 ? "process 1 is never stopped" : $"process {own.Pid} belongs to the agent itself and is not stopped");
        }
        if (stop.Processes.FirstOrDefault(process => !Ending.Send(process, 0)) is { } foreign)
        {
            return StepOutcome.Failed($"process {foreign.Pid} ({ProcessTable.Command(foreign.Pid)}) may not be stopped by this user");
        }
        var launched = stop.Launched is { } name ? ledger?.Find(name) : null;
        var left = await Ending.End(() => [.. stop.Processes.Where(ProcessTable.Runs).Union(launched is null ? [] : Launcher.Alive(launched))], stop.Grace, time);
        if (left.Count > 0)
        {
            return StepOutcome.Failed($"process {left[0].Pid} ({ProcessTable.Command(left[0].Pid)}) does not end, not even by KILL");
        }
        if (launched is not null)
        {
            ledger?.Forget(launched.Name);
        }
        return StepOutcome.Done;
    }
}
