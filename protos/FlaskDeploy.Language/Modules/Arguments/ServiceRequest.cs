namespace FlaskDeploy.Language.Modules.Arguments;

public enum ServiceState
{
    Started,
    Stopped,
    Restarted,
    Reloaded,
}

/// <summary>What <c>service</c> and <c>systemd</c> are asked for.</summary>
public sealed record ServiceRequest
{
    /// <summary>Null: only <see cref="DaemonReload"/> is asked for.</summary>
    public string? Name { get; init; }

    public ServiceState? State { get; init; }

    public bool? Enabled { get; init; }

    public bool? Masked { get; init; }

    public bool DaemonReload { get; init; }

    /// <summary><c>system</c>; the others are refused.</summary>
    public string Scope { get; init; } = "system";

    internal static ServiceState? StateOf(BoundArguments arguments) => arguments.Text("state") switch
    {
        "started" or "running" => ServiceState.Started,
        "stopped" => ServiceState.Stopped,
        "restarted" => ServiceState.Restarted,
        "reloaded" => ServiceState.Reloaded,
        _ => null,
    };
}
