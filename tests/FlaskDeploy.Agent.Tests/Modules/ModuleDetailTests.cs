using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Modules;

/// <summary>What case files cannot say: who is asked, what steps carry, whose child a process is.</summary>
public class ModuleDetailTests
{
    private static readonly ModuleRegistry Registry = ModuleRegistry.Create();

    private readonly FakeMachine _machine = new();

    [Fact]
    public async Task Yum_hands_its_options_to_the_transaction()
    {
        var plan = await Plan("yum", ("name", Value.Of("lsof")), ("enablerepo", Value.Of("epel,extras")), ("disablerepo", Value.Of("*")), ("exclude", Value.Of("kernel*")),
            ("disable_gpg_check", Value.True), ("security", Value.True), ("update_cache", Value.True), ("lock_timeout", Value.Of(5)));
        var transaction = Assert.IsType<PackageTransaction>(Assert.Single(Assert.IsType<Change>(plan).Steps));
        Assert.Equal(["epel", "extras"], transaction.EnableRepositories);
        Assert.Equal(["*"], transaction.DisableRepositories);
        Assert.Equal(["kernel*"], transaction.Exclude);
        Assert.Equal(["--nogpgcheck", "--security"], transaction.Options);
        Assert.True(transaction.RefreshMetadata);
        Assert.Equal(TimeSpan.FromSeconds(5), transaction.LockTimeout);
    }

    [Fact]
    public async Task A_removal_leaves_what_it_was_not_told_to_remove()
    {
        _machine.Packages.Database.Add(FakePackages.Named("lsof", "4.95"));
        var plan = await Plan("yum", ("name", Value.Of("lsof")), ("state", Value.Of("absent")));
        Assert.Equal(["--setopt=clean_requirements_on_remove=False"], Assert.IsType<PackageTransaction>(Assert.Single(Assert.IsType<Change>(plan).Steps)).Options);
    }

    [Fact]
    public async Task A_reconvergence_never_asks_the_repositories()
    {
        _machine.Packages.Database.Add(FakePackages.Named("lsof", "4.95"));
        await Plan("yum", Purpose.Maintain, ("name", Value.Of("lsof")), ("state", Value.Of("latest")));
        Assert.DoesNotContain(_machine.Asked, look => look is AvailablePackagesLook);
    }

    [Fact]
    public async Task Present_never_asks_the_repositories()
    {
        await Plan("yum", ("name", Value.Of("lsof")), ("state", Value.Of("present")));
        Assert.DoesNotContain(_machine.Asked, look => look is AvailablePackagesLook);
    }

    [Fact]
    public async Task Pip_runs_in_the_environment_it_changes()
    {
        _machine.Python.MakeEnvironment("/srv/venv");
        var plan = await Plan("pip", ("name", Value.Of("flask")), ("virtualenv", Value.Of("/srv/venv")), ("chdir", Value.Of("/srv")));
        var tool = Assert.IsType<RunTool>(Assert.Single(Assert.IsType<Change>(plan).Steps));
        Assert.Equal(["/srv/venv"], tool.ContentPaths);
        Assert.Equal("/srv", tool.Directory);
        Assert.Contains(_machine.Asked, look => look == new PythonPackagesLook("/srv/venv"));
    }

    [Fact]
    public async Task An_attribute_that_is_corrected_names_no_content_that_changed()
    {
        _machine.WithFile("/srv/hello.py", "x", 0x1B6);
        var plan = await Plan("copy", ("content", Value.Of("x")), ("dest", Value.Of("/srv/hello.py")), ("mode", Value.Of("0644")));
        Assert.Empty(Assert.IsType<Change>(plan).Steps.SelectMany(step => step.ContentPaths));
    }

    [Fact]
    public async Task A_secret_is_written_and_not_shown()
    {
        _machine.WithFile("/srv/key", "old");
        var plan = Assert.IsType<Change>(await Plan("copy", ("content", new SecretValue(Value.Of("hunter2"))), ("dest", Value.Of("/srv/key"))));
        Assert.Equal("(not shown: secret)\n", plan.Diff);
        Assert.Equal("hunter2", System.Text.Encoding.UTF8.GetString(Assert.IsType<WriteFile>(Assert.Single(plan.Steps)).Content.Inline!));
    }

    [Fact]
    public async Task Stdin_ends_in_a_newline_unless_told_otherwise()
    {
        var with = Assert.IsType<Change>(await Plan("shell", ("cmd", Value.Of("cat")), ("stdin", Value.Of("a"))));
        var without = Assert.IsType<Change>(await Plan("shell", ("cmd", Value.Of("cat")), ("stdin", Value.Of("a")), ("stdin_add_newline", Value.False)));
        Assert.Equal("a\n"u8.ToArray(), Assert.IsType<RunCommand>(Assert.Single(with.Steps)).Input);
        Assert.Equal("a"u8.ToArray(), Assert.IsType<RunCommand>(Assert.Single(without.Steps)).Input);
    }

    [Fact]
    public async Task A_shell_is_the_one_it_is_told_to_be()
    {
        var plan = Assert.IsType<Change>(await Plan("shell", ("cmd", Value.Of("set -o pipefail")), ("executable", Value.Of("/bin/bash"))));
        Assert.Equal(["/bin/bash", "-c", "set -o pipefail"], Assert.IsType<RunCommand>(Assert.Single(plan.Steps)).Arguments);
    }

    [Fact]
    public async Task Stop_never_ends_the_first_process()
    {
        var view = new Overlay(_machine) { [new ListenersLook(80)] = new ListenersAnswer([new Listener("0.0.0.0", 80, 1, 1, 0)]), [new ProcessLook(1)] = new ProcessAnswer(true) { StartTime = 1, Command = "systemd" } };
        Assert.Equal("process 1 is never stopped: it is the machine's first process", Assert.IsType<Impossible>(await Plan("stop", view, ("port", Value.Of(80)))).Because);
    }

    [Fact]
    public async Task Stop_never_ends_the_agent()
    {
        var own = Environment.ProcessId;
        var view = new Overlay(_machine) { [new ProcessLook(own)] = new ProcessAnswer(true) { StartTime = 1 } };
        Assert.Equal($"process {own} is never stopped: it is this agent", Assert.IsType<Impossible>(await Plan("stop", view, ("pid", Value.Of(own)))).Because);
    }

    [Fact]
    public async Task Stop_says_that_it_cannot_tell_who_listens()
    {
        var view = new Overlay(_machine) { [new ListenersLook(80)] = new ListenersAnswer([new Listener("0.0.0.0", 80, 0, 0, 0)]) };
        Assert.Equal("somebody listens on port 80, and it cannot be told who", Assert.IsType<Impossible>(await Plan("stop", view, ("port", Value.Of(80)))).Because);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("192.0.2.7", false)]
    public async Task Wait_for_reaches_a_listener_through_the_loopback(string address, bool holds)
    {
        var view = new Overlay(_machine) { [new ListenersLook(80)] = new ListenersAnswer([new Listener(address, 80, 7, 7, 0)]) };
        Assert.Equal(holds, await Plan("wait_for", view, ("port", Value.Of(80))) is InSync);
    }

    [Fact]
    public async Task Launch_knows_the_child_that_listens_for_its_process()
    {
        _machine.WithFile("/bin/app", "#!", 0x1ED);
        (string, Value)[] arguments = [("name", Value.Of("web")), ("command", Value.Of("app")), ("port", Value.Of(80))];
        var launch = Assert.IsType<LaunchProcess>(Assert.Single(Assert.IsType<Change>(await Plan("launch", arguments)).Steps));
        var running = new LaunchAnswer(true, true) { Pid = 50, StartTime = 5, Inputs = launch.Inputs, Port = 80, Unit = "flaskdeploy-launch-web.service" };
        var view = new Overlay(_machine) { [new LaunchLook("web")] = running, [new ListenersLook(80)] = new ListenersAnswer([new Listener("::", 80, 52, 7, 0)]) };

        view[new ProcessLook(52)] = new ProcessAnswer(true) { StartTime = 7, Parent = 51 };
        view[new ProcessLook(51)] = new ProcessAnswer(true) { StartTime = 6, Parent = 50 };
        Assert.IsType<InSync>(await Plan("launch", view, arguments));

        view[new ProcessLook(52)] = new ProcessAnswer(true) { StartTime = 7, Parent = 1, ControlGroup = "/system.slice/flaskdeploy-launch-web.service" };
        Assert.IsType<InSync>(await Plan("launch", view, arguments));

        view[new ProcessLook(52)] = new ProcessAnswer(true) { StartTime = 7, Parent = 1, ControlGroup = "/system.slice/other.service" };
        Assert.IsType<Impossible>(await Plan("launch", view, arguments));
    }

    [Fact]
    public async Task Launch_relaunches_what_runs_and_no_longer_listens()
    {
        _machine.WithFile("/bin/app", "#!", 0x1ED);
        (string, Value)[] arguments = [("name", Value.Of("web")), ("command", Value.Of("app")), ("port", Value.Of(80))];
        var launch = Assert.IsType<LaunchProcess>(Assert.Single(Assert.IsType<Change>(await Plan("launch", arguments)).Steps));
        var view = new Overlay(_machine) { [new LaunchLook("web")] = new LaunchAnswer(true, true) { Pid = 50, StartTime = 5, Inputs = launch.Inputs, Port = 80 } };
        Assert.Equal("web runs as process 50 and does not listen on port 80", Assert.IsType<Change>(await Plan("launch", view, arguments)).Because);
    }

    [Fact]
    public async Task Launch_restarts_when_its_environment_got_other_packages()
    {
        _machine.Python.MakeEnvironment("/srv/venv");
        (string, Value)[] arguments = [("name", Value.Of("web")), ("command", Value.Of("/srv/venv/bin/python -m site"))];
        var before = Assert.IsType<LaunchProcess>(Assert.Single(Assert.IsType<Change>(await Plan("launch", arguments)).Steps)).Inputs;
        _machine.Python.Installed("/srv/venv")["flask"] = "3.0";
        var after = Assert.IsType<LaunchProcess>(Assert.Single(Assert.IsType<Change>(await Plan("launch", arguments)).Steps)).Inputs;
        Assert.NotEqual(before, after);
    }

    [Theory]
    [InlineData(0, "0:00:00.000000")]
    [InlineData(1.002003, "0:00:01.002003")]
    [InlineData(3723.5, "1:02:03.500000")]
    [InlineData(90000, "1 day, 1:00:00.000000")]
    [InlineData(180000, "2 days, 2:00:00.000000")]
    public void A_duration_is_printed_as_Python_prints_it(double seconds, string expected) => Assert.Equal(expected, CommandPlanner.Delta(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("$HOME/x", "/root/x")]
    [InlineData("${USER}x", "rootx")]
    [InlineData("$NOPE/x", "$NOPE/x")]
    [InlineData("${HOME", "${HOME")]
    [InlineData("~web/x", "/home/web/x")]
    [InlineData("~nobody-here/x", "~nobody-here/x")]
    [InlineData("a~b$", "a~b$")]
    public async Task A_path_is_expanded_as_Python_expands_it(string written, string expected) =>
        Assert.Equal(expected, await HostPath.ExpandText(written, _machine, CancellationToken.None));

    [Theory]
    [InlineData("202401021530.05", "%Y%m%d%H%M.%S", true)]
    [InlineData("2024-02-30", "%Y-%m-%d", false)]
    [InlineData("2024-02-3x", "%Y-%m-%d", false)]
    [InlineData("2024-02-03 and more", "%Y-%m-%d", false)]
    public void A_time_is_read_in_its_form_or_not_at_all(string text, string format, bool expected) => Assert.Equal(expected, StrpTime.TryParse(text, format, out _));

    [Theory]
    [InlineData("/etc/app.key: Permission denied", "file is not readable: /etc/app.key")]
    [InlineData("/etc/app.key: Input/output error", "unable to slurp file: /etc/app.key: Input/output error")]
    public async Task A_file_that_may_not_be_read_is_told_as_Ansible_tells_it(string problem, string expected)
    {
        _machine.Fail(new StatLook("/etc/app.key", FollowLinks: true), problem);
        Assert.Equal(expected, Assert.IsType<Impossible>(await Plan("slurp", ("src", Value.Of("/etc/app.key")))).Because);
    }

    private ValueTask<Plan> Plan(string module, params (string, Value)[] arguments) => Plan(module, _machine, Purpose.Push, arguments);

    private ValueTask<Plan> Plan(string module, Purpose purpose, params (string, Value)[] arguments) => Plan(module, _machine, purpose, arguments);

    private static ValueTask<Plan> Plan(string module, IMachineView view, params (string, Value)[] arguments) => Plan(module, view, Purpose.Push, arguments);

    private static ValueTask<Plan> Plan(string name, IMachineView view, Purpose purpose, (string, Value)[] arguments)
    {
        var module = Registry.Find(name)!;
        var diagnostics = new DiagnosticBag();
        var bound = ArgumentBinder.Bind(module.Spec, MapValue.From(arguments), null, _ => SourceSpan.None, diagnostics);
        Assert.Empty(diagnostics.ToSorted());
        var context = new ModuleContext(view, new NoFiles(), purpose)
        {
            Deployment = "site",
            Render = (file, _) => Evaluation.Of(Value.Of(file.Text)),
            Test = _ => Evaluation.Of(Value.True),
            Variable = _ => default,
        };
        return module.Plan(bound!, context, CancellationToken.None);
    }

    private sealed class NoFiles : IOperatorFiles
    {
        public OperatorTree Tree { get; } = new(ImmutableArray<TreeEntry>.Empty);

        public ValueTask<byte[]?> Read(Digest digest, CancellationToken cancellation) => ValueTask.FromResult<byte[]?>(null);

        public byte[]? ReadHere(Digest digest) => null;
    }

    /// <summary>The fake machine, with some answers of its own.</summary>
    private sealed class Overlay(FakeMachine machine) : IMachineView
    {
        private readonly Dictionary<Look, Answer> _answers = [];

        public Answer this[Look look]
        {
            set => _answers[look] = value;
        }

        public Account As => machine.As;

        public TaskEnvironment Environment => machine.Environment;

        public ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, CancellationToken cancellation)
            where TAnswer : Answer =>
            _answers.TryGetValue(look, out var answer) ? ValueTask.FromResult((TAnswer)answer) : machine.Ask(look, cancellation);
    }
}
