using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Processes;

namespace FlaskDeploy.Agent.Tests.Processes;

public sealed class ProcessTableTests
{
    private const string Rest = "S 7 42 43 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 0 0";

    [Theory]
    [InlineData("(sh)")]
    [InlineData("(a b)")]
    [InlineData("(evil) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1)")]
    [InlineData("()) S 1 ()")]
    [InlineData("(two\nlines)")]
    public void No_name_of_a_program_can_forge_its_start_time(string name)
    {
        var stat = ProcessTable.Parse($"42 {name} {Rest}\n");

        Assert.Equal(new ProcessStat('S', 7, 43, 1, 98765), stat);
    }

    [Theory]
    [InlineData("")]
    [InlineData("42 (sh) S 1")]
    [InlineData("42 (sh) S x x x x x x x x x x x x x x x x x x x")]
    public void A_line_that_is_none_is_nobody(string line) => Assert.Null(ProcessTable.Parse(line));

    [Fact]
    public void A_zombie_has_ended_but_one_with_running_threads_has_not()
    {
        Assert.False(new ProcessStat('Z', 1, 1, 1, 5).Runs);
        Assert.True(new ProcessStat('Z', 1, 1, 4, 5).Runs);
        Assert.True(new ProcessStat('D', 1, 1, 1, 5).Runs);
    }

    [Fact]
    public async Task Another_start_time_is_another_process()
    {
        using var child = Child.Start("/bin/sleep", "60");

        Assert.True(ProcessTable.Runs(child.Identity));
        Assert.False(ProcessTable.Runs(child.Identity with { StartTime = child.Identity.StartTime + 1 }));
        child.Dispose();
        await child.Ended();
        Assert.False(ProcessTable.Runs(child.Identity));
    }

    [Fact]
    public void Describes_a_process()
    {
        using var child = Child.Start("/bin/sleep", "61");
        // exec lets go of the old arguments a moment before the new ones are in place.
        SpinWait.SpinUntil(() => ProcessTable.Command(child.Identity.Pid)?[0] != '[', TimeSpan.FromSeconds(30));

        var answer = ProcessTable.Look(child.Identity.Pid);

        Assert.True(answer.Runs);
        Assert.Equal("/bin/sleep 61", answer.Command);
        Assert.Equal(Environment.ProcessId, answer.Parent);
        Assert.EndsWith("/sleep", answer.Executable);
        Assert.False(ProcessTable.Look(int.MaxValue).Runs);
    }
}
