using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Packages;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.Machine.Workers;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Machine;

/// <summary>The real machine, put together: views for whoever a task runs as, and the one executor.</summary>
internal sealed class AgentMachine : IAsyncDisposable
{
    private readonly LocalLooks _local;
    private static readonly TimeSpan RotateEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan CutEvery = TimeSpan.FromSeconds(15);

    private readonly WorkerPool _workers;
    private readonly ITimer _rotation;
    private readonly ITimer _cutting;

    public AgentMachine(AgentPaths paths, BlobStore store, TimeProvider time)
    {
        var program = AgentProgram.Current;
        var ledger = new LaunchLedger(paths);
        var blobs = new StoredBlobs(store);
        _local = new LocalLooks(ledger, new Accounts(), time, blobs);
        _workers = new WorkerPool(paths, program, blobs, time);
        Executor = new StepExecutor(
            _workers, new CommandSteps(paths, new TaskProcesses(paths, program), time, blobs), new PackageTransactions(paths, time), new Launcher(paths, program, ledger, time), ledger, blobs, time);
        Scopes = new Scopes(ledger);
        Jobs = new Jobs(paths, time);
        var logs = new TaskLogs(Path.Combine(paths.LogDirectory, "tasks"), time);
        _rotation = time.CreateTimer(_ => logs.Rotate(), null, RotateEvery, RotateEvery);
        // What a fast writer can add in between is the most that its log is larger than it should be.
        var launched = new LaunchLogs(ledger, Console.Error.WriteLine);
        _cutting = time.CreateTimer(_ => launched.Rotate(), null, CutEvery, CutEvery);
    }

    public IStepExecutor Executor { get; }

    /// <summary>Commands that nobody waits for.</summary>
    public Jobs Jobs { get; }

    /// <summary>What tasks of a deployment left running.</summary>
    public Scopes Scopes { get; }

    /// <summary>Somebody's worker is alive: it was asked something a moment ago.</summary>
    public bool HasWorkers => _workers.Processes().Any();

    public IMachineView ViewAs(Account account, TaskEnvironment environment) => new MachineView(account, environment, _local, _workers);

    /// <summary>Ends the workers; what tasks launched stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await _cutting.DisposeAsync();
        await _rotation.DisposeAsync();
        await _workers.DisposeAsync();
    }
}
