using FlaskDeploy.Agent.Machine.Commands;
using System.Diagnostics;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Processes;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class CommandStepsTests : IAsyncDisposable
{
    private readonly RealMachine _machine = new();

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public async Task Ends_with_the_process_and_not_with_the_child_that_holds_its_output()
    {
        var at = Stopwatch.GetTimestamp();

        var outcome = await _machine.Do(RealMachine.Shell("echo said; nohup sh -c 'sleep 0.5; echo later; exec sleep 300' 2>&1 & echo $!"));

        Assert.True(Stopwatch.GetElapsedTime(at) < TimeSpan.FromSeconds(5));
        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.StartsWith("said\n", outcome.Command!.Output, StringComparison.Ordinal);
        var left = outcome.Details["left_running"].Split(' ').Select(int.Parse).ToList();
        try
        {
            // It lives on, and what it says is kept.
            var log = Assert.Single(Directory.GetFiles(Path.Combine(_machine.Paths.LogDirectory, "tasks"), "*.out"));
            await Until(() => File.ReadAllText(log).Contains("later", StringComparison.Ordinal));
            Assert.NotNull(ProcessTable.StartTime(left.Min()));
        }
        finally
        {
            await End(left);
        }
    }

    [Fact]
    public async Task Leaves_no_file_behind_when_nothing_is_left_running()
    {
        await _machine.Do(RealMachine.Shell("echo said"));

        Assert.Empty(Directory.GetFiles(_machine.Paths.LogDirectory, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_timeout_ends_the_whole_group()
    {
        var outcome = await _machine.Do(RealMachine.Shell($"sleep 300 & echo $! > {_machine.At("child")}; trap '' TERM; sleep 300") with { Timeout = TimeSpan.FromSeconds(1) });

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.True(outcome.Command!.TimedOut);
        Assert.Contains("did not end within 1 s", outcome.Problem);
        Assert.Null(ProcessTable.StartTime(int.Parse(File.ReadAllText(_machine.At("child")))));
    }

    [Fact]
    public async Task Cancellation_ends_the_whole_group()
    {
        using var cancellation = new CancellationTokenSource();
        var running = _machine.Executor.Execute(RealMachine.Shell($"sleep 300 & echo $! > {_machine.At("child")}; wait"), _machine.Context(), cancellation.Token).AsTask();
        await Until(() => File.Exists(_machine.At("child")) && File.ReadAllText(_machine.At("child")).EndsWith('\n'));

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Null(ProcessTable.StartTime(int.Parse(File.ReadAllText(_machine.At("child")))));
    }

    [Theory]
    [InlineData("exit 3", 3, null)]
    [InlineData("kill -9 $$", 137, 9)]
    [InlineData("exit 137", 137, null)]
    public async Task Tells_an_exit_code_from_a_signal(string text, int exitCode, int? signal)
    {
        var outcome = await _machine.Do(RealMachine.Shell(text));

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Equal(exitCode, outcome.Command!.ExitCode);
        Assert.Equal(signal, outcome.Command.Signal);
    }

    [Fact]
    public async Task A_job_is_left_behind_and_tells_what_it_came_to()
    {
        var jobs = new Jobs(_machine.Paths, TimeProvider.System);
        var outcome = await _machine.Do(RealMachine.Shell($"while [ ! -e {_machine.At("go")} ]; do sleep 0.05; done; echo out; echo err >&2; exit 3") with { Job = new CommandJob("j1.1", TimeSpan.FromSeconds(60)) });
        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Null(jobs.Find("j1.1")!.Result);

        await File.WriteAllTextAsync(_machine.At("go"), "", TestContext.Current.CancellationToken);
        await Until(() => jobs.Find("j1.1")!.Result is not null);

        var result = jobs.Find("j1.1")!.Result!;
        Assert.Equal((3, "out\n", "err\n"), (result.ExitCode, result.Output, result.Error));
        await _machine.Do(new ForgetJob("j1.1"));
        Assert.Null(jobs.Find("j1.1"));
    }

    [Fact]
    public async Task A_job_is_ended_at_its_limit()
    {
        var jobs = new Jobs(_machine.Paths, TimeProvider.System);
        await _machine.Do(RealMachine.Shell("echo begun; sleep 300") with { Job = new CommandJob("j2.1", TimeSpan.FromSeconds(1)) });

        await Until(() => jobs.Find("j2.1")!.Result is not null);

        Assert.Equal((124, "begun\n"), (jobs.Find("j2.1")!.Result!.ExitCode, jobs.Find("j2.1")!.Result!.Output));
    }

    [Fact]
    public async Task A_job_that_was_killed_has_failed()
    {
        var jobs = new Jobs(_machine.Paths, TimeProvider.System);
        // The shell that would tell its status, too.
        await _machine.Do(RealMachine.Shell("kill -9 $(awk '{print $4}' /proc/$PPID/stat) $PPID; kill -9 $$") with { Job = new CommandJob("j3.1", TimeSpan.FromSeconds(60)) });

        await Until(() => jobs.Find("j3.1")!.Result is not null);

        Assert.False(jobs.Find("j3.1")!.Result!.Succeeded);
        Assert.Contains("told no exit status", jobs.Find("j3.1")!.Result!.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("j1")]
    [InlineData("../launches/site")]
    [InlineData("j1.1/../j1.1")]
    public void What_is_no_name_of_a_job_is_none(string id) => Assert.Null(new Jobs(_machine.Paths, TimeProvider.System).Find(id));

    [Fact]
    public async Task A_program_that_is_not_there_ends_with_127()
    {
        var outcome = await _machine.Do(new RunCommand(["no-such-program"]) { Shown = "no-such-program" });

        Assert.Equal(127, outcome.Command!.ExitCode);
        Assert.Contains("No such file or directory", outcome.Command.Error);
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_named()
    {
        var outcome = await _machine.Do(RealMachine.Shell("true") with { Directory = "/no/such/place" });

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains("/no/such/place", outcome.Problem);
    }

    [Fact]
    public async Task Has_the_stated_environment_and_nothing_of_the_agents()
    {
        Environment.SetEnvironmentVariable("FD_TEST_SECRET", "leak");

        var outcome = await _machine.Do(RealMachine.Shell("env; umask"));

        Assert.DoesNotContain("FD_TEST_SECRET", outcome.Command!.Output);
        Assert.Contains($"HOME={_machine.Me.Home}\n", outcome.Command.Output);
    }

    [Fact]
    public async Task Reads_its_input_to_the_end_of_it()
    {
        var outcome = await _machine.Do(RealMachine.Shell("cat; echo; readlink /proc/self/fd/2 | grep -c err") with { Input = Encoding.UTF8.GetBytes("what was said") });

        Assert.Equal("what was said\n1\n", outcome.Command!.Output);
    }

    [Fact]
    public async Task More_output_than_is_read_is_cut_and_says_so()
    {
        var outcome = await _machine.Do(RealMachine.Shell("head -c 1100000 /dev/zero | tr '\\0' x"));

        Assert.InRange(outcome.Command!.Output.Length, 1024 * 1024, (1024 * 1024) + 100);
        Assert.Contains("[cut: 51424 more bytes]", outcome.Command.Output);
    }

    [Fact]
    public async Task A_tool_leaves_nothing_running()
    {
        var outcome = await _machine.Do(new RunTool(["/bin/sh", "-c", $"sleep 300 & echo $! > {_machine.At("child")}"], TimeSpan.FromSeconds(10)));

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Null(ProcessTable.StartTime(int.Parse(File.ReadAllText(_machine.At("child")))));
    }

    [Fact]
    public async Task Becomes_the_account_with_its_groups_and_no_others()
    {
        Assert.SkipUnless(RealMachine.IsRoot, "only root becomes somebody else");

        var outcome = await _machine.Do(RealMachine.Shell("id -u; id -g; id -G; umask; pwd; grep -E '^(CapEff|CapPrm)' /proc/self/status | tr -d 'A-Za-z:\\t\\n'"), RealMachine.Nobody);

        Assert.Equal("65534\n65534\n65534\n0022\n/\n" + new string('0', 32), outcome.Command!.Output);
    }

    [Fact]
    public async Task What_cannot_be_started_as_the_account_is_told_from_a_command_that_failed()
    {
        Assert.SkipUnless(RealMachine.IsRoot, "only root becomes somebody else");
        Directory.CreateDirectory(_machine.At("closed"));
        File.SetUnixFileMode(_machine.At("closed"), (UnixFileMode)0x1C0);

        var outcome = await _machine.Do(RealMachine.Shell("true") with { Directory = _machine.At("closed") }, RealMachine.Nobody);

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Null(outcome.Command);
        Assert.Contains("was not started", outcome.Problem);
        Assert.Contains("Permission denied", outcome.Problem);
    }

    internal static async Task Until(Func<bool> holds)
    {
        for (var i = 0; i < 200 && !holds(); i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        Assert.True(holds());
    }

    private static async Task End(List<int> pids) =>
        await Ending.End(() => [.. pids.Select(ProcessTable.Identify).OfType<ProcessIdentity>()], TimeSpan.Zero, TimeProvider.System);
}
