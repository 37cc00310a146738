using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>stop</c>: ends what listens on a port, processes by pid, or what <c>launch</c> started. A port's clients are never
/// meant; process 1 and the agent are refused. Identities are pid and start time, so that a pid that was given away is safe.
/// </summary>
internal sealed class StopModule : Module<StopArguments>
{
    // A pid is of the moment and nobody's for long.
    protected override ValueTask<ImmutableArray<Claim>> Claims(StopArguments arguments, ModuleContext context, CancellationToken cancellation) => new(
        arguments.Port is { } port ? [Claim.Port(port, holder: null)]
        : arguments.Name is { } name ? [Claim.Of(ClaimKind.Launch, LaunchModule.Safe(name), ("state", "stopped"))]
        : []);

    protected override async ValueTask<Plan> Plan(StopArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Name is { } name)
        {
            return await PlanLaunched(name, arguments, context, cancellation);
        }
        var found = new List<(ProcessIdentity Identity, string Shown)>();
        if (arguments.Port is { } port)
        {
            foreach (var listener in (await context.View.Ask(new ListenersLook(port), cancellation)).Listeners)
            {
                if (listener.Pid == 0)
                {
                    return new Impossible($"somebody listens on port {port}, and it cannot be told who") { Remedy = "run the task as root (become: yes)" };
                }
                await Add(found, listener.Pid, $"listens on port {port}", context, cancellation);
            }
        }
        foreach (var pid in arguments.Pids)
        {
            await Add(found, pid, "", context, cancellation);
        }
        var what = arguments.Port is { } p ? $"port {p}" : $"process {string.Join(", ", arguments.Pids)}";
        var refused = found.Find(process => process.Identity.Pid is 1 || process.Identity.Pid == Environment.ProcessId);
        if (refused != default)
        {
            return new Impossible($"process {refused.Identity.Pid} is never stopped: {(refused.Identity.Pid == 1 ? "it is the machine's first process" : "it is this agent")}");
        }
        ImmutableArray<ProcessIdentity> processes = [.. found.Select(process => process.Identity).Distinct()];
        var result = MapValue.From(("stopped", Value.Of(processes.Select(process => (Value)Value.Of(process.Pid)))));
        return processes.IsEmpty
            ? new InSync(arguments.Port is null ? $"{what} does not run" : $"nobody listens on {what}") { Result = result }
            : new Change(string.Join(", ", found.Select(process => process.Shown).Distinct()), [new StopProcesses(processes, arguments.Grace)]) { Result = result };
    }

    private static async ValueTask<Plan> PlanLaunched(string name, StopArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var launched = await context.View.Ask(new LaunchLook(name), cancellation);
        return launched.Runs
            ? new Change($"{name} runs as process {launched.Pid}", [new StopProcesses([new ProcessIdentity(launched.Pid, launched.StartTime)], arguments.Grace) { Launched = name }])
            {
                Result = MapValue.From(("stopped", new ListValue([Value.Of(launched.Pid)]))),
            }
            : new InSync(launched.Known ? $"{name} does not run" : $"nothing was launched as {name}") { Result = MapValue.From(("stopped", ListValue.Empty)) };
    }

    private static async ValueTask Add(List<(ProcessIdentity, string)> found, int pid, string doing, ModuleContext context, CancellationToken cancellation)
    {
        if (pid > 0 && await context.View.Ask(new ProcessLook(pid), cancellation) is { Runs: true } process)
        {
            found.Add((new ProcessIdentity(pid, process.StartTime), $"process {pid} ({process.Command ?? process.Executable}) {(doing.Length == 0 ? "runs" : doing)}"));
        }
    }
}
