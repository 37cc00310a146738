using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Planned;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Modules.Facts;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>What every run has in common: the agent's parts, composed once.</summary>
internal sealed record RunServices(
    ModuleRegistry Modules, ViewSource Views, IStepExecutor Executor, BlobStore Blobs, RunJournal Journal, EventLog Events, LeftOverFinder LeftOvers, TimeProvider Time)
{
    /// <summary>How a command is that nobody waited for; null: there is no such job.</summary>
    public Func<string, JobState?> Job { get; init; } = static _ => null;

    /// <summary>What was seen to move, by a watch or by a comparison.</summary>
    public MovementLog Movements { get; } = new(Time);

    /// <summary>The operator's machine, where it is this one; null: it is not to be reached.</summary>
    public IOperatorDisk? Disk { get; init; }
}

/// <summary>One run over one deployment.</summary>
internal sealed class RunContext
{
    // Of the play before.
    private RunVariables? _opened;

    public RunContext(RunServices services, Assigned assigned, RunRequest request)
    {
        (Services, Assigned, Request) = (services, assigned, request);
        Reporter = new RunReporter(services.Events, assigned.Deployment, assigned.Sequence, request, services.Time, new Lazy<Secrets>(() => Secrets.Of(assigned, services.Blobs)));
        Claims = ClaimGuard.Alone(assigned.Deployment);
        Files = new BundleFiles(new OperatorTree(assigned.Bundle.Tree, services.Disk), services.Blobs);
        Names = new BundleNames(assigned.Bundle, Files.Tree);
        Inventory = new RunInventory(assigned);
        Planned = request.Mode == OrderMode.Check ? new PlannedEffects((account, environment) => services.Views(account, environment), services.Blobs.Read) : null;
    }

    public RunServices Services { get; }

    public Assigned Assigned { get; }

    public RunRequest Request { get; }

    public RunReporter Reporter { get; }

    public BundleFiles Files { get; }

    public BundleNames Names { get; }

    public RunInventory Inventory { get; private set; }

    /// <summary>The plays are gone over once more: the host is in no group yet that their tasks put it into.</summary>
    public void StartOver() => Inventory = new RunInventory(Assigned);

    public RunJournal Journal => Services.Journal;

    /// <summary>What the tasks of a check would have changed; null: this is no check.</summary>
    public PlannedEffects? Planned { get; }

    public RefreshedMetadata Metadata { get; } = new();

    public PendingHandlers Handlers { get; init; } = new([]);

    public ClaimGuard Claims { get; init; }

    /// <summary>The revision that was applied completely before this run; 0: none.</summary>
    public ulong PreviousComplete { get; init; }

    /// <summary>Drift is corrected also where the policy is to report: a pass that failed left it.</summary>
    public bool IsDisturbed { get; init; }

    public Owed Owed { get; init; } = Owed.Nothing;

    /// <summary>Why drift is only reported; null: it is corrected.</summary>
    public string? Withheld { get; init; }

    /// <summary>Tasks, and stretches by their first task, that were corrected too often, and how that is said.</summary>
    public IReadOnlySet<string> Held { get; init; } = ImmutableHashSet<string>.Empty;

    public string HeldBecause { get; init; } = "";

    /// <summary>The drift that was told and left; null: none.</summary>
    public string? ToldDrift { get; init; }

    /// <summary>What the same run had done before the agent was cut off in it.</summary>
    public InterruptedRun? Resumed { get; init; }

    /// <summary>A play ready to be run: facts gathered, variables of the release and the host part in their places.</summary>
    /// <param name="inclusions">What the includes of the play came to in an earlier run; null: they are still to be reached.</param>
    public async ValueTask<PlaySession> Open(Play play, CancellationToken cancellation, Inclusions? inclusions = null)
    {
        var root = Services.Views(Account.Root, TaskEnvironment.For(Account.Root));
        var variables = new RunVariables(Assigned, play, Request, Inventory);
        if (_opened is not null)
        {
            variables.Continue(_opened);
        }
        _opened = variables;
        var system = await root.Ask(new SystemLook(), cancellation);
        // Of a machine that is not this one nothing is known.
        void SetFacts(MapValue environment) => variables.SetFacts(Assigned.Part.IsElsewhere ? [] : HostFacts.From(system, environment));
        SetFacts(MapValue.Empty);
        ILookups OfTree(string directory) => new TreeLookups(Files.Tree, Services.Blobs.Read, directory, Names.IsCompiled) { Answers = Assigned.Bundle.Answers, Asked = Assigned.Part.Answers };
        ILookups Lookups(string directory) => Services.Disk is { } disk ? new HereLookups(OfTree(directory), disk.Directory, new HereQuestions(disk, Services.Time)) : OfTree(directory);
        var preparer = new TaskPreparer(Services.Modules, Planned?.Over(Account.Root, TaskEnvironment.For(Account.Root)) ?? root, Files, Names, Lookups, Inventory, Assigned.Part.User, Assigned.Bundle.HasNativeTypes, Services.Time);
        SetFacts(await preparer.EnvironmentOf(play, variables, cancellation));
        if (!Assigned.Part.IsElsewhere)
        {
            await Gather(play, variables, await preparer.AccountOf(play, variables, cancellation), cancellation);
        }
        var runner = new TaskRunner(preparer, Services.Views, Services.Executor, Files, Names, Journal, Resumed, Metadata, Assigned.Deployment, Services.Time) { RunId = Request.Run.ToString(), Job = Services.Job, Planned = Planned };
        var session = new PlaySession(this, play, variables, preparer, runner, Reporter, inclusions ?? new Inclusions(Assigned.Bundle));
        session.LoadFiles();
        foreach (var inclusion in session.Inclusions.All.Where(inclusion => inclusion.IsPublic))
        {
            session.Expose(session.Inclusions.Find(inclusion.Key)!);
        }
        return session;
    }

    // The moment is that of the run that made the baseline, and kept with what was registered: a file that tells it is as the
    // push meant it, not wrong a second later.
    private async ValueTask Gather(Play play, RunVariables variables, Account account, CancellationToken cancellation)
    {
        if (!play.GatherFacts)
        {
            return;
        }
        var root = Services.Views(Account.Root, TaskEnvironment.For(Account.Root));
        // What of them is a program runs as that user; without any, no process of that user is needed.
        var local = (await root.Ask(new DirectoryLook(LocalFacts.Directory), cancellation)).Entries.IsEmpty ? MapValue.Empty
            : await LocalFacts.Read(LocalFacts.Directory, (Planned is null ? Services.Views : Planned.Over)(account, TaskEnvironment.For(account)), cancellation);
        variables.Gather([.. await OwnFacts.Of(account, root, cancellation), KeyValuePair.Create("ansible_local", (Value)local)]);
        var now = OwnFacts.Now(Services.Time);
        if (variables.Find(now.Key) is null)
        {
            variables.Learn(now.Key, now.Value);
        }
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
