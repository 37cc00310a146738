using System.Net;
using System.Net.Sockets;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Agent.Tests.Runs;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Drift;

/// <summary>
/// Real files below a directory, in the state that a playbook asks for; built without the playbook, so that it can be
/// built thousands of times. Held against it in two ways that share no judgement: by fingerprints, and by planning again.
/// </summary>
internal sealed class MutatedHost : IAsyncDisposable
{
    private const string Dated = "202001020304.05";

    private readonly string _state = Directory.CreateTempSubdirectory("fd-state-").FullName;
    private readonly RealMachine _machine = new();
    private readonly EventLog _events;
    private readonly RunJournal _journal;
    private readonly RunContext _run;
    private readonly Play _play;
    private TcpListener? _listener;
    private PlaySession _session = null!;
    private Baseline _baseline = null!;

    /// <param name="through">In the way of every view; for the control that blinds them.</param>
    public MutatedHost(Func<IMachineView, IMachineView> through)
    {
        Port = Listen(0);
        _events = new EventLog(_state, TimeProvider.System);
        _journal = new RunJournal(_state);
        _play = Playbook();
        ViewSource views = (account, _) => through(_machine.View(account));
        Comparer = new EvidenceComparer(views, async (user, token) => (await views(Account.Root, TaskEnvironment.For(Account.Root)).Ask(new AccountLook(user), token)).Account);
        var services = new RunServices(ModuleRegistry.Create(), views, _machine.Executor, _machine.Blobs, _journal, _events, new LeftOverFinder(_ => []), TimeProvider.System);
        var assigned = new Assigned
        {
            Deployment = "law",
            Sequence = 1,
            Host = "here",
            Bundle = Book.Bundle(_play),
            Release = new ReleaseContent { Bundle = Digest.Of("law"u8), Origin = "/srv/law.yml" },
            Part = new HostPartContent { InventoryName = "here", Plays = [0], User = _machine.Me.Name },
            Content = Digest.Of("law"u8),
        };
        _run = new RunContext(services, assigned, new RunRequest("law", OrderMode.Converge, "interval"));
    }

    public EvidenceComparer Comparer { get; }

    public string Place => _machine.At("place");

    public int Port { get; }

    /// <summary>Everything that the playbook is about, and the way there.</summary>
    public IReadOnlyList<string> Paths => [.. ((string[])
    [
        "dir", "dir/a", "dir/b", "link", "hard", "dated", "gone", "made", "ready", "through", "tree", "tree/x", "tree/x/y", "dir/deep", "dir/deep/c",
        "venv", "venv/bin/activate", "venv/bin/python", Site, $"{Site}/flask-1.0.dist-info", $"{Site}/flask-1.0.dist-info/METADATA", $"{Site}/tool.egg-link", "source/tool.egg-info/PKG-INFO",
    ]).Select(At).Append(Place)];

    private static string Site => "venv/lib/python3.11/site-packages";

    public string At(string name) => $"{Place}/{name}";

    public void StopListening()
    {
        _listener?.Dispose();
        _listener = null;
    }

    /// <summary>The host as the playbook wants it, and its baseline.</summary>
    /// <param name="aged">What was written counts as settled, as if somebody had waited; else it is too young to be believed by its stats.</param>
    public async Task Build(bool aged, CancellationToken cancellation)
    {
        if (_listener is null)
        {
            Listen(Port);
        }
        if (Directory.Exists(Place))
        {
            Unlock(Place);
            Directory.Delete(Place, recursive: true);
        }
        MakeFiles();
        _machine.Clock.Ahead = aged ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;
        WaitForTick();
        _session ??= await _run.Open(_play, cancellation);
        var instances = new List<InstanceBaseline>();
        foreach (var (task, instance) in Instances())
        {
            var prepared = await _session.Preparer.Prepare(instance, cancellation);
            var ready = Assert.IsType<Preparation.Ready>(prepared).Task;
            var was = await BaselineTaker.Look(_run, _session, new RanInstance(task, instance, ready, new TaskResult(Agent.Runs.TaskStatus.Ok, "", MapValue.Empty), IsHandler: false), cancellation);
            Assert.True(was.Kind == BaselineKind.InSync, $"{was.Key}: {was.Because}");
            instances.Add(was);
        }
        _baseline = new Baseline(1, DateTimeOffset.UnixEpoch, [.. instances], []);
        WaitForTick();
    }

    /// <summary>The first judgement.</summary>
    public async Task<IReadOnlySet<string>> ByFingerprints(CancellationToken cancellation) => (await Comparer.Compare(_baseline, cancellation)).Moved.Keys.ToHashSet();

    /// <summary>The second: each task planned again, without a look at the baseline.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ByPlanning(CancellationToken cancellation)
    {
        var drifted = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (_, instance) in Instances())
        {
            var because = await _session.Preparer.Prepare(instance, cancellation) switch
            {
                Preparation.Ready ready when (await _session.Runner.Look(ready.Task, Purpose.Maintain, cancellation)).Plan is var plan and not InSync => plan.Because,
                Preparation.Ready => null,
                var other => other.ToString(),
            };
            if (because is not null)
            {
                drifted[instance.Key] = because;
            }
        }
        return drifted;
    }

    public async ValueTask DisposeAsync()
    {
        StopListening();
        _events.Dispose();
        _journal.Dispose();
        if (Directory.Exists(Place))
        {
            Unlock(Place);
        }
        await _machine.DisposeAsync();
        Directory.Delete(_state, recursive: true);
    }

    private IEnumerable<(PlacedTask Task, TaskInstance Instance)> Instances() =>
        PlaybookTasks.All(_play).SelectMany(task => _session.Preparer.Expand(task.Node, task.Call, task.Keywords, _session.Variables).Instances.Select(instance => (task, instance)));

    private Play Playbook()
    {
        List<TaskNode> tasks =
        [
            Book.Task("file", ("path", At("dir")), ("state", "directory"), ("mode", "0755")),
            Book.Task("copy", ("content", "aaaa"), ("dest", At("dir/a")), ("mode", "0644")),
            Book.Task("copy", ("content", "bbbb"), ("dest", At("dir/b"))),
            Book.Task("file", ("src", At("dir/a")), ("path", At("link")), ("state", "link")),
            Book.Task("file", ("src", At("dir/b")), ("path", At("hard")), ("state", "hard"), ("force", "yes")),
            Book.Task("file", ("path", At("dated")), ("state", "touch"), ("modification_time", Dated), ("access_time", Dated)),
            Book.Task("file", ("path", At("gone")), ("state", "absent")),
            Book.Shell("true", ("creates", At("made"))),
            Book.Task("pip", ("name", "flask==1.0"), ("virtualenv", At("venv"))),
            Book.Task("pip", ("name", "tool==2.0"), ("virtualenv", At("venv"))),
            Book.Task("file", ("path", At("tree")), ("state", "directory"), ("recurse", "yes"), ("mode", "0755")),
            Book.Task("wait_for", ("path", At("ready"))),
            Book.Task("copy", ("content", "aaaa"), ("dest", At("through")), ("follow", "yes")),
            Book.Task("wait_for", ("port", Port.ToString(System.Globalization.CultureInfo.InvariantCulture))),
        ];
        if (RealMachine.IsRoot)
        {
            // Seen by somebody who may not go everywhere.
            tasks.Add(Book.Task("copy", ("content", "cccc"), ("dest", At("dir/deep/c")), ("owner", "nobody")) with { Become = new Become(Value.True, Book.Text("nobody")) });
        }
        return Book.Play([.. tasks]);
    }

    private int Listen(int port)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        return ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    private void MakeFiles()
    {
        Write("dir/a", "aaaa");
        Write("dir/b", "bbbb");
        File.CreateSymbolicLink(At("link"), At("dir/a"));
        File.CreateSymbolicLink(At("through"), At("dir/a"));
        HardLink(At("dir/b"), At("hard"));
        Write("dated", "");
        var dated = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Local);
        File.SetLastWriteTime(At("dated"), dated);
        File.SetLastAccessTime(At("dated"), dated);
        Write("made", "");
        Write("ready", "");
        Write("tree/x/y", "");
        foreach (var entry in (string[])["tree", "tree/x", "tree/x/y"])
        {
            Assert.Equal(0, Libc.ChangeMode(At(entry), 0x1ED));
        }
        Write("venv/bin/activate", "");
        Write("venv/bin/python", "");
        Write($"{Site}/flask-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: flask\nVersion: 1.0\n\n");
        Write("source/tool.egg-info/PKG-INFO", "Metadata-Version: 1.1\nName: tool\nVersion: 2.0\n\n");
        Write($"{Site}/tool.egg-link", $"{At("source")}\n.\n");
        Write("dir/deep/c", "cccc");
        if (RealMachine.IsRoot)
        {
            Own(At("dir/deep"), RealMachine.Nobody.Uid);
            Own(At("dir/deep/c"), RealMachine.Nobody.Uid);
        }
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
        Assert.Equal(0, Libc.ChangeMode(At(name), 0x1A4));
    }

    public static void Own(string path, uint uid)
    {
        using var parent = Libc.Open(Libc.AtCurrentDirectory, Path.GetDirectoryName(path)!, Libc.OpenPath | Libc.OpenDirectory);
        Libc.ChangeOwnerAt(parent, Path.GetFileName(path), uid, uid, Libc.AtNoFollow);
    }

    public static void HardLink(string from, string to)
    {
        using var source = Libc.Open(Libc.AtCurrentDirectory, Path.GetDirectoryName(from)!, Libc.OpenPath | Libc.OpenDirectory);
        using var target = Libc.Open(Libc.AtCurrentDirectory, Path.GetDirectoryName(to)!, Libc.OpenPath | Libc.OpenDirectory);
        Libc.LinkAt(source, Path.GetFileName(from), target, Path.GetFileName(to), 0);
    }

    // A directory that may not be entered is in the way of whoever is not root.
    private static void Unlock(string directory)
    {
        Libc.ChangeMode(directory, 0x1ED);
        foreach (var below in Directory.EnumerateDirectories(directory).Where(below => new DirectoryInfo(below).LinkTarget is null))
        {
            Unlock(below);
        }
    }

    // What comes after has another time than what was before: a host whose clock says that everything has aged must have.
    private void WaitForTick()
    {
        var probe = _machine.At("probe");
        File.WriteAllText(probe, "");
        var before = Libc.Status(probe, followLinks: true)!.Value;
        FileStatus now;
        do
        {
            File.WriteAllText(probe, "");
            now = Libc.Status(probe, followLinks: true)!.Value;
        }
        while (now.ChangedSeconds == before.ChangedSeconds && now.ChangedNanoseconds - before.ChangedNanoseconds < 10_000_000);
    }
}
