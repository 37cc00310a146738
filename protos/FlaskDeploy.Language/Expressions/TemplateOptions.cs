namespace FlaskDeploy.Language.Expressions;

/// <summary>How a template's text is read. The defaults are those of Ansible's template module.</summary>
public sealed record TemplateOptions
{
    /// <summary>For template files.</summary>
    public static TemplateOptions Default { get; } = new();

    /// <summary>The newline after a block tag is not text.</summary>
    public bool TrimBlocks { get; init; } = true;

    /// <summary>Blanks before a block tag, from the start of its line, are not text.</summary>
    public bool LstripBlocks { get; init; }

    public bool KeepTrailingNewline { get; init; }

    /// <summary>
    /// What is printed has at least as many newlines at its end as the source, as Ansible has it; those of templates that
    /// are included do not count.
    /// </summary>
    public bool RestoresNewlines { get; init; } = true;

    /// <summary>What every newline of the source becomes.</summary>
    public string NewlineSequence { get; init; } = "\n";

    public string BlockStart { get; init; } = "{%";

    public string BlockEnd { get; init; } = "%}";

    public string VariableStart { get; init; } = "{{";

    public string VariableEnd { get; init; } = "}}";

    public string CommentStart { get; init; } = "{#";

    public string CommentEnd { get; init; } = "#}";

    /// <summary>What makes the rest of a line a statement; null: nothing does.</summary>
    public string? LineStatementPrefix { get; init; }

    /// <summary>What makes the rest of a line a comment; null: nothing does.</summary>
    public string? LineCommentPrefix { get; init; }

    /// <summary>Whether a backslash in a string inside <c>{{ }}</c> is itself, as in task arguments, or an escape, as in template files.</summary>
    public bool LiteralBackslashes { get; init; }

    /// <summary>How the arguments of tasks are read.</summary>
    internal static TemplateOptions ForArguments { get; } = new() { LiteralBackslashes = true };

    /// <summary>For the templates that one with these options brings in.</summary>
    internal TemplateOptions ForOthers => this with { LiteralBackslashes = false, RestoresNewlines = false };
}
