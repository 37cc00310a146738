using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/posix/sysctl_module.html</summary>
public sealed record SysctlArguments(string Name) : IModuleArguments<SysctlArguments>
{
    /// <summary>As the file has it: words for true and false are 1 and 0.</summary>
    public string? Value { get; init; }

    public bool IsAbsent { get; init; }

    public bool Reload { get; init; } = true;

    public bool Set { get; init; }

    public bool IgnoreErrors { get; init; }

    public string File { get; init; } = "/etc/sysctl.conf";

    public static ModuleSpec Spec { get; } = new("sysctl", ModuleNature.Converging, "a parameter of the kernel, in a file and now")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the parameter: vm.swappiness") { Required = true, Aliases = ["key"] },
            new("value", ArgumentType.Text, "its value") { Aliases = ["val"] },
            new("state", ArgumentType.Text, "whether the file says it") { Choices = ["absent", "present"], Default = Values.Value.Of("present") },
            CommonArguments.Flag("reload", "have sysctl read the file when something changed, and hold the kernel's value against it", true),
            CommonArguments.Flag("sysctl_set", "set the kernel's value by itself, too"),
            CommonArguments.Flag("ignoreerrors", "a parameter that the kernel does not have is no error"),
            new("sysctl_file", ArgumentType.Path, "the file") { Default = Values.Value.Of("/etc/sysctl.conf") },
        ],
    };

    public static SysctlArguments From(BoundArguments arguments) => new(arguments.RequiredText("name").Trim())
    {
        Value = arguments.Text("value") is { } value ? Parsed(value) : null,
        IsAbsent = arguments.Text("state") == "absent",
        Reload = arguments.IsSet("reload"),
        Set = arguments.IsSet("sysctl_set"),
        IgnoreErrors = arguments.IsSet("ignoreerrors"),
        File = arguments.RequiredText("sysctl_file"),
    };

    private static string Parsed(string value) => value.ToLowerInvariant() switch
    {
        "y" or "yes" or "on" or "1" or "true" or "t" or "1.0" => "1",
        "n" or "no" or "off" or "0" or "false" or "f" or "0.0" => "0",
        _ => value.Trim(),
    };
}
