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
            new("start_timeout", ArgumentType.Real, "seconds in which it must listen") { Default = Value.Of(30) },
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
        State = arguments.Text("state") switch
        {
            "stopped" => LaunchState.Stopped,
            "restarted" => LaunchState.Restarted,
            _ => LaunchState.Started,
        },
    };
}
