using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Processes;

namespace FlaskDeploy.Agent.Tests.Processes;

public sealed class StopperTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Ends_a_process_by_TERM()
    {
        using var child = Child.Start("/bin/sleep", "60");

        var outcome = await Stop([], TimeSpan.FromSeconds(30), child.Identity);

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Equal(15, (await child.Ended()).Signal);
    }

    [Fact]
    public async Task What_ignores_TERM_gets_KILL_after_the_grace()
    {
        using var child = Child.Shell("trap '' TERM; echo x >/dev/null; while :; do sleep 0.05; done");
        await Task.Delay(Short);

        var outcome = await Stop([], Short, child.Identity);

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Equal(9, (await child.Ended()).Signal);
    }

    [Fact]
    public async Task A_pid_that_was_given_to_another_is_not_hit()
    {
        using var child = Child.Start("/bin/sleep", "60");

        var outcome = await Stop([], Short, child.Identity with { StartTime = child.Identity.StartTime - 1 });

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.True(ProcessTable.Runs(child.Identity));
    }

    [Fact]
    public async Task Never_ends_process_1_ourselves_or_a_worker_and_then_nothing_else_either()
    {
        using var child = Child.Start("/bin/sleep", "60");
        using var worker = Child.Start("/bin/sleep", "60");
        var protectedOnes = (ProcessIdentity[])[ProcessTable.Identify(1)!, ProcessTable.Identify(Environment.ProcessId)!, worker.Identity];

        foreach (var one in protectedOnes)
        {
            var outcome = await Stop([worker.Identity.Pid], Short, child.Identity, one);

            Assert.Equal(StepStatus.Failed, outcome.Status);
            Assert.Contains($"process {one.Pid}", outcome.Problem);
        }
        Assert.True(ProcessTable.Runs(child.Identity));
        Assert.True(ProcessTable.Runs(worker.Identity));
    }

    private static async Task<StepOutcome> Stop(int[] spared, TimeSpan grace, params ProcessIdentity[] processes) =>
        await new Stopper(null, () => spared, TimeProvider.System).Stop(new StopProcesses([.. processes], grace));
}
