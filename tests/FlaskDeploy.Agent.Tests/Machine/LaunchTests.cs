using System.Net;
using System.Net.Sockets;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Processes;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class LaunchTests : IAsyncDisposable
{
    private readonly RealMachine _machine = new();

    public async ValueTask DisposeAsync()
    {
        foreach (var record in _machine.Ledger.All().ToList())
        {
            await Ending.End(() => Launcher.Alive(record), TimeSpan.Zero, TimeProvider.System);
        }
        await _machine.DisposeAsync();
    }

    [Fact]
    public async Task A_launched_process_is_remembered_and_another_launch_takes_its_place()
    {
        await Launch("sleep 300", "one");
        var first = await _machine.Ask(new LaunchLook("site"));
        Assert.True(first.Runs);

        await Launch("sleep 301", "two");

        var second = await _machine.Ask(new LaunchLook("site"));
        Assert.True(second.Runs);
        Assert.Equal("two", second.Inputs);
        Assert.NotEqual(first.StartTime, ProcessTable.StartTime(first.Pid));
    }

    [Fact]
    public async Task What_ends_at_once_fails_with_its_last_words()
    {
        var outcome = await _machine.Do(Process("echo earlier; echo cannot bind >&2; exit 3", "x"));

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains("it ended", outcome.Problem);
        Assert.Contains("cannot bind", outcome.Problem);
        Assert.False((await _machine.Ask(new LaunchLook("site"))).Known);
    }

    [Fact]
    public async Task What_does_not_listen_in_time_is_ended()
    {
        var outcome = await _machine.Do(Process("echo waiting; exec sleep 300", "x") with { Port = FreePort(), StartTimeout = TimeSpan.FromSeconds(1), StopTimeout = TimeSpan.FromSeconds(1) });

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains("did not listen", outcome.Problem);
        Assert.Contains("waiting", outcome.Problem);
        Assert.False((await _machine.Ask(new LaunchLook("site"))).Known);
    }

    [Fact]
    public async Task A_taken_port_is_named_with_its_process()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();

        var outcome = await _machine.Do(Process("sleep 300", "x") with { Port = ((IPEndPoint)socket.LocalEndpoint).Port });

        Assert.Contains($"is taken by process {Environment.ProcessId}", outcome.Problem);
    }

    [Fact]
    public async Task A_launched_process_is_stopped_and_forgotten()
    {
        await Launch("sleep 300", "x");
        var launched = await _machine.Ask(new LaunchLook("site"));

        var outcome = await _machine.Do(new StopProcesses([new ProcessIdentity(launched.Pid, launched.StartTime)], TimeSpan.FromSeconds(5)) { Launched = "site" });

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Null(ProcessTable.StartTime(launched.Pid));
        Assert.False((await _machine.Ask(new LaunchLook("site"))).Known);
    }

    [Fact]
    public async Task A_process_that_ignores_TERM_is_killed_after_the_grace()
    {
        await Launch("trap '' TERM; while :; do sleep 0.1; done", "x");
        var launched = await _machine.Ask(new LaunchLook("site"));

        await _machine.Do(new StopProcesses([new ProcessIdentity(launched.Pid, launched.StartTime)], TimeSpan.FromMilliseconds(200)));

        Assert.Null(ProcessTable.StartTime(launched.Pid));
    }

    [Fact]
    public async Task A_pid_that_was_given_to_another_process_is_not_hit()
    {
        await Launch("sleep 300", "x");
        var launched = await _machine.Ask(new LaunchLook("site"));

        var outcome = await _machine.Do(new StopProcesses([new ProcessIdentity(launched.Pid, launched.StartTime - 1)], TimeSpan.Zero));

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Equal(launched.StartTime, ProcessTable.StartTime(launched.Pid));
    }

    [Fact]
    public async Task The_agent_does_not_stop_itself()
    {
        var outcome = await _machine.Do(new StopProcesses([ProcessTable.Identify(Environment.ProcessId)!], TimeSpan.Zero));

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains("belongs to the agent itself", outcome.Problem);
    }

    [Fact]
    public async Task A_user_does_not_stop_what_is_not_his()
    {
        Assert.SkipUnless(RealMachine.IsRoot, "only root becomes somebody else");
        await Launch("sleep 300", "x");
        var launched = await _machine.Ask(new LaunchLook("site"));

        var outcome = await _machine.Do(new StopProcesses([new ProcessIdentity(launched.Pid, launched.StartTime)], TimeSpan.Zero), RealMachine.Nobody);

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains("may not be stopped by this user", outcome.Problem);
    }

    private LaunchProcess Process(string text, string inputs) => new("site", ["/bin/sh", "-c", text]) { Directory = _machine.Directory, Log = _machine.At("site.log"), Inputs = inputs };

    private async Task Launch(string text, string inputs)
    {
        var outcome = await _machine.Do(Process(text, inputs));
        Assert.True(outcome.Status == StepStatus.Done, outcome.Problem);
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
