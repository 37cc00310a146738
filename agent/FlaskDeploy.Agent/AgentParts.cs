using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;

namespace FlaskDeploy.Agent;

/// <summary>What the daemon and a local apply have in common: state on disk, the machine, the modules.</summary>
internal sealed class AgentParts : IAsyncDisposable
{
    private readonly AgentMachine _machine;

    private AgentParts(AgentMachine machine, BlobStore blobs, EventLog events, RunJournal journal, RunServices services, string operatingSystem) =>
        (_machine, Blobs, Events, Journal, Services, OperatingSystem) = (machine, blobs, events, journal, services, operatingSystem);

    public BlobStore Blobs { get; }

    public EventLog Events { get; }

    public RunJournal Journal { get; }

    public RunServices Services { get; }

    public bool HasWorkers => _machine.HasWorkers;

    public ModuleRegistry Modules => Services.Modules;

    /// <summary>For people: "CentOS Linux 7".</summary>
    public string OperatingSystem { get; }

    public static async Task<AgentParts> Compose(AgentPaths paths, StateSeal? seal, TimeProvider time, CancellationToken cancellation)
    {
        DurableFile.MakeDirectory(paths.StateDirectory);
        var blobs = new BlobStore(Path.Combine(paths.StateDirectory, "blobs"));
        var events = new EventLog(paths.StateDirectory, time);
        var journal = new RunJournal(paths.StateDirectory, seal);
        var machine = new AgentMachine(paths, blobs, time);
        var leftOvers = new LeftOverFinder(deployment =>
            [.. machine.Scopes.Of(ScopeName.Safe(deployment)).SelectMany(scope => scope.Processes).SelectMany(process => process.Ports.Select(port => new LeftRunning(process.Pid, port, process.Command)))]);
        var services = new RunServices(ModuleRegistry.Create(), machine.ViewAs, machine.Executor, blobs, journal, events, leftOvers, time) { Job = machine.Jobs.Find };
        var system = await machine.ViewAs(Account.Root, TaskEnvironment.For(Account.Root)).Ask(new SystemLook(), cancellation);
        var name = $"{system.Facts.GetValueOrDefault("distribution")} {system.Facts.GetValueOrDefault("distribution_version")}".Trim();
        return new AgentParts(machine, blobs, events, journal, services, name);
    }

    public async ValueTask DisposeAsync()
    {
        await _machine.DisposeAsync();
        Journal.Dispose();
        Events.Dispose();
    }
}
