namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>
/// firewall-cmd(1), by its questions only. While firewalld does not run, firewall-offline-cmd(1) says what is kept. Both end
/// with 0 for yes and 1 for no.
/// </summary>
internal static class FirewallLooks
{
    private const int No = 1;
    private const int NotRunning = 252;

    public static async ValueTask<FirewallAnswer> Look(FirewallLook look, TimeSpan deadline, CancellationToken cancellation)
    {
        var answer = Judge(look, await BoundedTool.Run("firewall-cmd", [.. look.Permanent ? ["--permanent"] : Array.Empty<string>(), .. Arguments(look)], deadline, cancellation), runs: true);
        return answer.Runs || !look.Permanent ? answer : Judge(look, await BoundedTool.Run("firewall-offline-cmd", Arguments(look), deadline, cancellation), runs: false);
    }

    /// <param name="runs">firewalld itself answered.</param>
    public static FirewallAnswer Judge(FirewallLook look, ToolResult result, bool runs) => result switch
    {
        { Problem: { } problem } => throw new IOException(problem),
        { ExitCode: NotRunning } => new FirewallAnswer(false, Runs: false),
        { ExitCode: 0 } => new FirewallAnswer(look.Question == FirewallQuestion.Part || Words(result.Output).Contains(look.Query), runs),
        { ExitCode: No } when look.Question == FirewallQuestion.Part && !result.Error.Contains("Error:", StringComparison.Ordinal) => new FirewallAnswer(false, runs),
        // "Error: INVALID_ZONE: dmx", without the words of Python's warnings before it.
        _ => new FirewallAnswer(false, runs) { Problem = (result.Error + result.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()?.Replace("Error: ", "", StringComparison.Ordinal) ?? result.Failure },
    };

    private static string[] Arguments(FirewallLook look) => look.Question switch
    {
        FirewallQuestion.Zone => ["--get-zones"],
        FirewallQuestion.Target => [$"--zone={look.Zone}", "--get-target"],
        _ => [$"--zone={look.Zone}", $"--query-{look.Query}"],
    };

    private static string[] Words(string output) => output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
