using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;
using static FlaskDeploy.Cli.Tests.Told;

namespace FlaskDeploy.Cli.Tests;

public sealed class FleetTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Fact]
    public void Prints_how_each_deployment_stands_on_each_host()
    {
        var fleet = new FleetStatus(
            [new FleetDeployment { Deployment = "flask", Head = 7 }],
            [
                new FleetHost
                {
                    Host = "web1",
                    Connected = true,
                    Deployments = [new HostDeployment { Deployment = "flask", Assigned = 7, Complete = 7, LastRun = Run(RunResult.Unchanged, secondsAgo: 42), LastChange = Run(RunResult.Changed, secondsAgo: 7300) }],
                },
                new FleetHost
                {
                    Host = "web2",
                    LastSeenUnixMillis = Now.AddDays(-3).ToUnixTimeMilliseconds(),
                    Deployments = [new HostDeployment { Deployment = "flask", Assigned = 7, Complete = 6, LastRun = Run(RunResult.Failed, secondsAgo: 90) with { Because = "held after 3 failures" }, LeftOver = [new("process 4711", 4711, 5000, 3)] }],
                },
                new FleetHost { Host = "web3", Connected = true },
            ]);
        Assert.Equal(
            """
            3 hosts, 2 connected; 1 failed; 1 in sync

            DEPLOYMENT  HOST  STATE    REVISION         LAST RUN            SINCE   CONNECTED
            flask       web1  in sync  r7               unchanged, 42s ago  2h ago  yes
            flask       web2  failed   r7 (applied r6)  failed, 1m ago              no, last seen 3d ago

            web2: flask: held after 3 failures
            web2: flask: left over from r3: process 4711
            enrolled, with nothing deployed yet: web3
            """,
            string.Join('\n', FleetText.Status(fleet, Now, Style.None)));
    }

    [Theory]
    [InlineData(7, 7, RunResult.Unchanged, Condition.InSync)]
    [InlineData(7, 7, RunResult.Changed, Condition.InSync)]
    [InlineData(7, 6, RunResult.Changed, Condition.Pending)]
    [InlineData(7, 7, RunResult.Drifted, Condition.Drifted)]
    [InlineData(7, 7, RunResult.Failed, Condition.Failed)]
    [InlineData(7, 0, RunResult.Interrupted, Condition.Interrupted)]
    internal void Judges_by_what_was_reported_last(long assigned, long complete, RunResult last, Condition condition) =>
        Assert.Equal(condition, new HostDeployment { Deployment = "x", Assigned = assigned, Complete = complete, LastRun = Run(last) }.Condition);

    [Fact]
    public void Tells_never_applied_from_pending_from_refused_from_running()
    {
        var none = new HostDeployment { Deployment = "x", Assigned = 1 };
        Assert.Equal(Condition.NeverApplied, none.Condition);
        Assert.Equal(Condition.Refused, (none with { LastRun = Run(RunResult.Unchanged) with { Refused = true } }).Condition);
        Assert.Equal(Condition.Running, (none with { LastRun = Run(RunResult.Unchanged) with { Finished = false } }).Condition);
    }

    [Fact]
    public void Calls_a_retired_deployment_retired_once_the_host_knows()
    {
        var retired = new HostDeployment { Deployment = "x", Assigned = 2, Complete = 2, LastRun = Run(RunResult.Unchanged), Retired = true };
        Assert.Equal(Condition.Retired, retired.Condition);
        Assert.Equal(Condition.Pending, (retired with { Complete = 1 }).Condition);
    }

    [Fact]
    public void Does_not_take_a_failed_check_for_a_failed_host() =>
        Assert.Equal(Condition.InSync, new HostDeployment { Deployment = "x", Assigned = 1, Complete = 1, LastRun = Run(RunResult.Failed) with { Kind = RunKind.Check } }.Condition);

    [Fact]
    public void Prints_json_with_stable_names()
    {
        var fleet = new FleetStatus(
            [new FleetDeployment { Deployment = "flask", Head = 7, Origin = "/srv/flask.yml" }],
            [new FleetHost { Host = "web1", AgentVersion = "0.1.0", Deployments = [new HostDeployment { Deployment = "flask", Assigned = 7, Complete = 7, LastRun = Run(RunResult.Unchanged) }] }]);
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(fleet, FleetJson.Default.FleetStatus));
        Assert.Equal("/srv/flask.yml", json.RootElement.GetProperty("deployments")[0].GetProperty("origin").GetString());
        var host = json.RootElement.GetProperty("hosts")[0];
        Assert.Equal("0.1.0", host.GetProperty("agent_version").GetString());
        var on = host.GetProperty("deployments")[0];
        Assert.Equal("in_sync", on.GetProperty("condition").GetString());
        var run = on.GetProperty("last_run");
        Assert.Equal(("unchanged", "correct"), (run.GetProperty("result").GetString(), run.GetProperty("kind").GetString()));
        Assert.Equal(12, run.GetProperty("counts").GetProperty("ok").GetInt32());
    }

    [Fact]
    public void Lists_runs_with_what_came_of_them()
    {
        var lines = FleetText.Runs([Run(RunResult.Changed, secondsAgo: 5) with { Corrected = ["copy the site"] }], Now, Style.None).ToList();
        Assert.Equal("run-1  web1  flask       r7        drift  corrected  12  0        1          0       1.5s  5s ago   copy the site", lines[1]);
    }

    [Fact]
    public void Tells_every_event_on_one_safe_line()
    {
        var evil = "\u001b[2J\nx";
        Happening[] all =
        [
            Started(3), new Happening.TaskStarted("0/1", evil, "p"), Task(evil, TaskOutcome.Failed, evil), Finished(RunResult.Failed, new(), evil), new Happening.RunRefused(evil, evil),
            new Happening.DriftFound("0/1", evil, evil) { Noticed = evil }, new Happening.StandingTold(new Standing { Paused = new(evil, evil, 0, 1), MaintenanceWindows = evil, Held = [new(evil, evil, 2)] }), new Happening.LeftOver(evil, 1, 2, 3), new Happening.AgentStarted(evil, evil), new Happening.Superseded(3), new Happening.Other(),
        ];
        foreach (var e in all.Select(what => By("web1", what).Event))
        {
            Assert.DoesNotContain(EventText.Line(e, Style.None), char.IsControl);
            var text = EventText.Json(e);
            Assert.DoesNotContain(text, char.IsControl);
            using var json = JsonDocument.Parse(text);
            Assert.NotEqual("", json.RootElement.GetProperty("event").GetString());
        }
        Assert.Equal("1970-01-01 00:00:00 flask r7 drift: hello.py: content (copy)", EventText.Line(By("web1", new Happening.DriftFound("0/1", "copy", "hello.py: content")).Event, Style.None));
    }

    [Fact]
    public void Counts_intentions_apart_from_corrections_and_calls_a_check_no_revision()
    {
        var mixed = Run(RunResult.Changed) with { Kind = RunKind.Apply, Counts = new() { Ok = 12, Changed = 3 }, Corrected = ["a"] };
        Assert.Equal((2, 1), (mixed.Intentions, mixed.Corrections));
        var check = Run(RunResult.Changed) with { Kind = RunKind.Check, Sequence = 0, Counts = new() { Changed = 3 } };
        Assert.Equal((0, "check"), (check.Intentions, check.Revision));
        Assert.Contains("  check     drift  would change", FleetText.Runs([check], Now, Style.None).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Shows_what_keeps_drift_from_being_corrected()
    {
        var standing = new Standing
        {
            Drift = "report",
            MaintenanceWindows = "Sun 02:00-06:00",
            Paused = new("the disk is being replaced", "jane@desk", 0, Now.ToUnixTimeMilliseconds()),
            Held = [new("Copy", "corrected 5 times within 1h", Now.ToUnixTimeMilliseconds())],
        };
        var on = new HostDeployment { Deployment = "flask", Assigned = 7, Complete = 7, LastRun = Run(RunResult.Unchanged), Standing = standing };
        var lines = FleetText.Status(new FleetStatus([], [new FleetHost { Host = "web1", Connected = true, Deployments = [on] }]), Now, Style.None).ToList();
        Assert.StartsWith("flask       web1  in sync, paused  r7", lines[3], StringComparison.Ordinal);
        Assert.Equal(
            [
                "web1: flask: paused until 2027-01-15 08:00Z by jane@desk: the disk is being replaced",
                "web1: flask: drift is reported and not corrected, by policy",
                "web1: flask: drift is corrected within Sun 02:00-06:00",
                "web1: flask: held: Copy, corrected 5 times within 1h; tried again at 2027-01-15 08:00Z, by a push or resume",
            ],
            lines[5..]);
        Assert.Equal("paused until it is resumed", Assert.Single(new Standing { Paused = new("", "", 0, 0) }.Lines()));
    }

    private static FleetRun Run(RunResult result, int secondsAgo = 0) => new()
    {
        Run = "run-1",
        Host = "web1",
        Deployment = "flask",
        Sequence = 7,
        Kind = RunKind.Correct,
        Cause = "drift",
        Finished = true,
        Result = result,
        Counts = new() { Ok = 12 },
        StartedUnixMillis = Now.AddSeconds(-secondsAgo).ToUnixTimeMilliseconds(),
        Micros = 1_500_000,
    };
}
