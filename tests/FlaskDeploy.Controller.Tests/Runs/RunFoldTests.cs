using System.Collections.Immutable;
using FlaskDeploy.Controller.Runs;
using TaskStatus = FlaskDeploy.Controller.Runs.TaskStatus;

namespace FlaskDeploy.Controller.Tests.Runs;

public sealed class RunFoldTests
{
    private static readonly ImmutableArray<AgentEvent> Correction =
    [
        At(1, new Happening.RunStarted(RunKind.Correct, "drift")),
        At(2, new Happening.TaskFinished("0/0", "install", TaskStatus.Ok, OfLoopItem: false, Corrective: false)),
        At(3, new Happening.TaskFinished("0/1", "item", TaskStatus.Changed, OfLoopItem: true, Corrective: false)),
        At(4, new Happening.TaskFinished("0/1", "copy", TaskStatus.Changed, OfLoopItem: false, Corrective: true)),
        At(5, new Happening.RunFinished(RunResult.Changed, RunCounts.None with { Ok = 2, Changed = 1 }, 1234, "drift", ["0/1", "0/9"])),
    ];

    [Fact]
    public void A_run_is_the_sum_of_its_events()
    {
        var run = Fold(null, Correction)!;

        Assert.Equal((RunKind.Correct, "drift", true, RunResult.Changed, 1234L), (run.Kind, run.Cause, run.Finished, run.Result, run.Micros));
        Assert.Equal([new CorrectedTask("0/1", "copy"), new CorrectedTask("0/9", "0/9")], run.Corrected);
        Assert.Equal((1L, 5L, 2), (run.FirstNumber, run.LastNumber, run.Counts.Ok));
        Assert.True(run.IsNews);
    }

    [Fact]
    public void Counts_rise_while_it_runs_and_loop_items_do_not_count_twice()
    {
        var run = Fold(null, Correction[..4])!;

        Assert.False(run.Finished);
        Assert.Equal(RunCounts.None with { Ok = 2, Changed = 1 }, run.Counts);
    }

    [Fact]
    public void Replaying_from_anywhere_changes_nothing()
    {
        var once = Fold(null, Correction)!;
        for (var from = 0; from < Correction.Length; from++)
        {
            for (var to = from; to <= Correction.Length; to++)
            {
                Assert.Equal(once, Fold(once, Correction[from..to]));
            }
        }
    }

    [Fact]
    public void A_refusal_before_any_run_is_a_run_of_its_own()
    {
        var refusal = At(7, new Happening.RunRefused("needs agent 0.2", "update flaskdeploy-agent")) with { Run = "" };

        Assert.Equal("refused-log-7", RunFold.RunOf("log", refusal));
        var run = RunFold.Next(null, "web1", "log", refusal)!;
        Assert.Equal((true, true, RunResult.Failed, "needs agent 0.2; update flaskdeploy-agent"), (run.Finished, run.Refused, run.Result, run.Because));
        Assert.True(run.IsNews);
    }

    [Fact]
    public void A_restart_of_the_agent_interrupts_the_run_that_it_names_and_no_finished_one()
    {
        var restart = At(9, new Happening.AgentStarted("run-1")) with { Run = "" };

        Assert.Equal(RunResult.Interrupted, Fold(null, [.. Correction[..3], restart])!.Result);
        Assert.Equal(RunResult.Changed, Fold(null, [.. Correction, restart])!.Result);
        Assert.Null(Fold(null, [restart]));
        Assert.Null(RunFold.RunOf("log", At(1, new Happening.AgentStarted("")) with { Run = "" }));
    }

    [Fact]
    public void A_run_that_goes_on_after_a_restart_ends_as_its_end_says()
    {
        var restart = At(6, new Happening.AgentStarted("run-1")) with { Run = "" };
        var end = At(8, new Happening.RunFinished(RunResult.Unchanged, RunCounts.None, 1, "", []));

        var run = Fold(null, [.. Correction[..2], restart, At(7, new Happening.RunStarted(RunKind.Correct, "retry")), end])!;

        Assert.Equal((true, RunResult.Unchanged), (run.Finished, run.Result));
        Assert.False(run.IsNews);
    }

    private static AgentEvent At(long number, Happening what) => new(number, 1000 + number, "site", 7, "run-1", 3, what);

    private static Run? Fold(Run? run, IEnumerable<AgentEvent> events) => events.Aggregate(run, (before, told) => RunFold.Next(before, "web1", "log", told));
}
