using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Runs;

/// <summary>What every run has in common: the agent's parts, composed once.</summary>
internal sealed record RunServices(
    ModuleRegistry Modules, ViewSource Views, IStepExecutor Executor, BlobStore Blobs, RunJournal Journal, EventLog Events, LeftOverFinder LeftOvers, TimeProvider Time)
{
    /// <summary>What was seen to move, by a watch or by a comparison.</summary>
    public MovementLog Movements { get; } = new(Time);
}

/// <summary>One run over one deployment.</summary>
internal sealed class RunContext
{
    public RunContext(RunServices services, Assigned assigned, RunRequest request)
    {
        (Services, Assigned, Request) = (services, assigned, request);
        Reporter = new RunReporter(services.Events, assigned.Deployment, assigned.Sequence, request, services.Time);
        Files = new BundleFiles(new OperatorTree(assigned.Bundle.Tree), services.Blobs);
    }

    public RunServices Services { get; }

    public Assigned Assigned { get; }

    public RunRequest Request { get; }

    public RunReporter Reporter { get; }

    public BundleFiles Files { get; }

    public RunJournal Journal => Services.Journal;

    public PendingHandlers Handlers { get; init; } = new([]);

    /// <summary>The revision that was applied completely before this run; 0: none.</summary>
    public ulong PreviousComplete { get; init; }

    /// <summary>Drift is corrected also where the policy is to report: a pass that failed left it.</summary>
    public bool IsDisturbed { get; init; }

    public Owed Owed { get; init; } = Owed.Nothing;

    /// <summary>The drift that was told and left; null: none.</summary>
    public string? ToldDrift { get; init; }

    /// <summary>What the same run had done before the agent was cut off in it.</summary>
    public InterruptedRun? Resumed { get; init; }

    /// <summary>A play ready to be run: facts gathered, variables of the release and the host part in their places.</summary>
    public async ValueTask<PlaySession> Open(Play play, CancellationToken cancellation)
    {
        var root = Services.Views(Account.Root, TaskEnvironment.For(Account.Root));
        var variables = new RunVariables(Assigned, play, Request.Mode == OrderMode.Check);
        variables.SetFacts(HostFacts.From(await root.Ask(new SystemLook(), cancellation)));
        var lookups = new TreeLookups(Files.Tree, Services.Blobs.Read);
        var preparer = new TaskPreparer(Services.Modules, root, Files, lookups, Assigned.Part.User, Services.Time);
        var runner = new TaskRunner(preparer, Services.Views, Services.Executor, Files, Journal, Resumed, Assigned.Deployment, Services.Time);
        return new PlaySession(this, play, variables, preparer, runner, Reporter);
    }
}

/// <summary>How tasks are gone over.</summary>
/// <param name="ChangeNothing">Check mode.</param>
/// <param name="IsCorrection">Drift is corrected; no intention of an operator is applied.</param>
/// <param name="IsQuiet">Nothing is told, counted or journaled: a task that only yields values is asked again.</param>
internal readonly record struct TaskMode(Purpose Purpose, bool ChangeNothing, bool IsCorrection, bool IsHandler, bool IsQuiet = false)
{
    public static TaskMode Push { get; } = new(Purpose.Push, ChangeNothing: false, IsCorrection: false, IsHandler: false);

    public static TaskMode Check { get; } = Push with { ChangeNothing = true };

    public static TaskMode Correction { get; } = new(Purpose.Maintain, ChangeNothing: false, IsCorrection: true, IsHandler: false);

    /// <summary>A stretch is replayed as a push would run it, delays and all.</summary>
    public static TaskMode Replay { get; } = Correction with { Purpose = Purpose.Push };
}

/// <summary>The operator's files of one bundle, with their content from the agent's store.</summary>
internal sealed class BundleFiles(OperatorTree tree, BlobStore blobs) : IOperatorFiles
{
    public OperatorTree Tree { get; } = tree;

    public ValueTask<byte[]?> Read(Digest digest, CancellationToken cancellation) => ValueTask.FromResult(blobs.Read(digest));

    public byte[]? ReadHere(Digest digest) => blobs.Read(digest);
}
