using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/systemd_service_module.html</summary>
public sealed record SystemdArguments(ServiceRequest Request) : IModuleArguments<SystemdArguments>
{
    public static ModuleSpec Spec { get; } = new("systemd", ModuleNature.Converging, "a systemd unit: running, enabled, masked")
    {
        Aliases = ["systemd_service"],
        Arguments =
        [
            new("name", ArgumentType.Text, "the unit; without a suffix, a service") { Aliases = ["service", "unit"] },
            new("state", ArgumentType.Text, "running, not running, or restarted or reloaded by each push; a reconvergence takes the latter two as started") { Choices = ["reloaded", "restarted", "started", "stopped"] },
            new("enabled", ArgumentType.Boolean, "start it at boot"),
            .. Shared,
        ],
        RequiredOneOf = [["name", "daemon_reload", "daemon_reexec"]],
    };

    /// <summary>What <c>service</c> takes, too.</summary>
    internal static ImmutableArray<ArgumentSpec> Shared =>
    [
        new("masked", ArgumentType.Boolean, "make it impossible to start"),
        CommonArguments.Flag("daemon_reload", "have systemd read its unit files again first") with { Aliases = ["daemon-reload"] },
        new("scope", ArgumentType.Text, "whose units: the system's, or those of the task's user, who has to be logged in or to linger; global: of all users, only enabled and masked") { Choices = ["global", "system", "user"], Default = Value.Of("system") },
        CommonArguments.Flag("daemon_reexec", "have systemd execute itself anew first; a push does it") with { Aliases = ["daemon-reexec"] },
        CommonArguments.Flag("no_block", "do not wait for the unit; what is under way then counts as done"),
        CommonArguments.Flag("force", "replace links of other units that are in the way"),
    ];

    public static SystemdArguments From(BoundArguments arguments) => new(ServiceRequest.Of(arguments));
}
