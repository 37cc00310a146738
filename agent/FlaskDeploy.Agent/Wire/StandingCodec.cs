using FlaskDeploy.Agent.Runs;

namespace FlaskDeploy.Agent.Wire;

/// <summary>How drift is treated, as a message.</summary>
internal static class StandingCodec
{
    public static V1.Standing Encode(Standing standing) => new()
    {
        Policy = (V1.Policy)standing.Policy,
        MaintenanceWindows = standing.Windows,
        Paused = standing.Pause is not { } pause ? null : new V1.Paused
        {
            Reason = pause.Reason,
            By = pause.By,
            SinceUnixMillis = pause.Since.ToUnixTimeMilliseconds(),
            UntilUnixMillis = pause.Until?.ToUnixTimeMilliseconds() ?? 0,
        },
        Held =
        {
            standing.Held.Select(task => new V1.HeldTask { Task = task.Task, Name = task.Name, Because = task.Because, UntilUnixMillis = task.Until.ToUnixTimeMilliseconds() }),
        },
    };
}
