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
}
