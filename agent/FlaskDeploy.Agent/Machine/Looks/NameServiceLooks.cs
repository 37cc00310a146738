namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>Asks getent(1), because the agent itself is static and loads no plug-ins.</summary>
internal static class NameServiceLooks
{
    /// <summary>More is no list that a playbook goes through.</summary>
    private const int MostOutput = 1024 * 1024;

    public static async ValueTask<NameServiceAnswer> Look(NameServiceLook look, TimeSpan deadline, CancellationToken cancellation)
    {
        string[] source = look.Service is { } service ? ["-s", service] : [];
        string[] key = look.Key is { } one ? [one] : [];
        var result = await BoundedTool.Run("getent", [.. source, "--", look.Database, .. key], MostOutput + 1, deadline, cancellation);
        return result.Problem is { } problem ? throw new IOException(problem)
            : result.Output.Length > MostOutput ? throw new IOException($"it tells more than {MostOutput} characters; ask for a key")
            : new NameServiceAnswer(result.ExitCode, result.Output);
    }
}
