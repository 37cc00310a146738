using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>A virtual environment as a thing of its own. FlaskDeploy's, not Ansible's.</summary>
public sealed record VirtualenvArguments(string Path) : IModuleArguments<VirtualenvArguments>
{
    public string? Python { get; init; }

    /// <summary>Null: virtualenv where the host has it, else <c>python3 -m venv</c>.</summary>
    public string? Command { get; init; }

    public bool SystemSitePackages { get; init; }

    public bool Present { get; init; } = true;

    public static ModuleSpec Spec { get; } = new("virtualenv", ModuleNature.Converging, "a Python virtual environment (FlaskDeploy's own module)")
    {
        Arguments =
        [
            new("path", ArgumentType.Path, "its directory on the host") { Required = true, Aliases = ["dest", "name", "virtualenv"] },
            new("python", ArgumentType.Text, "the interpreter that it is made for") { Aliases = ["virtualenv_python"] },
            new("command", ArgumentType.Text, "the command that makes it; otherwise virtualenv where it is installed, else python3 -m venv") { Aliases = ["virtualenv_command"] },
            CommonArguments.Flag("system_site_packages", "it sees the machine's own packages") with { Aliases = ["site_packages", "virtualenv_site_packages"] },
            new("state", ArgumentType.Text, "there or not") { Choices = ["absent", "present"], Default = Value.Of("present") },
        ],
    };

    public static VirtualenvArguments From(BoundArguments arguments) => new(arguments.RequiredText("path"))
    {
        Python = arguments.Text("python"),
        Command = arguments.Text("command"),
        SystemSitePackages = arguments.IsSet("system_site_packages"),
        Present = arguments.Text("state") != "absent",
    };
}
