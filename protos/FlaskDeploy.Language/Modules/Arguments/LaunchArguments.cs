using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

public enum LaunchState
{
    Started,
    Stopped,
    Restarted,
}

/// <summary>A process that is to stay: the declarative <c>nohup … &amp;</c>. FlaskDeploy's, not Ansible's.</summary>
public sealed record LaunchArguments : IModuleArguments<LaunchArguments>
{
    /// <summary>Null: made from the command and the directory.</summary>
    public string? Name { get; init; }

    /// <summary>Split as a shell splits words; no shell runs it.</summary>
    public string? Command { get; init; }

    public ImmutableArray<string> Arguments { get; init; } = [];

    public int? Port { get; init; }

    public string? Directory { get; init; }

    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public string? Log { get; init; }

    /// <summary>Files on the host whose content is an input, besides those that the command names.</summary>
    public ImmutableArray<string> RestartOn { get; init; } = [];

    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public LaunchState State { get; init; }

    /// <summary>The size at which its log is cut, as written: bytes, or with k, M or G.</summary>
    public string LogMaxSize { get; init; } = "10M";

    /// <summary>How many older parts of its log are kept.</summary>
    public int LogKeep { get; init; } = 5;

    /// <summary>A path on its port, or a whole http:// address on the loopback. Null: only its port says how it is.</summary>
    public string? HealthUrl { get; init; }

    /// <summary>Numbers and ranges: <c>200</c>, <c>200-399</c>.</summary>
    public ImmutableArray<string> HealthStatus { get; init; } = ["200-399"];

    public TimeSpan HealthTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Two bad answers that are closer to each other count as one.</summary>
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromSeconds(10);

    public int HealthRetries { get; init; } = 3;

    /// <summary>How long it has to stay well before the launch counts as done.</summary>
    public TimeSpan MinHealthy { get; init; }

    public static ModuleSpec Spec { get; } = new("launch", ModuleNature.Converging, "a process that stays, restarted when what it was started from changed (FlaskDeploy's own module)")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "what it is remembered by; made from the command and its directory otherwise"),
            new("command", ArgumentType.Text, "the program and its arguments, split as a shell does it; no shell runs it") { Aliases = ["cmd"] },
            new("argv", ArgumentType.List, "the program and its arguments, one by one"),
            new("port", ArgumentType.Integer, "the TCP port that it listens on; it is started when it does"),
            new("chdir", ArgumentType.Path, "the directory it runs in; the user's home otherwise"),
            new("environment", ArgumentType.Map, "variables for it, besides the task's") { Aliases = ["env"] },
            new("log", ArgumentType.Path, "the file that its output is appended to; /var/log/flaskdeploy/NAME.log otherwise"),
            new("restart_on", ArgumentType.List, "files on the host; another content restarts it, as with the files that the command names") { ElementType = ArgumentType.Path },
            new("log_max_size", ArgumentType.Text, "the size at which its log is cut: bytes, or with k, M or G") { Default = Value.Of("10M") },
            new("log_keep", ArgumentType.Integer, "how many older parts of its log are kept, as LOG.1, LOG.2 and so on") { Default = Value.Of(5) },
            new("health_url", ArgumentType.Text, "asked with GET: a path on its port, or an http address on the loopback"),
            new("health_status", ArgumentType.List, "the HTTP statuses that are well; numbers and ranges") { Default = Value.Of(["200-399"]) },
            new("health_timeout", ArgumentType.Real, "seconds for one answer") { Default = Value.Of(5) },
            new("health_interval", ArgumentType.Real, "seconds between two bad answers that both count") { Default = Value.Of(10) },
            new("health_retries", ArgumentType.Integer, "bad answers in a row, one for each look at the host, before it is restarted") { Default = Value.Of(3) },
            new("min_healthy", ArgumentType.Real, "seconds for which it must stay well before it counts as started") { Default = Value.Of(0) },
            new("start_timeout", ArgumentType.Real, "seconds in which it must listen, and be well where a health_url is given") { Default = Value.Of(30) },
            new("stop_timeout", ArgumentType.Real, "seconds between TERM and KILL") { Default = Value.Of(10) },
            new("state", ArgumentType.Text, "running, not running, or restarted by each push") { Choices = ["restarted", "started", "stopped"], Default = Value.Of("started") },
        ],
        MutuallyExclusive = [["command", "argv"]],
        RequiredOneOf = [["command", "argv", "name"]],
    };

    public static LaunchArguments From(BoundArguments arguments) => new()
    {
        Name = arguments.Text("name"),
        Command = arguments.Text("command"),
        Arguments = arguments.Texts("argv"),
        Port = (int?)arguments.Integer("port"),
        Directory = arguments.Text("chdir"),
        Environment = (arguments.Map("environment") ?? MapValue.Empty).Entries
            .ToImmutableSortedDictionary(entry => entry.Key.ToString(), entry => entry.Value.Reveal().ToString(), StringComparer.Ordinal),
        Log = arguments.Text("log"),
        RestartOn = arguments.Texts("restart_on"),
        StartTimeout = arguments.SecondsOf("start_timeout"),
        StopTimeout = arguments.SecondsOf("stop_timeout"),
        LogMaxSize = arguments.RequiredText("log_max_size"),
        LogKeep = (int)arguments.Integer("log_keep")!.Value,
        HealthUrl = arguments.Text("health_url"),
        HealthStatus = arguments.Texts("health_status"),
        HealthTimeout = arguments.SecondsOf("health_timeout"),
        HealthInterval = arguments.SecondsOf("health_interval"),
        HealthRetries = (int)arguments.Integer("health_retries")!.Value,
        MinHealthy = arguments.SecondsOf("min_healthy"),
        State = arguments.Text("state") switch
        {
            "stopped" => LaunchState.Stopped,
            "restarted" => LaunchState.Restarted,
            _ => LaunchState.Started,
        },
    };
}
