using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Tasks that run out of time, and loops that end before their items do.</summary>
public sealed class LimitTests : IDisposable
{
    private readonly TestHost _host = new();

    public LimitTests() => _host.Machine.OnCommand = (arguments, machine) => new CommandResult(0, $"out of {arguments[^1]}\n", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("1")]
    [InlineData("{{ 0 + 1 }}")]
    public async Task What_does_not_end_in_time_fails_in_Ansibles_words(string timeout)
    {
        _host.Gate = static step => step is RunCommand { Shown: "slow" } ? new TaskCompletionSource().Task : Task.CompletedTask;

        var outcome = await Push(
            Book.Shell("slow") with { Timeout = Book.Text(timeout), Register = "out", IgnoreErrors = Value.True },
            Book.Shell("{{ out is failed }} {{ out.timedout.period }} {{ out.msg }}"));

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal("True 1 The shell action failed to execute in the expected time frame (1) and was terminated", _host.Commands.Last());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("{{ omit }}")]
    public async Task Without_a_time_it_takes_as_long_as_it_takes(string timeout)
    {
        Assert.Equal(RunEnd.Changed, (await Push(Book.Shell("quick") with { Timeout = Book.Text(timeout) })).End);
        Assert.Empty(_host.Time.Waits);
    }

    [Fact]
    public async Task A_block_gives_its_tasks_the_time_that_it_has()
    {
        _host.Gate = static step => step is RunCommand { Shown: "slow" } ? new TaskCompletionSource().Task : Task.CompletedTask;

        await Push(Book.Block([Book.Shell("slow")], rescue: [Book.Shell("{{ ansible_failed_result.msg[:16] }}") with { Timeout = Value.Of(0) }]) with { Timeout = Value.Of(1) });

        Assert.Equal("The shell action", _host.Commands.Last());
    }

    [Fact]
    public async Task A_loop_ends_behind_the_item_for_which_its_condition_holds()
    {
        var task = Book.Shell("{{ item }}").Over("a", "b", "c").Registered("out");
        await Push(task with { Loop = task.Loop! with { BreakWhen = Book.When("'of b' in out.stdout") } }, Book.Shell("{{ out.results | length }}"));

        Assert.Equal(["a", "b", "2"], _host.Commands);
    }

    [Fact]
    public async Task A_condition_that_cannot_be_asked_fails_the_task()
    {
        var task = Book.Shell("{{ item }}").Over("a", "b");
        var outcome = await Push(task with { Loop = task.Loop! with { BreakWhen = Book.When("gone == 1") } });

        Assert.Equal((RunEnd.Failed, "a"), (outcome.End, Assert.Single(_host.Commands)));
        Assert.Contains("'gone' is undefined", outcome.Because);
    }

    private async Task<DeploymentOutcome> Push(params TaskNode[] tasks) => await _host.Push(Book.Bundle(Book.Play(tasks)));
}
