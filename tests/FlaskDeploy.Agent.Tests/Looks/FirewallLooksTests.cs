using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Tests.Looks;

public sealed class FirewallLooksTests
{
    private static readonly FirewallLook Part = new("public", FirewallQuestion.Part, "port=80/tcp", Permanent: false);

    [Theory]
    [InlineData(0, "yes\n", "", true, true)]
    [InlineData(1, "no\n", "", false, true)]
    [InlineData(252, "", "FirewallD is not running\n", false, false)]
    public void The_exit_code_is_the_answer(int code, string output, string error, bool holds, bool runs) =>
        Assert.Equal(new FirewallAnswer(holds, runs), FirewallLooks.Judge(Part, new ToolResult(code, output, error, null), runs: true));

    [Fact]
    public void What_cannot_be_asked_is_said() =>
        Assert.Equal("INVALID_ZONE: nosuch", FirewallLooks.Judge(Part, new ToolResult(112, "", "Error: INVALID_ZONE: nosuch\n", null), runs: true).Problem);

    [Theory]
    [InlineData(FirewallQuestion.Zone, "dmz", "block dmz drop\n", true)]
    [InlineData(FirewallQuestion.Zone, "dm", "block dmz drop\n", false)]
    [InlineData(FirewallQuestion.Target, "DROP", "DROP\n", true)]
    [InlineData(FirewallQuestion.Target, "DROP", "default\n", false)]
    public void A_zone_and_a_target_are_words_of_what_is_told(object question, string query, string output, bool holds) =>
        Assert.Equal(holds, FirewallLooks.Judge(new FirewallLook("dmz", (FirewallQuestion)question, query, Permanent: true), new ToolResult(0, output, "", null), runs: true).Holds);
}
