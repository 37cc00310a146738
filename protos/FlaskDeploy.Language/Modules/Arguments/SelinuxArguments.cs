using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/posix/selinux_module.html</summary>
/// <param name="State">enforcing, permissive or disabled.</param>
public sealed record SelinuxArguments(string State) : IModuleArguments<SelinuxArguments>
{
    public string? Policy { get; init; }

    public string File { get; init; } = "/etc/selinux/config";

    /// <summary>The kernels' command lines are to say it as well.</summary>
    public bool UpdateKernel { get; init; }

    public static ModuleSpec Spec { get; } = new("selinux", ModuleNature.Converging, "SELinux: enforcing, permissive or disabled, and by which policy")
    {
        Arguments =
        [
            new("state", ArgumentType.Text, "what it does; off only after a boot, and until then permissive") { Required = true, Choices = ["disabled", "enforcing", "permissive"] },
            new("policy", ArgumentType.Text, "the policy: targeted; needed unless it is off"),
            new("configfile", ArgumentType.Path, "the file") { Default = Value.Of("/etc/selinux/config"), Aliases = ["conf", "file"] },
            CommonArguments.Flag("update_kernel_param", "have the command line of every kernel say so too, through grubby(8): selinux=0 where it is disabled, and not otherwise"),
        ],
    };

    public static SelinuxArguments From(BoundArguments arguments) => new(arguments.RequiredText("state"))
    {
        Policy = arguments.Text("policy"),
        File = arguments.RequiredText("configfile"),
        UpdateKernel = arguments.IsSet("update_kernel_param"),
    };
}
