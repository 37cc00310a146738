using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/tempfile_module.html</summary>
public sealed record TempFileArguments : IModuleArguments<TempFileArguments>
{
    /// <summary>Null: where the task's environment has temporary files.</summary>
    public string? Directory { get; init; }

    public bool IsDirectory { get; init; }

    public required string Prefix { get; init; }

    public required string Suffix { get; init; }

    public static ModuleSpec Spec { get; } = new("tempfile", ModuleNature.Command, "a temporary file or directory that is its maker's only")
    {
        OnlyRunsBecause = "each time it is asked for, it is another one",
        Arguments =
        [
            new("state", ArgumentType.Text, "what to make") { Choices = ["directory", "file"], Default = Value.Of("file") },
            new("path", ArgumentType.Path, "the directory that it is made in; TMPDIR or /tmp otherwise"),
            new("prefix", ArgumentType.Text, "what its name starts with") { Default = Value.Of("ansible.") },
            new("suffix", ArgumentType.Text, "what its name ends with") { Default = Value.Of("") },
        ],
    };

    public static TempFileArguments From(BoundArguments arguments) => new()
    {
        Directory = arguments.Text("path"),
        IsDirectory = arguments.Text("state") == "directory",
        Prefix = arguments.RequiredText("prefix"),
        Suffix = arguments.RequiredText("suffix"),
    };
}
