using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;
using FlaskDeploy.V1;
using Microsoft.Extensions.Logging.Abstractions;
using Bundle = FlaskDeploy.Language.Bundles.Bundle;
using ReleaseContent = FlaskDeploy.Language.Bundles.ReleaseContent;
using HostPartContent = FlaskDeploy.Language.Bundles.HostPartContent;
using Policy = FlaskDeploy.Language.Bundles.Policy;
using TreeEntry = FlaskDeploy.Language.Bundles.TreeEntry;
using Value = FlaskDeploy.Language.Values.Value;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>An agent's core over a fake machine, its state in a directory of its own. <see cref="Restart"/> is what a crash leaves.</summary>
internal sealed class TestHost : IDisposable
{
    public const string Name = "web1";
    public const string Deployment = "site";

    private readonly string _directory = Directory.CreateTempSubdirectory("flaskdeploy-core-").FullName;

    public TestHost()
    {
        Time = new EagerTime(Machine.Clock);
        Verifier = new AssignmentVerifier(Name, [Key.Public], ModuleRegistry.Create());
        Blobs = new BlobStore(Path.Combine(_directory, "blobs"));
        Restart();
    }

    public SigningKey Key { get; } = SigningKey.Create();

    public FakeMachine Machine { get; } = new();

    public EagerTime Time { get; }

    public AssignmentVerifier Verifier { get; }

    public BlobStore Blobs { get; }

    public EventLog Events { get; private set; } = null!;

    public RunJournal Journal { get; private set; } = null!;

    public DeploymentStore Store { get; private set; } = null!;

    public RunExecutor Executor { get; private set; } = null!;

    public DriftStanding Standing { get; private set; } = null!;

    /// <summary>Taken up at the next <see cref="Restart"/>.</summary>
    public AgentConfiguration Configuration { get; set; } = new();

    public AssignedLoader Loader => new(Verifier, Blobs, Sealing);

    /// <summary>Taken up at the next <see cref="Restart"/>; with one, what is assigned has its secrets sealed to it.</summary>
    public SealingKey? Sealing { get; set; }

    /// <summary>The operator's files that lay in vaults.</summary>
    public Dictionary<string, string> SecretFiles { get; } = new(StringComparer.Ordinal);

    public string StateDirectory => Path.Combine(_directory, "state");

    /// <summary>Told all along, restarts included.</summary>
    public List<Event> Told { get; } = [];

    /// <summary>In the way of every step; may throw.</summary>
    public Action<Step>? BeforeStep { get; set; }

    public Action<Step>? AfterStep { get; set; }

    /// <summary>Each step waits for it.</summary>
    public Func<Step, Task>? Gate { get; set; }

    /// <summary>In the way of every look.</summary>
    public Action<Look>? BeforeLook { get; set; }

    public List<LeftRunning> LeftRunning { get; } = [];

    /// <summary>The operator's files, by path.</summary>
    public Dictionary<string, string> Files { get; } = [];

    public Policy Policy { get; set; }

    public string Windows { get; set; } = "";

    public ImmutableArray<KeyValuePair<string, Value>> HostVars { get; set; } = [];

    public string? User { get; set; } = "web";

    /// <summary>The inventory's groups; the host is in those that name it.</summary>
    public ImmutableArray<FlaskDeploy.Language.Bundles.Group> Groups { get; set; } = [];

    public bool IsElsewhere { get; set; }

    public ImmutableArray<FlaskDeploy.Language.Bundles.Peer> Peers { get; set; } = [];

    public Baseline? Baseline => Store.LoadBaseline(Deployment);

    public DeploymentRecord Record => Store.Get(Deployment);

    public IEnumerable<Step> Steps => Machine.Executed;

    public IEnumerable<string> Commands => Machine.Executed.OfType<RunCommand>().Select(command => command.Shown);

    public IEnumerable<TaskFinished> Finished => Told.Where(entry => entry.TaskFinished is not null).Select(entry => entry.TaskFinished);

    public IEnumerable<RunFinished> Ended => Told.Where(entry => entry.RunFinished is not null).Select(entry => entry.RunFinished);

    public IEnumerable<DriftFound> Drifts => Told.Where(entry => entry.DriftFound is not null).Select(entry => entry.DriftFound);

    /// <summary>The agent is gone and comes back: what is not on the disk is forgotten.</summary>
    public void Restart()
    {
        Events?.Dispose();
        Journal?.Dispose();
        Events = new EventLog(StateDirectory, Time);
        Events.Appended += Told.Add;
        var seal = Sealing is null ? null : new StateSeal(Sealing.Derive(StateSeal.Purpose));
        Journal = new RunJournal(StateDirectory, seal);
        Store = new DeploymentStore(Path.Combine(StateDirectory, "deployments"), seal);
        _services = new RunServices(ModuleRegistry.Create(), (account, environment) => new EnvironmentView(this, account, environment), new Stepping(this), Blobs, Journal, Events,
            new LeftOverFinder(_ => LeftRunning), Time) { Job = id => Machine.Jobs.GetValueOrDefault(id) };
        StandBy(Time);
    }

    /// <summary>Another clock decides about pauses and windows: the coordinator's.</summary>
    public DriftStanding StandBy(TimeProvider time)
    {
        Standing = new DriftStanding(Store, Events, Configuration, time);
        Executor = new RunExecutor(_services, Store, Standing, NullLogger.Instance);
        return Standing;
    }

    /// <summary>Signed, sent and verified.</summary>
    public VerifiedAssignment Assign(Bundle bundle, long sequence = 1, OrderStatement? order = null, bool retired = false, string deployment = Deployment, TimeSpan? interval = null, params (string, string)[] extra)
    {
        var (assignment, refusal) = Verifier.Verify(Envelope(bundle, sequence, order, retired, deployment, interval, extra), known: null);
        return assignment ?? throw new InvalidOperationException(refusal!.Reason);
    }

    public Assignment Envelope(Bundle bundle, long sequence = 1, OrderStatement? order = null, bool retired = false, string deployment = Deployment, TimeSpan? interval = null, params (string Name, string Value)[] extra)
    {
        var sealer = Sealing is null ? null : new SecretSealer(Key, deployment);
        var closed = SecretFiles.ToDictionary(file => file.Key, file => Close(sealer!, file.Value), StringComparer.Ordinal);
        var whole = bundle with
        {
            Tree =
            [
                .. Files.Select(file => new TreeEntry(file.Key, Add(file.Value), file.Value.Length, 0x1A4))
                    .Concat(closed.Select(file => new TreeEntry(file.Key, file.Value.Sealed.Cipher, 1, 0x1A4) { IsSecret = true })).OrderBy(entry => entry.Path, StringComparer.Ordinal),
            ],
        };
        var (used, own) = (sealer?.References(), sealer?.References());
        var bytes = BundleCodec.Encode(whole, used);
        var digest = Digest.Of(bytes);
        Blobs.Add(digest, bytes);
        var release = StatementCodec.Encode(new ReleaseStatement
        {
            Deployment = deployment,
            Sequence = sequence,
            Content = ReleaseCodec.Encode(new ReleaseContent
            {
                Bundle = retired ? null : digest,
                Origin = "/srv/site.yml",
                Policy = Policy,
                Groups = Groups,
                Retired = retired,
                Interval = interval,
                Windows = MaintenanceWindows.Parse(Windows).Windows!,
                ExtraVars = [.. extra.Select(pair => KeyValuePair.Create(pair.Name, Value.Of(pair.Value)))],
            }),
        });
        var content = new HostPartContent { InventoryName = Name, Plays = [.. Enumerable.Range(0, bundle.Plays.Length)], Digests = [digest], User = User, Vars = HostVars, Groups = [.. Groups.Where(group => group.Hosts.Contains(Name)).Select(group => group.Name)], Peers = Peers, IsElsewhere = IsElsewhere };
        ReleaseCodec.Encode(content, own);
        var part = StatementCodec.Encode(new HostPartStatement
        {
            Deployment = deployment,
            Sequence = sequence,
            Host = Name,
            Release = Digest.Of(release),
            Content = ReleaseCodec.Encode(content with { Secrets = sealer?.Seal([used!, own!], closed.Values, Name, Sealing!.Public.Span) }, own),
        });
        return new Assignment
        {
            Release = Envelopes.Seal(EnvelopeType.Release, release, Key),
            HostPart = Envelopes.Seal(EnvelopeType.HostPart, part, Key),
            Order = order is null ? null : Envelopes.Seal(EnvelopeType.Order, StatementCodec.Encode(order), Key),
        };
    }

    public OrderStatement Order(long number, long sequence = 1, OrderMode mode = OrderMode.Converge, string deployment = Deployment) =>
        new() { Deployment = deployment, Sequence = sequence, Number = number, Mode = mode };

    /// <summary>A push: accepted and run.</summary>
    public Task<DeploymentOutcome> Push(Bundle bundle, long sequence = 1, OrderMode mode = OrderMode.Converge, ImmutableArray<string> tags = default, params (string, string)[] extra) =>
        Run(Assign(bundle, sequence, extra: extra), new RunRequest(RunRequest.NewId(), mode, "push") { Order = (ulong)(++_order), Tags = tags.IsDefault ? [] : tags });

    /// <summary>What the agent does by itself.</summary>
    public Task<DeploymentOutcome> Reconverge(Bundle bundle, long sequence = 1, string cause = "interval") =>
        Run(Assign(bundle, sequence), new RunRequest(RunRequest.NewId(), OrderMode.Converge, cause));

    public Task<DeploymentOutcome> Run(VerifiedAssignment assignment, RunRequest request, InterruptedRun? resumed = null, CancellationToken preempted = default)
    {
        if (request.Mode != OrderMode.Check && Store.Get(assignment.Release.Deployment).Sequence < (ulong)assignment.Release.Sequence)
        {
            Store.Update(assignment.Release.Deployment, record => record with { Sequence = Math.Max(record.Sequence, (ulong)assignment.Release.Sequence) });
        }
        return Executor.Execute(assignment, request, resumed, Loader, preempted, _ending.Token);
    }

    /// <summary>As the coordinator does at its start.</summary>
    public Task<DeploymentOutcome> Resume(VerifiedAssignment assignment)
    {
        var interrupted = Journal.Interrupted ?? throw new InvalidOperationException("There is no run to go on with.");
        var request = new RunRequest(interrupted.Began.Run, interrupted.Began.Mode, interrupted.Began.Cause) { Order = interrupted.Began.Order, Tags = [.. interrupted.Began.Tags] };
        return Run(assignment, request, interrupted);
    }

    /// <summary>The agent is told to end: what is under way throws.</summary>
    public void Kill()
    {
        _ending.Cancel();
        throw new OperationCanceledException(_ending.Token);
    }

    public void Revive()
    {
        _ending.Dispose();
        _ending = new CancellationTokenSource();
        Restart();
    }

    public void Dispose()
    {
        Events.Dispose();
        Journal.Dispose();
        Key.Dispose();
        _ending.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private long _order;
    private RunServices _services = null!;
    private CancellationTokenSource _ending = new();

    // The machine has what its blob source gives it.
    private SecretBlob Close(SecretSealer sealer, string content)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(content);
        var (cipher, blob) = sealer.Close(bytes);
        Blobs.Add(blob.Sealed.Cipher, cipher);
        Machine.Blobs[blob.Content] = bytes;
        return blob;
    }

    private Digest Add(string content)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(content);
        var digest = Digest.Of(bytes);
        Blobs.Add(digest, bytes);
        Machine.Blobs[digest] = bytes;
        return digest;
    }

    private sealed class Stepping(TestHost host) : IStepExecutor
    {
        public async ValueTask<StepOutcome> Execute(Step step, StepContext context, CancellationToken cancellation)
        {
            host.BeforeStep?.Invoke(step);
            await (host.Gate?.Invoke(step) ?? Task.CompletedTask).WaitAsync(cancellation);
            var outcome = await host.Machine.Execute(step, context, cancellation);
            host.AfterStep?.Invoke(step);
            return outcome;
        }
    }

    private sealed class EnvironmentView(TestHost host, Account account, TaskEnvironment environment) : IMachineView
    {
        private readonly IMachineView _inner = host.Machine.AsUser(account);

        public Account As => account;

        public TaskEnvironment Environment => environment;

        public ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, CancellationToken cancellation)
            where TAnswer : Answer
        {
            host.BeforeLook?.Invoke(look);
            return _inner.Ask(look, cancellation);
        }

        public ValueTask<IReadOnlyList<string?>> Movements(IReadOnlyList<Look> looks, CancellationToken cancellation) => _inner.Movements(looks, cancellation);
    }
}
