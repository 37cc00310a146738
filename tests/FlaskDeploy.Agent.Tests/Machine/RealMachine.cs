using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Packages;
using FlaskDeploy.Agent.Machine.Workers;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>The real thing, below a temporary directory, as the user who runs the tests.</summary>
internal sealed class RealMachine : IAsyncDisposable
{
    private readonly LocalLooks _looks;

    public RealMachine()
    {
        // Not below /tmp itself: that is everybody's, and root trusts nothing there.
        Directory = System.IO.Directory.CreateTempSubdirectory("fd-machine-").FullName;
        File.SetUnixFileMode(Directory, (UnixFileMode)0x1ED);
        Paths = AgentPaths.Below(Path.Combine(Directory, "agent"));
        Blobs = new BlobStore(Path.Combine(Directory, "blobs"));
        Ledger = new LaunchLedger(Paths);
        _looks = new LocalLooks(Ledger, Accounts, Clock);
        var blobs = new StoredBlobs(Blobs);
        Workers = new WorkerPool(Paths, Program, blobs, TimeProvider.System);
        Packages = new PackageTransactions(Paths, TimeProvider.System);
        Executor = new StepExecutor(
            Workers,
            new CommandSteps(Paths, new TaskProcesses(Paths, Program), TimeProvider.System),
            Packages,
            new Launcher(Paths, Program, Ledger, TimeProvider.System),
            Ledger,
            blobs,
            TimeProvider.System);
    }

    /// <summary>The agent's binary, which the build put beside the tests.</summary>
    public static AgentProgram Program { get; } = new([Path.Combine(AppContext.BaseDirectory, "flaskdeploy-agent")]);

    public static bool IsRoot => Libc.EffectiveUser() == 0;

    public string Directory { get; }

    /// <summary>That of the looks; steps and the kernel have the machine's own.</summary>
    public AgingClock Clock { get; } = new();

    public AgentPaths Paths { get; }

    public BlobStore Blobs { get; }

    public LaunchLedger Ledger { get; }

    public Accounts Accounts { get; } = new();

    public WorkerPool Workers { get; }

    public PackageTransactions Packages { get; }

    public StepExecutor Executor { get; }

    public Account Me { get; } = IsRoot ? Account.Root : new Account(System.Environment.UserName, Libc.EffectiveUser(), Libc.EffectiveGroup(), "/", "/bin/sh") { Groups = [Libc.EffectiveGroup()] };

    /// <summary>A user that every machine has and that owns nothing.</summary>
    public static Account Nobody { get; } = new("nobody", 65534, 65534, "/", "/bin/sh") { Groups = [65534] };

    public string At(string name) => Path.Combine(Directory, name);

    public IMachineView View(Account? account = null) => new MachineView(account ?? Me, TaskEnvironment.For(account ?? Me), _looks, Workers);

    public StepContext Context(Account? account = null) => new(account ?? Me, TaskEnvironment.For(account ?? Me), "test-task");

    public ValueTask<StepOutcome> Do(Step step, Account? account = null) => Executor.Execute(step, Context(account), TestContext.Current.CancellationToken);

    public ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, Account? account = null)
        where TAnswer : Answer => View(account).Ask(look, TestContext.Current.CancellationToken);

    public static RunCommand Shell(string text) => new(["/bin/sh", "-c", text]) { Shown = text };

    public async ValueTask DisposeAsync()
    {
        await Workers.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

/// <summary>The machine's clock, put forward: what was written just now is then as settled as if one had waited.</summary>
internal sealed class AgingClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

    public void Age() => Ahead += TimeSpan.FromMinutes(1);
}
