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

    [Fact]
    public async Task What_runs_is_known_again_after_the_state_was_lost()
    {
        await Launch("sleep 300", "x");
        var before = await _machine.Ask(new LaunchLook("site"));

        Directory.Delete(Path.Combine(_machine.Paths.StateDirectory, "launches"), recursive: true);

        Assert.Equal(before, await _machine.Ask(new LaunchLook("site")));
        Assert.Equal("site", Assert.Single(_machine.Ledger.All()).Name);
    }

    [Fact]
    public async Task What_runs_counts_and_not_what_the_state_of_another_day_says()
    {
        await Launch("sleep 300", "old");
        var kept = Path.Combine(_machine.Paths.StateDirectory, "launches", "site.json");
        var old = File.ReadAllBytes(kept);
        await Launch("sleep 301", "new");

        File.WriteAllBytes(kept, old);

        var known = await _machine.Ask(new LaunchLook("site"));
        Assert.Equal((true, "new"), (known.Runs, known.Inputs));
    }

    [Fact]
    public async Task Garbage_in_place_of_a_record_is_no_record()
    {
        await Launch("sleep 300", "x");
        foreach (var directory in new[] { Path.Combine(_machine.Paths.StateDirectory, "launches"), _machine.Paths.LaunchDirectory })
        {
            var path = Path.Combine(directory, "site.json");
            var good = File.ReadAllBytes(path);
            File.WriteAllText(path, "{ no json");
            Assert.True((await _machine.Ask(new LaunchLook("site"))).Runs);
            File.WriteAllBytes(path, good);
        }
    }

    [Fact]
    public async Task What_is_only_remembered_otherwise_goes_on_running()
    {
        await Launch("sleep 300", "x");
        var before = await _machine.Ask(new LaunchLook("site"));

        var outcome = await _machine.Do(Process("sleep 300", "x") with { KeepsProcess = true, Limits = new LogLimits(1000, 1) });

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Equal(before with { Limits = new LogLimits(1000, 1) }, await _machine.Ask(new LaunchLook("site")));
    }

    [Fact]
    public async Task What_does_not_answer_well_in_time_is_ended_with_the_reason()
    {
        var port = FreePort();
        var health = new HealthCheck($"http://127.0.0.1:{port}/", "200", TimeSpan.FromSeconds(1), TimeSpan.Zero, 1);

        var outcome = await _machine.Do(Process("echo waiting; exec sleep 300", "x") with { Health = health, StartTimeout = TimeSpan.FromSeconds(2), StopTimeout = TimeSpan.FromSeconds(1) });

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains($"was not well within 2 s (GET http://127.0.0.1:{port}/: Connection refused)", outcome.Problem);
        Assert.Contains("waiting", outcome.Problem);
        Assert.False((await _machine.Ask(new LaunchLook("site"))).Known);
    }

    [Fact]
    public async Task What_answers_well_has_been_launched()
    {
        await using var site = new TinySite(200);
        var health = new HealthCheck(site.Url, "200", TimeSpan.FromSeconds(1), TimeSpan.Zero, 1);

        var outcome = await _machine.Do(Process("exec sleep 300", "x") with { Health = health, MinHealthy = TimeSpan.FromMilliseconds(100) });

        Assert.True(outcome.Status == StepStatus.Done, outcome.Problem);
        Assert.True(site.Asked > 0);
    }

    [Fact]
    public async Task What_does_not_stay_up_for_as_long_as_it_has_to_has_not_been_launched()
    {
        var outcome = await _machine.Do(Process("sleep 0.3; echo bye; exit 1", "x") with { MinHealthy = TimeSpan.FromSeconds(30) });

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains("it ended", outcome.Problem);
        Assert.Contains("bye", outcome.Problem);
    }

    [Fact]
    public async Task A_bad_answer_counts_once_an_interval_and_a_good_one_forgets_them()
    {
        await using var site = new TinySite(500);
        await Launch("sleep 300", "x");
        var patient = new HealthLook("site", new HealthCheck(site.Url, "200-399", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), 2));
        var hasty = patient with { Check = patient.Check with { Interval = TimeSpan.Zero } };

        Assert.Equal(new HealthAnswer(true, 1, $"GET {site.Url}: status 500"), await _machine.Ask(patient));
        Assert.Equal(1, (await _machine.Ask(patient)).Failures);
        Assert.Equal(new HealthAnswer(false, 2, $"GET {site.Url}: status 500"), await _machine.Ask(hasty));
        Assert.Equal(2, (await _machine.Ask(patient)).Failures);

        site.Status = 204;
        Assert.Equal(new HealthAnswer(true, 0, null), await _machine.Ask(hasty));
        site.Status = 500;
        Assert.Equal(1, (await _machine.Ask(hasty)).Failures);
    }

    [Fact]
    public async Task Bad_answers_of_the_process_before_do_not_count()
    {
        await using var site = new TinySite(500);
        await Launch("sleep 300", "x");
        var look = new HealthLook("site", new HealthCheck(site.Url, "200", TimeSpan.FromSeconds(1), TimeSpan.Zero, 9));
        await _machine.Ask(look);
        Assert.Equal(2, (await _machine.Ask(look)).Failures);

        await Launch("sleep 301", "x");

        Assert.Equal(1, (await _machine.Ask(look)).Failures);
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
