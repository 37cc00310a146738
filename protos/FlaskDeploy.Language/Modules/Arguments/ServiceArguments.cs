namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/service_module.html</summary>
public sealed record ServiceArguments(ServiceRequest Request) : IModuleArguments<ServiceArguments>
{
    private const string SystemdOnly = "services are controlled through systemd";

    public static ModuleSpec Spec { get; } = new("service", ModuleNature.Converging, "a service: running or not, started at boot or not")
    {
        Aliases = ["sysvinit"],
        Arguments =
        [
            new("name", ArgumentType.Text, "the service"),
            new("state", ArgumentType.Text, "running, not running, or restarted or reloaded by each push; a reconvergence takes the latter two as started") { Choices = ["reloaded", "restarted", "running", "started", "stopped"] },
            new("enabled", ArgumentType.Boolean, "start it at boot"),
            .. SystemdArguments.Shared,
            CommonArguments.Ignored("sleep", ArgumentType.Integer, "pause inside a restart", SystemdOnly),
            CommonArguments.Ignored("pattern", ArgumentType.Text, "what to look for in the process table", SystemdOnly),
            CommonArguments.Ignored("runlevel", ArgumentType.Text, "the runlevel", SystemdOnly),
            CommonArguments.Ignored("arguments", ArgumentType.Text, "arguments for the init script", SystemdOnly) with { Aliases = ["args"] },
            CommonArguments.Ignored("use", ArgumentType.Text, "the service manager", SystemdOnly),
        ],
        RequiredOneOf = [["name", "daemon_reload", "daemon_reexec"], ["state", "enabled", "masked", "daemon_reload", "daemon_reexec"]],
    };

    // Ansible's service hands what it is given on to its systemd module.
    public static ServiceArguments From(BoundArguments arguments) => new(ServiceRequest.Of(arguments));
}
