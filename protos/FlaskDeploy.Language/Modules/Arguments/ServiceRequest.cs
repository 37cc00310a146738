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
    /// <summary>Null: only <see cref="DaemonReload"/> or <see cref="DaemonReexec"/> is asked for.</summary>
    public string? Name { get; init; }

    public ServiceState? State { get; init; }

    public bool? Enabled { get; init; }

    public bool? Masked { get; init; }

    public bool DaemonReload { get; init; }

    public bool DaemonReexec { get; init; }

    /// <summary>What is asked of systemd is not waited for.</summary>
    public bool NoBlock { get; init; }

    public bool Force { get; init; }

    /// <summary><c>system</c>, or <c>user</c> for the manager of the task's user, <c>global</c> for what all users have.</summary>
    public string Scope { get; init; } = "system";

    internal static ServiceRequest Of(BoundArguments arguments) => new()
    {
        Name = arguments.Text("name"),
        State = StateOf(arguments),
        Enabled = arguments.Flag("enabled"),
        Masked = arguments.Flag("masked"),
        DaemonReload = arguments.IsSet("daemon_reload"),
        DaemonReexec = arguments.IsSet("daemon_reexec"),
        NoBlock = arguments.IsSet("no_block"),
        Force = arguments.IsSet("force"),
        Scope = arguments.RequiredText("scope"),
    };

    private static ServiceState? StateOf(BoundArguments arguments) => arguments.Text("state") switch
    {
        "started" or "running" => ServiceState.Started,
        "stopped" => ServiceState.Stopped,
        "restarted" => ServiceState.Restarted,
        "reloaded" => ServiceState.Reloaded,
        _ => null,
    };
}
