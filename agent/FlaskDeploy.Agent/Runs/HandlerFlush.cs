namespace FlaskDeploy.Agent.Runs;

/// <summary>The end of a play: what was notified is run, in the order of writing, each handler once.</summary>
internal static class HandlerFlush
{
    /// <returns>Whether a handler changed something, and the message of the one that failed; the ones after it stay pending.</returns>
    public static async ValueTask<(bool HasChanged, string? Failure)> Run(RunContext run, PlaySession session, TaskMode mode, CancellationToken cancellation)
    {
        var ran = new HashSet<string>(StringComparer.Ordinal);
        var hasChanged = false;
        // A handler may notify another one.
        while (run.Handlers.Of(session.Handlers).FirstOrDefault(handler => !ran.Contains(handler.Node.Id)) is { } handler)
        {
            ran.Add(handler.Node.Id);
            // It succeeded before the agent was cut off: what notified it was told again by going over the tasks.
            if (run.Resumed?.Done.GetValueOrDefault(handler.Node.Id) is not { Status: TaskStatus.Ok or TaskStatus.Changed or TaskStatus.Skipped or TaskStatus.Ignored })
            {
                var result = await session.RunHandler(handler, mode with { IsHandler = true }, cancellation);
                hasChanged |= result.Status == TaskStatus.Changed;
                if (result.HasFailed)
                {
                    return (hasChanged, $"{handler.Name}: {result.Shown}");
                }
            }
            run.Handlers.Succeeded(session.Handlers, handler);
            if (session.Stop == PlayStop.Play)
            {
                return (hasChanged, null);
            }
        }
        // Notified again by a later one: it has run.
        foreach (var again in run.Handlers.Of(session.Handlers))
        {
            run.Handlers.Succeeded(session.Handlers, again);
        }
        return (hasChanged, null);
    }
}
