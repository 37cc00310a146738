using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Tests.Processes;

[Collection("environment of the process")]
public sealed class BoundedToolTests
{
    [Fact]
    public async Task A_tool_has_no_line_to_systemd()
    {
        Environment.SetEnvironmentVariable("WATCHDOG_PID", "1");
        try
        {
            var result = await BoundedTool.Run("/usr/bin/env", [], TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

            Assert.Contains("LC_ALL=C", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("WATCHDOG_PID", result.Output, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("WATCHDOG_PID", null);
        }
    }
}
