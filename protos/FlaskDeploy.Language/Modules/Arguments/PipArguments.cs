using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

public enum PipState
{
    Present,
    Latest,
    Absent,
    ForceReinstall,
}

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/pip_module.html</summary>
public sealed record PipArguments : IModuleArguments<PipArguments>
{
    /// <summary>Requirements as pip takes them: <c>flask</c>, <c>flask&gt;=2,&lt;4</c>, an address.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Of the only name.</summary>
    public string? Version { get; init; }

    /// <summary>A requirements file on the host.</summary>
    public string? Requirements { get; init; }

    public string? Virtualenv { get; init; }

    public string VirtualenvCommand { get; init; } = "virtualenv";

    public string? VirtualenvPython { get; init; }

    public bool VirtualenvSitePackages { get; init; }

    public PipState State { get; init; }

    public string? Executable { get; init; }

    public string? ExtraArguments { get; init; }

    public string? Directory { get; init; }

    public bool Editable { get; init; }

    public string? Umask { get; init; }

    public bool BreakSystemPackages { get; init; }

    public static ModuleSpec Spec { get; } = new("pip", ModuleNature.Converging, "Python distributions, in a virtual environment or for the whole machine")
    {
        Arguments =
        [
            new("name", ArgumentType.List, "distributions as pip takes them: flask, flask>=2, an address"),
            new("version", ArgumentType.Text, "the version of the only name, exact or with its operators: 2.0, >=2,<3"),
            new("requirements", ArgumentType.Path, "a requirements file on the host"),
            new("virtualenv", ArgumentType.Path, "the virtual environment; made when its bin/activate is missing"),
            new("virtualenv_command", ArgumentType.Text, "the command that makes it, with its options: virtualenv, python3 -m venv") { Default = Value.Of("virtualenv") },
            new("virtualenv_python", ArgumentType.Text, "the interpreter that it is made for"),
            CommonArguments.Flag("virtualenv_site_packages", "it sees the machine's own packages"),
            new("state", ArgumentType.Text, "installed, newest, not installed, or installed anew each time") { Choices = ["absent", "forcereinstall", "latest", "present"], Default = Value.Of("present") },
            new("executable", ArgumentType.Path, "the pip to use, by name or path"),
            new("extra_args", ArgumentType.Text, "more options for pip"),
            new("chdir", ArgumentType.Path, "the directory that pip runs in"),
            CommonArguments.Flag("editable", "install with -e"),
            new("umask", ArgumentType.Text, "the umask for what pip writes, octal"),
            CommonArguments.Flag("break_system_packages", "install although the distribution says that it manages Python's packages"),
            CommonArguments.Ignored("use_mirrors", ArgumentType.Boolean, "use PyPI's mirrors", "pip no longer knows mirrors"),
            CommonArguments.Ignored("distribute", ArgumentType.Boolean, "use distribute", "virtualenv no longer knows distribute"),
        ],
        MutuallyExclusive = [["name", "requirements"], ["executable", "virtualenv"]],
        RequiredOneOf = [["name", "requirements"]],
    };

    public static PipArguments From(BoundArguments arguments) => new()
    {
        Names = Rejoin(arguments.Texts("name")),
        Version = arguments.Text("version"),
        Requirements = arguments.Text("requirements"),
        Virtualenv = arguments.Text("virtualenv"),
        VirtualenvCommand = arguments.RequiredText("virtualenv_command"),
        VirtualenvPython = arguments.Text("virtualenv_python"),
        VirtualenvSitePackages = arguments.IsSet("virtualenv_site_packages"),
        State = arguments.Text("state") switch
        {
            "latest" => PipState.Latest,
            "absent" => PipState.Absent,
            "forcereinstall" => PipState.ForceReinstall,
            _ => PipState.Present,
        },
        Executable = arguments.Text("executable"),
        ExtraArguments = arguments.Text("extra_args"),
        Directory = arguments.Text("chdir"),
        Editable = arguments.IsSet("editable"),
        Umask = arguments.Text("umask"),
        BreakSystemPackages = arguments.IsSet("break_system_packages"),
    };

    // A comma separates names, and specifiers of one name: "flask>=2,<4,redis" was split at each. Extras hold commas too.
    private static ImmutableArray<string> Rejoin(ImmutableArray<string> parts)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var part in parts)
        {
            var continues = names.Count > 0
                && (part.Length > 0 && "<>=!~".Contains(part[0]) || names[^1].Count(c => c == '[') > names[^1].Count(c => c == ']'));
            if (continues)
            {
                names[^1] += "," + part;
            }
            else if (part.Length > 0)
            {
                names.Add(part);
            }
        }
        return names.ToImmutable();
    }
}
