using System.Globalization;
using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Benchmarks;

/// <summary>
/// All that a reconvergence with nothing to do consists of: the looks of a baseline of the founding playbook's size, asked
/// again of this machine and compared. Without rpm, which is a process of its own and not our code, and without another
/// user's worker; tests/proof/figures has both.
/// </summary>
public class ReconvergenceBenchmarks
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flaskdeploy-benchmark-").FullName;
    private readonly TcpListener _site = new(IPAddress.Loopback, 0);
    private AgentMachine _machine = null!;
    private EvidenceComparer _comparer = null!;
    private Baseline _baseline = null!;

    // Waited for here: in this process BenchmarkDotNet waits for benchmarks only.
    [GlobalSetup]
    public void Prepare() => TakeBaseline().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void Close()
    {
        _site.Dispose();
        _machine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public async Task<int> Compare_a_baseline_that_holds()
    {
        var comparison = await _comparer.Compare(_baseline, CancellationToken.None);
        return comparison.Moved.Count == 0
            ? _baseline.Instances.Length
            : throw new InvalidOperationException(string.Join('\n', comparison.Moved.Values.SelectMany(movements => movements)));
    }

    private async Task TakeBaseline()
    {
        _site.Start();
        var paths = AgentPaths.Below(Path.Combine(_directory, "agent"));
        _machine = new AgentMachine(paths, new BlobStore(Path.Combine(paths.StateDirectory, "blobs")), TimeProvider.System);
        _comparer = new EvidenceComparer(View, (_, _) => ValueTask.FromResult<Account?>(Account.Root));
        var hello = Path.Combine(_directory, "hello");
        MakeEnvironment(Path.Combine(hello, "venv"));
        await File.WriteAllTextAsync(Path.Combine(hello, "hello.py"), "print('hello')\n");
        var port = ((IPEndPoint)_site.LocalEndpoint).Port;
        _baseline = new Baseline(
            1, DateTimeOffset.UnixEpoch,
            [
                await Look("0/0", new StatLook(hello, FollowLinks: true), new AccountLook("root"), new GroupLook("root")),
                await Look("0/1", new StatLook(hello, FollowLinks: true), new StatLook($"{hello}/hello.py", FollowLinks: true), new ContentLook($"{hello}/hello.py")),
                await Look("0/5", new ProgramLook(["sh"]), new StatLook("/bin/sh", FollowLinks: true)),
                await Look("0/6", new GlobLook($"{hello}/venv/bin/activate")),
                await Look("0/7", new StatLook($"{hello}/venv/bin/activate", FollowLinks: true), new PythonPackagesLook($"{hello}/venv")),
                await Look("0/11", new ListenersLook(port)),
            ],
            []);
    }

    // Looks are made by the agent itself, whoever runs the benchmark: no worker is started.
    private IMachineView View(Account account, TaskEnvironment environment) => _machine.ViewAs(Me, environment);

    private static Account Me { get; } = Account.Root with { Uid = Agent.Machine.Native.Libc.EffectiveUser(), Gid = Agent.Machine.Native.Libc.EffectiveGroup() };

    private async Task<InstanceBaseline> Look(string key, params Look[] looks)
    {
        var view = new RecordingView(View(Account.Root, TaskEnvironment.For(Account.Root)));
        foreach (var look in looks)
        {
            _ = look switch
            {
                StatLook l => (Answer)await view.Ask(l, CancellationToken.None),
                ContentLook l => await view.Ask(l, CancellationToken.None),
                GlobLook l => await view.Ask(l, CancellationToken.None),
                PythonPackagesLook l => await view.Ask(l, CancellationToken.None),
                ListenersLook l => await view.Ask(l, CancellationToken.None),
                AccountLook l => await view.Ask(l, CancellationToken.None),
                GroupLook l => await view.Ask(l, CancellationToken.None),
                ProgramLook l => await view.Ask(l, CancellationToken.None),
                _ => throw new ArgumentException($"{look} is no look of this baseline", nameof(looks)),
            };
        }
        return new InstanceBaseline(key, BaselineKind.InSync, "as it should be", view.Evidence);
    }

    // What pip and virtualenv leave behind for Flask: seven distributions.
    private static void MakeEnvironment(string path)
    {
        Directory.CreateDirectory(Path.Combine(path, "bin"));
        File.WriteAllText(Path.Combine(path, "bin", "activate"), "");
        File.WriteAllText(Path.Combine(path, "bin", "python"), "");
        foreach (var name in (string[])["flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "click", "pip"])
        {
            var information = Path.Combine(path, "lib", "python3.11", "site-packages", string.Create(CultureInfo.InvariantCulture, $"{name}-2.2.2.dist-info"));
            Directory.CreateDirectory(information);
            File.WriteAllText(Path.Combine(information, "METADATA"), $"Metadata-Version: 2.1\nName: {name}\nVersion: 2.2.2\n\n");
        }
    }
}
