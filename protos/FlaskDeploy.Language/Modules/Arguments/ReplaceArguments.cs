using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/replace_module.html</summary>
public sealed record ReplaceArguments(EditedFile File, string Regexp, string Replacement) : IModuleArguments<ReplaceArguments>
{
    /// <summary>Only what comes after a match of this is searched.</summary>
    public string? After { get; init; }

    /// <summary>Only what comes before a match of this is searched.</summary>
    public string? Before { get; init; }

    public static ModuleSpec Spec { get; } = new("replace", ModuleNature.Converging, "every match of a regular expression in a text file, replaced")
    {
        ChangesAgainWhere = "the regular expression matches what it made",
        Arguments =
        [
            .. EditedFile.Specs,
            new("regexp", ArgumentType.Text, "what is replaced; ^ and $ match at lines (MULTILINE), . does not match newlines") { Required = true },
            new("replace", ArgumentType.Text, "what takes its place, with references to groups; where it is missing, the matches are removed") { Default = Value.Of("") },
            new("after", ArgumentType.Text, "replace only after what matches this (DOTALL)"),
            new("before", ArgumentType.Text, "replace only before what matches this (DOTALL)"),
            new("encoding", ArgumentType.Text, "how the file is encoded") { Default = Value.Of("utf-8"), Choices = ["utf-8", "UTF-8", "utf8"] },
        ],
    };

    public static ReplaceArguments From(BoundArguments arguments) =>
        new(EditedFile.From(arguments, "replace", create: false), arguments.RequiredText("regexp"), arguments.RequiredText("replace"))
        {
            After = arguments.Text("after"),
            Before = arguments.Text("before"),
        };
}
