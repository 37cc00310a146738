using System.Diagnostics;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Packages;
using FlaskDeploy.Agent.Machine.Units;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Agent.Machine.Workers;

namespace FlaskDeploy.Agent.Machine;

/// <summary>
/// The one way to change the machine. What touches files, waits or ends processes is carried out as the account itself:
/// here, or in that user's worker. Processes are started by the agent and become the account on their way.
/// </summary>
internal sealed class StepExecutor(WorkerPool workers, CommandSteps commands, PackageTransactions packages, Launcher launcher, LaunchLedger ledger, IBlobSource blobs, TimeProvider time) : IStepExecutor
{
    public async ValueTask<StepOutcome> Execute(Step step, StepContext context, CancellationToken cancellation)
    {
        try
        {
            return step switch
            {
                RunCommand command => await commands.Run(command, context, cancellation),
                ForgetJob job => commands.Forget(job),
                RunTool tool => await commands.Run(tool, context, cancellation),
                PackageTransaction transaction => await packages.Execute(transaction, context, cancellation),
                // A user's manager is asked by the user, over a bus of the user's own.
                ControlUnit { IsUsers: true } control => await commands.Run(UnitSteps.OfUser(control, context.As), context, cancellation),
                ControlUnit control => await UnitSteps.Control(control, context, cancellation),
                LaunchProcess launch => await launcher.Launch(launch, context, cancellation),
                StopProcesses { Launched: not null } stop => await StopLaunched(stop, context, cancellation),
                _ when context.As.Uid != Libc.EffectiveUser() => await workers.Execute(step, context, cancellation),
                SendRequest send => await WebAnswers.Send(send, time, cancellation),
                WaitUntil wait => await new Waits(time).Wait(wait, cancellation),
                StopProcesses stop => await Stopper().Stop(stop),
                WriteFile or MakeDirectory or MakeLink or SetAttributes or Touch or Remove or Download =>
                    await new FileSteps(blobs, (command, token) => commands.Validate(command, context, token), time).Execute(step, cancellation),
                _ => throw new UnreachableException(step.GetType().Name),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return StepOutcome.Failed(e.Message);
        }
    }

    // The ledger is root's: what was launched for somebody is stopped by the agent, whatever else by the user.
    private async ValueTask<StepOutcome> StopLaunched(StopProcesses stop, StepContext context, CancellationToken cancellation)
    {
        var launched = ledger.Find(stop.Launched!) is { } record ? Launcher.Alive(record) : [];
        var others = stop with { Launched = null, Processes = [.. stop.Processes.Except(launched)] };
        var outcome = await Stopper().Stop(stop with { Processes = [.. launched] });
        return outcome.Status != StepStatus.Done || others.Processes.IsEmpty ? outcome : await Execute(others, context, cancellation);
    }

    private Stopper Stopper() => new(ledger, workers.Processes, time);
}
