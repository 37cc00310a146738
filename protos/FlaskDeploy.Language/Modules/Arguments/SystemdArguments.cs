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
            new("masked", ArgumentType.Boolean, "make it impossible to start"),
            CommonArguments.Flag("daemon_reload", "have systemd read its unit files again first") with { Aliases = ["daemon-reload"] },
            new("scope", ArgumentType.Text, "whose units; only the system's are managed") { Choices = ["global", "system", "user"], Default = Value.Of("system") },
            CommonArguments.Ignored("daemon_reexec", ArgumentType.Boolean, "restart systemd itself", "an agent does not restart the machine's first process") with { Aliases = ["daemon-reexec"] },
            CommonArguments.Ignored("no_block", ArgumentType.Boolean, "do not wait for the unit", "the agent waits, so that changed means verified"),
            CommonArguments.Ignored("force", ArgumentType.Boolean, "replace links of other units", "links are replaced only where systemctl does so by itself"),
        ],
        RequiredOneOf = [["name", "daemon_reload", "daemon_reexec"]],
    };

    public static SystemdArguments From(BoundArguments arguments) => new(new ServiceRequest
    {
        Name = arguments.Text("name"),
        State = ServiceRequest.StateOf(arguments),
        Enabled = arguments.Flag("enabled"),
        Masked = arguments.Flag("masked"),
        DaemonReload = arguments.IsSet("daemon_reload"),
        Scope = arguments.RequiredText("scope"),
    });
}
