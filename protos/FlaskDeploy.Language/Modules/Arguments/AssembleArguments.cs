using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/assemble_module.html</summary>
public sealed record AssembleArguments(string Source, string Destination) : IModuleArguments<AssembleArguments>
{
    /// <summary>The fragments are on the host.</summary>
    public bool RemoteSource { get; init; }

    /// <summary>Between fragments; escapes are taken out of it.</summary>
    public string? Delimiter { get; init; }

    /// <summary>Which names are fragments.</summary>
    public string? Regexp { get; init; }

    public bool IgnoreHidden { get; init; }

    public FileMode? Mode { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public ExtendedAttributes Extended { get; init; } = ExtendedAttributes.None;

    public bool Backup { get; init; }

    public string? Validate { get; init; }

    public static ModuleSpec Spec { get; } = new("assemble", ModuleNature.Converging, "one file out of the files of a directory, in the order of their names")
    {
        Arguments =
        [
            new("src", ArgumentType.OperatorPath, "the directory of fragments, on the host; with remote_src=no on the operator's side") { Required = true },
            new("dest", ArgumentType.Path, "the file that they become") { Required = true },
            CommonArguments.Flag("remote_src", "src is on the host", true),
            new("delimiter", ArgumentType.Text, "what stands between two fragments; \\n and other escapes are taken out of it"),
            new("regexp", ArgumentType.Text, "only fragments whose names match this"),
            CommonArguments.Flag("ignore_hidden", "leave out files whose names start with a dot"),
            CommonArguments.Mode,
            CommonArguments.Owner,
            CommonArguments.Group,
            .. ExtendedAttributes.Specs,
            CommonArguments.Flag("backup", "keep what was there beside it, with the time in its name"),
            new("validate", ArgumentType.Text, "command that must accept the new file (%s) before it takes its place"),
            CommonArguments.Decrypt,
            CommonArguments.UnsafeWrites,
        ],
    };

    public static AssembleArguments From(BoundArguments arguments) => new(arguments.RequiredText("src"), arguments.RequiredText("dest"))
    {
        RemoteSource = arguments.IsSet("remote_src"),
        Delimiter = arguments.Text("delimiter"),
        Regexp = arguments.Text("regexp"),
        IgnoreHidden = arguments.IsSet("ignore_hidden"),
        Mode = CommonArguments.ModeOf(arguments),
        Owner = arguments.Text("owner"),
        Group = arguments.Text("group"),
        Extended = ExtendedAttributes.From(arguments),
        Backup = arguments.IsSet("backup"),
        Validate = arguments.Text("validate"),
    };
}
