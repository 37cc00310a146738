using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/community/general/npm_module.html</summary>
/// <param name="Name">Null: what package.json in <paramref name="Directory"/> asks for.</param>
/// <param name="Directory">Null: for the whole machine.</param>
public sealed record NpmArguments(string? Name, string? Directory) : IModuleArguments<NpmArguments>
{
    public string? Version { get; init; }

    public PackageState State { get; init; }

    public bool IsGlobal { get; init; }

    /// <summary>As package-lock.json has it, and nothing else.</summary>
    public bool OfLock { get; init; }

    public bool Production { get; init; }

    /// <summary>npm, or what is called in its place.</summary>
    public ImmutableArray<string> Command { get; init; } = ["npm"];

    /// <summary>For each call that installs: <c>--ignore-scripts</c>, <c>--registry ...</c>.</summary>
    public ImmutableArray<string> Options { get; init; } = [];

    public static ModuleSpec Spec { get; } = new("npm", ModuleNature.Converging, "libraries and programs of Node.js")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the library; without it what package.json in path asks for"),
            new("path", ArgumentType.Path, "the directory of the application; made where it is missing"),
            new("version", ArgumentType.Text, "its version, or the beginning of one (1, 1.2); any other range is met by what is installed"),
            CommonArguments.Flag("global", "for the whole machine"),
            new("state", ArgumentType.Text, "installed at all, in the newest version that is asked for (a push looks for it), or not installed") { Choices = ["absent", "latest", "present"], Default = Value.Of("present") },
            CommonArguments.Flag("ci", "as package-lock.json has it; npm ci, where something is missing or another version"),
            CommonArguments.Flag("production", "without what only development needs"),
            CommonArguments.Flag("ignore_scripts", "run no scripts of packages"),
            CommonArguments.Flag("no_optional", "without optional dependencies"),
            CommonArguments.Flag("no_bin_links", "without links in node_modules/.bin"),
            CommonArguments.Flag("unsafe_perm", "run scripts as root where npm would drop to another user"),
            new("registry", ArgumentType.Text, "address of the registry"),
            new("executable", ArgumentType.Path, "npm, where it is not on the path"),
        ],
        RequiredOneOf = [["path", "global"]],
    };

    public static NpmArguments From(BoundArguments arguments)
    {
        ImmutableArray<string> When(string flag, string option) => arguments.IsSet(flag) ? [option] : [];
        return new NpmArguments(arguments.Text("name"), arguments.Text("path"))
        {
            Version = arguments.Text("version"),
            IsGlobal = arguments.IsSet("global"),
            OfLock = arguments.IsSet("ci"),
            Production = arguments.IsSet("production"),
            State = arguments.Text("state") switch
            {
                "latest" => PackageState.Latest,
                "absent" => PackageState.Absent,
                _ => PackageState.Present,
            },
            Command = arguments.Text("executable") is { } program ? [.. program.Split(' ', StringSplitOptions.RemoveEmptyEntries)] : ["npm"],
            Options =
            [
                .. When("ignore_scripts", "--ignore-scripts"), .. When("unsafe_perm", "--unsafe-perm"), .. When("no_optional", "--no-optional"), .. When("no_bin_links", "--no-bin-links"),
                .. arguments.Text("registry") is { } registry ? (string[])["--registry", registry] : [],
            ],
        };
    }
}
