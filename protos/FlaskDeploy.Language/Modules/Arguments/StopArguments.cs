using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>Ends what listens on a port, or a process: the declarative <c>lsof</c> and <c>kill</c>. FlaskDeploy's, not Ansible's.</summary>
public sealed record StopArguments : IModuleArguments<StopArguments>
{
    public int? Port { get; init; }

    public ImmutableArray<int> Pids { get; init; } = [];

    /// <summary>Of a process that <c>launch</c> started.</summary>
    public string? Name { get; init; }

    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    public static ModuleSpec Spec { get; } = new("stop", ModuleNature.Converging, "ends what listens on a port, a process, or what launch started (FlaskDeploy's own module)")
    {
        Arguments =
        [
            new("port", ArgumentType.Integer, "ends the processes that listen on this TCP port, never its clients"),
            new("pid", ArgumentType.List, "ends these processes") { ElementType = ArgumentType.Integer, Aliases = ["pids"] },
            new("name", ArgumentType.Text, "ends what launch started under this name"),
            new("grace", ArgumentType.Real, "seconds between TERM and KILL") { Default = Value.Of(10), Aliases = ["timeout"] },
        ],
        MutuallyExclusive = [["port", "pid", "name"]],
        RequiredOneOf = [["port", "pid", "name"]],
    };

    public static StopArguments From(BoundArguments arguments) => new()
    {
        Port = (int?)arguments.Integer("port"),
        Pids = arguments.Get("pid")?.Reveal() is ListValue list
            ? [.. list.Items.Select(item => Numbers.TryInteger(item, out var pid) && pid <= int.MaxValue ? (int)pid : int.MaxValue)]
            : [],
        Name = arguments.Text("name"),
        Grace = arguments.SecondsOf("grace"),
    };
}
