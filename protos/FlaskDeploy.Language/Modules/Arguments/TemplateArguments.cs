using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/template_module.html</summary>
public sealed record TemplateArguments(string Source, string Destination) : IModuleArguments<TemplateArguments>
{
    public FileMode? Mode { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public ExtendedAttributes Extended { get; init; } = ExtendedAttributes.None;

    public bool Backup { get; init; }

    public bool Force { get; init; } = true;

    public string? Validate { get; init; }

    public bool Follow { get; init; }

    public bool TrimBlocks { get; init; } = true;

    public bool LeftStripBlocks { get; init; }

    public string NewlineSequence { get; init; } = "\n";

    public string BlockStart { get; init; } = "{%";

    public string BlockEnd { get; init; } = "%}";

    public string VariableStart { get; init; } = "{{";

    public string VariableEnd { get; init; } = "}}";

    public string CommentStart { get; init; } = "{#";

    public string CommentEnd { get; init; } = "#}";

    public string OutputEncoding { get; init; } = "utf-8";

    /// <summary>How the file is read.</summary>
    public TemplateOptions Options => TemplateOptions.Default with
    {
        TrimBlocks = TrimBlocks,
        LstripBlocks = LeftStripBlocks,
        NewlineSequence = NewlineSequence,
        BlockStart = BlockStart,
        BlockEnd = BlockEnd,
        VariableStart = VariableStart,
        VariableEnd = VariableEnd,
        CommentStart = CommentStart,
        CommentEnd = CommentEnd,
    };

    public static ModuleSpec Spec { get; } = new("template", ModuleNature.Converging, "a Jinja2 template of the operator's side, rendered on the host")
    {
        Arguments =
        [
            new("src", ArgumentType.OperatorPath, "the template, on the operator's side") { Required = true },
            new("dest", ArgumentType.Path, "where it is to be; an existing directory, or a path that ends in /, takes the name of src") { Required = true },
            CommonArguments.Mode,
            CommonArguments.Owner,
            CommonArguments.Group,
            .. ExtendedAttributes.Specs,
            CommonArguments.Flag("backup", "keep what was there beside it, with the time in its name"),
            CommonArguments.Flag("force", "replace a file that differs; without it only a missing file is written", true),
            new("validate", ArgumentType.Text, "command that must accept the new file (%s) before it takes its place"),
            CommonArguments.Flag("follow", "where dest is a link, write what it points to"),
            CommonArguments.Flag("trim_blocks", "drop the newline after a block", true),
            CommonArguments.Flag("lstrip_blocks", "drop blanks before a block"),
            // The escapes as two and four characters: what a plain YAML scalar makes of them.
            new("newline_sequence", ArgumentType.Text, "how lines end") { Default = Value.Of("\n"), Choices = ["\n", "\r", "\r\n", "\\n", "\\r", "\\r\\n"] },
            new("block_start_string", ArgumentType.Text, "what starts a block") { Default = Value.Of("{%") },
            new("block_end_string", ArgumentType.Text, "what ends a block") { Default = Value.Of("%}") },
            new("variable_start_string", ArgumentType.Text, "what starts an expression") { Default = Value.Of("{{") },
            new("variable_end_string", ArgumentType.Text, "what ends an expression") { Default = Value.Of("}}") },
            new("comment_start_string", ArgumentType.Text, "what starts a comment") { Default = Value.Of("{#") },
            new("comment_end_string", ArgumentType.Text, "what ends a comment") { Default = Value.Of("#}") },
            new("output_encoding", ArgumentType.Text, "how the file is encoded: utf-8, latin-1, windows-1252…") { Default = Value.Of("utf-8") },
            CommonArguments.UnsafeWrites,
        ],
    };

    public static TemplateArguments From(BoundArguments arguments) => new(arguments.RequiredText("src"), arguments.RequiredText("dest"))
    {
        Mode = CommonArguments.ModeOf(arguments),
        Owner = arguments.Text("owner"),
        Group = arguments.Text("group"),
        Extended = ExtendedAttributes.From(arguments),
        Backup = arguments.IsSet("backup"),
        Force = arguments.IsSet("force"),
        Validate = arguments.Text("validate"),
        Follow = arguments.IsSet("follow"),
        TrimBlocks = arguments.IsSet("trim_blocks"),
        LeftStripBlocks = arguments.IsSet("lstrip_blocks"),
        NewlineSequence = arguments.RequiredText("newline_sequence").Replace("\\r", "\r", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal),
        BlockStart = arguments.RequiredText("block_start_string"),
        BlockEnd = arguments.RequiredText("block_end_string"),
        VariableStart = arguments.RequiredText("variable_start_string"),
        VariableEnd = arguments.RequiredText("variable_end_string"),
        CommentStart = arguments.RequiredText("comment_start_string"),
        CommentEnd = arguments.RequiredText("comment_end_string"),
        OutputEncoding = arguments.Text("output_encoding") is { Length: > 0 } encoding ? encoding : "utf-8",
    };
}
