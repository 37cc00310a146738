namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/posix/seboolean_module.html</summary>
public sealed record SebooleanArguments(string Name, bool IsOn) : IModuleArguments<SebooleanArguments>
{
    public bool Persistent { get; init; }

    public bool IgnoreState { get; init; }

    public static ModuleSpec Spec { get; } = new("seboolean", ModuleNature.Converging, "a switch of SELinux's policy")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the switch: httpd_can_network_connect") { Required = true },
            new("state", ArgumentType.Boolean, "on or off") { Required = true },
            CommonArguments.Flag("persistent", "after a boot, too"),
            CommonArguments.Flag("ignore_selinux_state", "set it where SELinux is off, too, as when an image is made"),
        ],
    };

    public static SebooleanArguments From(BoundArguments arguments) => new(arguments.RequiredText("name").Trim(), arguments.IsSet("state"))
    {
        Persistent = arguments.IsSet("persistent"),
        IgnoreState = arguments.IsSet("ignore_selinux_state"),
    };
}
