using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.Memory;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Session;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.V1;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Standing = FlaskDeploy.Agent.Runs.Standing;

namespace FlaskDeploy.Agent;

/// <summary>The daemon: a coordinator that runs, a session that tells, a socket for root. Everything is composed here, by hand.</summary>
internal sealed class AgentDaemon(AgentPaths paths, AgentConfiguration configuration, AgentIdentity identity, TimeProvider time, ILoggerFactory logs, IHostApplicationLifetime lifetime)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await InterruptedCommands.End(paths, time);
        var (sealing, unreadable) = SealingKeyFile.Load(AgentCommands.IdentityDirectory(paths));
        using var _ = sealing;
        var seal = sealing is null ? null : new StateSeal(sealing.Derive(StateSeal.Purpose));
        await using var parts = await AgentParts.Compose(paths, seal, time, stoppingToken);
        var verifier = new AssignmentVerifier(identity.Host, identity.Operators, parts.Modules);
        var loader = new AssignedLoader(verifier, parts.Blobs, sealing);
        var store = new DeploymentStore(Path.Combine(paths.StateDirectory, "deployments"), seal);
        FreshBoot.Release(store, paths.StateDirectory, BootId.Read());
        var standing = new DriftStanding(store, parts.Events, configuration, time);
        var executor = new RunExecutor(parts.Services, store, standing, logs.CreateLogger("Runs"));
        var coordinator = new Coordinator(identity.Host, store, executor, verifier, loader, configuration, standing, parts.Events, parts.Journal, time, logs.CreateLogger("Runs"));
        using var watch = new HostWatch(new EvidenceTargets(ControlGroups.RootDirectory), parts.Services.Movements, time, logs.CreateLogger("Drift"));
        watch.Moved += coordinator.Nudge;
        coordinator.RunBegins += request => watch.RunBegins(isNudged: request.Cause == "drift");
        coordinator.RunEnded += name => watch.RunEnds(name, store.LoadBaseline(name));
        var explainer = new Explainer(store, name => coordinator.Current(name) is { } current ? loader.Load(current).Assigned : null, executor.Comparer(), parts.Services.Movements, coordinator.Standing, parts.Blobs);
        var session = new ControllerSession(identity, configuration, parts.Modules, verifier, loader, coordinator, store, explainer, parts.Blobs, parts.Events, parts.OperatingSystem, time, logs.CreateLogger("Session"));
        var socket = new LocalSocket(Path.Combine(paths.RunDirectory, "agent.sock"), coordinator, () => Status(parts, store, coordinator, session, watch, sealing?.Fingerprint.ToString(), unreadable), logs.CreateLogger("Session"));

        parts.Events.Append(new Event { AgentStarted = new AgentStarted { Version = AgentVersion.Text, Boot = BootId.Read(), InterruptedRun = parts.Journal.Interrupted?.Began.Run ?? "" } });
        foreach (var record in store.All)
        {
            watch.Follow(record.Name, store.LoadBaseline(record.Name));
        }
        if (configuration.Watch)
        {
            watch.Start();
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var telling = session.Run(ending.Token);
        var serving = socket.Serve(ending.Token);
        var running = coordinator.Run(stoppingToken);
        var returning = new MemoryReturn(() => parts.HasWorkers || coordinator.RunningDeployment is not null, time).Run(ending.Token);
        // None of them ends by itself but the coordinator, when a newer agent is to take over. Whatever ends, all end, and
        // systemd starts the agent anew.
        var first = await Task.WhenAny(running, telling, serving, returning);
        await ending.CancelAsync();
        await Task.WhenAll(telling, serving, returning).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lifetime.StopApplication();
        await (first == running ? running : first);
    }

    private AgentStatus Status(AgentParts parts, DeploymentStore store, Coordinator coordinator, ControllerSession session, HostWatch watch, string? sealing, string? unreadable) => new()
    {
        Version = AgentVersion.Text,
        Host = identity.Host,
        Controller = session.Controller,
        SealingKey = sealing,
        SealingKeyProblem = unreadable,
        Running = true,
        Connected = session.IsLive,
        SecondsSinceController = session.SinceConfirmed?.TotalSeconds,
        EventsPending = parts.Events.Pending,
        RunningDeployment = coordinator.RunningDeployment,
        Unwatched = [.. watch.Problems],
        Deployments = [.. coordinator.Deployments.Select(record => StatusOf(record, store, coordinator.Standing(record.Name)))],
    };

    /// <param name="standing">Null: the daemon does not run, or keeps no such deployment.</param>
    internal static DeploymentStatus StatusOf(DeploymentRecord record, DeploymentStore store, Standing? standing) => new()
    {
        Deployment = record.Name,
        Revision = record.Sequence,
        Complete = record.Complete,
        LastResult = record.LastResult?.ToLowerInvariant(),
        LastCheck = record.LastCheck,
        Failures = record.Failures,
        Held = record.IsHeld,
        Retired = record.IsRetired,
        Problem = record.LastProblem,
        Paused = standing is null ? record.Pause?.Text : standing.Pause?.Text,
        Drift = standing?.Policy switch { null => null, Language.Bundles.Policy.Correct => "correct", Language.Bundles.Policy.Report => "report", _ => "off" },
        MaintenanceWindows = standing?.Windows,
        HeldTasks = [.. standing?.Held.Select(held => $"{held.Name}: {held.Because}; tried again {held.Until:u}, by a push or resume") ?? []],
        LeftOvers = [.. store.LoadBaseline(record.Name)?.LeftOvers ?? []],
    };
}
