namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/hostname_module.html</summary>
public sealed record HostnameArguments(string Name) : IModuleArguments<HostnameArguments>
{
    public static ModuleSpec Spec { get; } = new("hostname", ModuleNature.Converging, "the machine's name, now and after a boot")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the name") { Required = true },
            CommonArguments.Ignored("use", ArgumentType.Text, "the way to set it", "it is set through hostnamectl where that is, else in /etc/hostname and through hostname(1)"),
        ],
    };

    public static HostnameArguments From(BoundArguments arguments) => new(arguments.RequiredText("name"));
}
