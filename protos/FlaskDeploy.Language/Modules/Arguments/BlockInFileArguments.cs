using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/blockinfile_module.html</summary>
public sealed record BlockInFileArguments(EditedFile File, string Block) : IModuleArguments<BlockInFileArguments>
{
    public bool IsAbsent { get; init; }

    /// <summary>The line before the block, without its newline.</summary>
    public required string Begin { get; init; }

    /// <summary>The line after the block, without its newline.</summary>
    public required string End { get; init; }

    /// <summary>A regular expression, or EOF.</summary>
    public string? InsertAfter { get; init; }

    /// <summary>A regular expression, or BOF.</summary>
    public string? InsertBefore { get; init; }

    public bool AppendNewline { get; init; }

    public bool PrependNewline { get; init; }

    public static ModuleSpec Spec { get; } = new("blockinfile", ModuleNature.Converging, "lines of a text file between two marks")
    {
        Arguments =
        [
            .. EditedFile.Specs,
            new("state", ArgumentType.Text, "whether the block is to be there") { Choices = ["absent", "present"], Default = Value.Of("present") },
            new("block", ArgumentType.Text, "the lines between the marks; where it is empty, marks and block are removed") { Aliases = ["content"], Default = Value.Of("") },
            new("marker", ArgumentType.Text, "the mark; {mark} becomes marker_begin and marker_end") { Default = Value.Of("# {mark} ANSIBLE MANAGED BLOCK") },
            new("marker_begin", ArgumentType.Text, "what {mark} is before the block") { Default = Value.Of("BEGIN") },
            new("marker_end", ArgumentType.Text, "what {mark} is after the block") { Default = Value.Of("END") },
            new("insertafter", ArgumentType.Text, "where a new block goes: after the last line that matches this, or EOF; EOF otherwise"),
            new("insertbefore", ArgumentType.Text, "where a new block goes: before the last line that matches this, or BOF"),
            CommonArguments.Flag("append_newline", "an empty line after the block, unless it ends the file"),
            CommonArguments.Flag("prepend_newline", "an empty line before the block, unless it starts the file"),
            EditedFile.CreateSpec,
        ],
        MutuallyExclusive = [["insertbefore", "insertafter"]],
    };

    public static BlockInFileArguments From(BoundArguments arguments) => new(EditedFile.From(arguments, "block", arguments.IsSet("create")), arguments.RequiredText("block"))
    {
        IsAbsent = arguments.Text("state") == "absent",
        Begin = Mark(arguments, "marker_begin"),
        End = Mark(arguments, "marker_end"),
        InsertAfter = arguments.Text("insertafter"),
        InsertBefore = arguments.Text("insertbefore"),
        AppendNewline = arguments.IsSet("append_newline"),
        PrependNewline = arguments.IsSet("prepend_newline"),
    };

    private static string Mark(BoundArguments arguments, string which) =>
        arguments.RequiredText("marker").Replace("{mark}", arguments.RequiredText(which), StringComparison.Ordinal);
}
