namespace FlaskDeploy.Agent.State;

/// <summary>Where the agent keeps what is its own. Everything below is made by root with mode 0755 or stricter and written by nobody else.</summary>
internal sealed record AgentPaths
{
    public static AgentPaths Default { get; } = new();

    /// <summary>What survives a reboot: identity, journal, baselines, the launch ledger.</summary>
    public string StateDirectory { get; init; } = "/var/lib/flaskdeploy/agent";

    /// <summary>What does not: sockets, specifications and output of running tasks.</summary>
    public string RunDirectory { get; init; } = "/run/flaskdeploy-agent";

    /// <summary>What is known of launched processes, again: it goes when they go, with the boot, and stays when the state is lost.</summary>
    public string LaunchDirectory { get; init; } = "/run/flaskdeploy-agent/launches";

    /// <summary>Output that processes go on writing after their task is over.</summary>
    public string LogDirectory { get; init; } = "/var/log/flaskdeploy";

    public string ConfigurationFile { get; init; } = "/etc/flaskdeploy/agent.conf";

    /// <summary>All of them below one directory; for tests and for <c>apply</c> without root.</summary>
    public static AgentPaths Below(string directory) => new()
    {
        StateDirectory = Path.Combine(directory, "state"),
        RunDirectory = Path.Combine(directory, "run"),
        LaunchDirectory = Path.Combine(directory, "run", "launches"),
        LogDirectory = Path.Combine(directory, "log"),
        ConfigurationFile = Path.Combine(directory, "agent.conf"),
    };
}
