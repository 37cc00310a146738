using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Tests.Units;

public sealed class UnitLookTests
{
    [Fact]
    public void Reads_a_running_unit() =>
        Assert.Equal(new UnitAnswer("loaded", "active", "running", "enabled") { MainPid = 63 }, UnitLooks.Parse(Recorded.Read("systemctl-252-show-sshd.txt")));

    [Fact]
    public void A_unit_that_is_not_there_is_an_answer() =>
        Assert.Equal(new UnitAnswer("not-found", "inactive", "dead", null), UnitLooks.Parse(Recorded.Read("systemctl-252-show-nosuch.txt")));

    [Fact]
    public void A_oneshot_that_ended_well_has_done_what_it_is_for() =>
        Assert.True(UnitLooks.Parse(Recorded.Read("systemctl-252-show-oneshot-done.txt")).HasDone);

    [Fact]
    public void A_oneshot_that_never_ran_has_not() =>
        Assert.Equal((true, false), (UnitLooks.Parse(Recorded.Read("systemctl-252-show-oneshot-never.txt")).IsOver, UnitLooks.Parse(Recorded.Read("systemctl-252-show-oneshot-never.txt")).HasDone));

    [Theory]
    [InlineData("Result=success", "Result=exit-code")]
    [InlineData("Type=oneshot", "Type=simple")]
    [InlineData("ActiveState=inactive", "ActiveState=activating")]
    public void Nor_has_one_that_failed_or_goes_on(string was, string now)
    {
        var recorded = Recorded.Read("systemctl-252-show-oneshot-done.txt");
        Assert.Contains(was, recorded);
        Assert.False(UnitLooks.Parse(recorded.Replace(was, now, StringComparison.Ordinal)).IsOver);
    }
}
