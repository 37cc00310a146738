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
            new("name", ArgumentType.Text, "the service") { Required = true },
            new("state", ArgumentType.Text, "running, not running, or restarted or reloaded by each push; a reconvergence takes the latter two as started") { Choices = ["reloaded", "restarted", "running", "started", "stopped"] },
            new("enabled", ArgumentType.Boolean, "start it at boot"),
            CommonArguments.Ignored("sleep", ArgumentType.Integer, "pause inside a restart", SystemdOnly),
            CommonArguments.Ignored("pattern", ArgumentType.Text, "what to look for in the process table", SystemdOnly),
            CommonArguments.Ignored("runlevel", ArgumentType.Text, "the runlevel", SystemdOnly),
            CommonArguments.Ignored("arguments", ArgumentType.Text, "arguments for the init script", SystemdOnly) with { Aliases = ["args"] },
            CommonArguments.Ignored("use", ArgumentType.Text, "the service manager", SystemdOnly),
        ],
        RequiredOneOf = [["state", "enabled"]],
    };

    public static ServiceArguments From(BoundArguments arguments) => new(new ServiceRequest
    {
        Name = arguments.RequiredText("name"),
        State = ServiceRequest.StateOf(arguments),
        Enabled = arguments.Flag("enabled"),
    });
}
