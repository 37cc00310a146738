using System.Text.Json;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using static FlaskDeploy.Cli.Tests.Told;

namespace FlaskDeploy.Cli.Tests;

public sealed class FoldTests
{
    [Theory]
    [InlineData(RunResult.Unchanged, 0)]
    [InlineData(RunResult.Changed, 0)]
    [InlineData(RunResult.Drifted, 0)]
    [InlineData(RunResult.Failed, 2)]
    [InlineData(RunResult.Interrupted, 2)]
    internal void Exits_as_ansible_does(RunResult result, int status) =>
        Assert.Equal(status, ExitStatus.Of(State(By("web1", Finished(result, new()))), detailed: false));

    [Fact]
    public void Exits_4_when_a_host_was_not_heard_even_if_another_failed()
    {
        Assert.Equal(4, ExitStatus.Of(State(new RolloutUpdate.Moved("web1", HostPhase.Waiting, "")), detailed: false));
        Assert.Equal(4, ExitStatus.Of(State(By("web1", Finished(RunResult.Failed, new())), new RolloutUpdate.Moved("web2", HostPhase.NotEnrolled, "")), detailed: false));
    }

    [Fact]
    public void Exits_2_when_a_host_refused_or_was_taken_over()
    {
        Assert.Equal(2, ExitStatus.Of(State(By("web1", new Happening.RunRefused("too old", ""))), detailed: false));
        Assert.Equal(2, ExitStatus.Of(State(new RolloutUpdate.Moved("web1", HostPhase.Refused, "too old")), detailed: false));
        Assert.Equal(2, ExitStatus.Of(State(By("web1", new Happening.Superseded(4))), detailed: false));
    }

    [Fact]
    public void Exits_5_when_a_check_found_a_change_and_that_was_asked_for()
    {
        var changed = State(By("web1", Finished(RunResult.Changed, new() { Changed = 1 })));
        Assert.Equal(5, ExitStatus.Of(changed, detailed: true));
        Assert.Equal(0, ExitStatus.Of(changed, detailed: false));
        Assert.Equal(0, ExitStatus.Of(State(By("web1", Finished(RunResult.Unchanged, new()))), detailed: true));
    }

    [Fact]
    public void Takes_the_hosts_own_count_over_what_was_heard()
    {
        var state = State(By("web1", Task("a", TaskOutcome.Changed)), By("web1", Finished(RunResult.Changed, new() { Ok = 9, Changed = 2 })));
        Assert.Equal(9, state.Hosts["web1"].Recap.Ok);
        var cut = State(By("web1", Task("a", TaskOutcome.Changed)), By("web1", Task("b", TaskOutcome.Ignored)));
        Assert.Equal(new Counts { Ok = 2, Changed = 1, Ignored = 1, Unreachable = 1 }, cut.Hosts["web1"].Recap);
    }

    [Fact]
    public void Begins_anew_when_the_run_does()
    {
        var state = State(By("web1", Task("a", TaskOutcome.Failed)), By("web1", Started(2)), By("web1", Task("a", TaskOutcome.Ok)));
        Assert.Equal(new Counts { Ok = 1 }, state.Hosts["web1"].Counts);
    }

    [Fact]
    public void Knows_when_only_absent_hosts_are_waited_for()
    {
        var state = State(By("web1", Finished(RunResult.Unchanged, new())), new RolloutUpdate.Moved("web2", HostPhase.Waiting, ""));
        Assert.True(state.IsStalled);
        Assert.False(state.Next(new RolloutUpdate.Moved("web2", HostPhase.Accepted, "")).IsStalled);
        Assert.False(State(By("web1", Finished(RunResult.Unchanged, new()))).IsStalled);
    }

    [Fact]
    public void Prints_one_json_document_with_stable_names()
    {
        var state = State(
            By("web1", Task("copy", TaskOutcome.Changed, item: "a\u001b[1m") with { Result = MapValue.From(("secret", new SecretValue(Value.Of("hunter2"))), ("n", Value.Of(1))) }),
            By("web1", new Happening.LeftOver("process 4711", 4711, 5000, 3)),
            By("web1", Finished(RunResult.Changed, new() { Ok = 1, Changed = 1 })));
        var text = RolloutJson.Print(state, new("flask", OrderMode.Converge, 7, 12, "flask.12", IsNewRevision: true), exit: 0);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(text);
        var root = json.RootElement;
        Assert.Equal(("flask", "converge", 7, 12, true, 0), (root.GetProperty("deployment").GetString(), root.GetProperty("mode").GetString(), root.GetProperty("sequence").GetInt32(), root.GetProperty("order").GetInt32(), root.GetProperty("new_revision").GetBoolean(), root.GetProperty("exit").GetInt32()));
        var host = root.GetProperty("hosts")[0];
        Assert.Equal(("web1", "changed"), (host.GetProperty("host").GetString(), host.GetProperty("outcome").GetString()));
        Assert.Equal(1, host.GetProperty("counts").GetProperty("changed").GetInt32());
        Assert.Equal(4711, host.GetProperty("left_over")[0].GetProperty("pid").GetInt32());
        Assert.Equal("a\u001b[1m", host.GetProperty("tasks")[0].GetProperty("item").GetString());
        Assert.Equal(1, host.GetProperty("tasks")[0].GetProperty("result").GetProperty("n").GetInt32());
    }

    private static RolloutState State(params RolloutUpdate[] updates) => updates.Aggregate(RolloutState.Of([]), (state, update) => state.Next(update));
}
