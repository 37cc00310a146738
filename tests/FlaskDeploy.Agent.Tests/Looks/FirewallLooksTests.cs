using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Tests.Looks;

public sealed class FirewallLooksTests
{
    private static readonly FirewallLook Part = new("public", FirewallQuestion.Part, "port=80/tcp", Permanent: false);

    [Theory]
    [InlineData(0, "yes\n", "", true, true)]
    [InlineData(1, "no\n", "", false, true)]
    [InlineData(252, "FirewallD is not running\n", "", false, false)]
    public void The_exit_code_is_the_answer(int code, string output, string error, bool holds, bool runs) =>
        Assert.Equal(new FirewallAnswer(holds, runs), FirewallLooks.Judge(Part, new ToolResult(code, output, error, null), runs: true));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "firewalld", "invalid-zone", MemberType = typeof(Recorded))]
    public void What_cannot_be_asked_is_said(string recorded) =>
        Assert.Equal("INVALID_ZONE: nosuch", FirewallLooks.Judge(Part, new ToolResult(112, "", Recorded.Read(recorded), null), runs: true).Problem);

    [Theory]
    [MemberData(nameof(Recorded.Versions), "firewalld", "offline-invalid-zone", MemberType = typeof(Recorded))]
    public void So_is_what_cannot_be_asked_without_it(string recorded) =>
        Assert.Equal("INVALID_ZONE: get_zone(): nosuch", FirewallLooks.Judge(Part, new ToolResult(112, "", Recorded.Read(recorded), null), runs: false).Problem);

    [Theory]
    [MemberData(nameof(Recorded.Versions), "firewalld", "zones", MemberType = typeof(Recorded))]
    public void A_zone_is_one_of_those_that_there_are(string recorded)
    {
        FirewallAnswer Ask(string zone) => FirewallLooks.Judge(new FirewallLook(zone, FirewallQuestion.Zone, zone, Permanent: true), new ToolResult(0, Recorded.Read(recorded), "", null), runs: true);

        Assert.True(Ask("dmz").Holds);
        Assert.False(Ask("dm").Holds);
    }

    [Fact]
    public void Where_it_is_not_installed_it_may_be_by_an_earlier_task() =>
        Assert.Equal("it is not installed", FirewallLooks.Judge(Part, new ToolResult(-1, "", "", "firewall-cmd cannot be started: firewall-cmd: no such program on the PATH"), runs: true).Problem);

    [Theory]
    [InlineData(FirewallQuestion.Zone, "dmz", "block dmz drop\n", true)]
    [InlineData(FirewallQuestion.Zone, "dm", "block dmz drop\n", false)]
    [InlineData(FirewallQuestion.Target, "DROP", "DROP\n", true)]
    [InlineData(FirewallQuestion.Target, "DROP", "default\n", false)]
    public void A_zone_and_a_target_are_words_of_what_is_told(object question, string query, string output, bool holds) =>
        Assert.Equal(holds, FirewallLooks.Judge(new FirewallLook("dmz", (FirewallQuestion)question, query, Permanent: true), new ToolResult(0, output, "", null), runs: true).Holds);
}
