using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// The first line of a template that says how the rest is read: <c>#jinja2: lstrip_blocks: True, variable_start_string: '[['</c>.
/// See https://docs.ansible.com/ansible/latest/collections/ansible/builtin/template_module.html
/// </summary>
internal static class TemplateHeader
{
    private const string Mark = "#jinja2:";

    /// <summary>The text without such a line and the options with what it says; as they were where there is none.</summary>
    /// <returns>What is wrong with the line, or null.</returns>
    internal static string? Take(ref string source, ref SourceSpan start, ref TemplateOptions options)
    {
        if (!source.StartsWith(Mark, StringComparison.Ordinal))
        {
            return null;
        }
        var end = source.IndexOf('\n', StringComparison.Ordinal);
        var line = end < 0 ? source[Mark.Length..] : source[Mark.Length..end];
        foreach (var pair in line.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                return $"failed to parse jinja2 override '{pair}'. Did you use something different from colon as key-value separator?";
            }
            if (With(options, pair[..colon].Trim(), pair[(colon + 1)..].Trim()) is not { } with)
            {
                return $"failed to parse jinja2 override '{pair}'";
            }
            options = with;
        }
        source = end < 0 ? "" : source[(end + 1)..];
        start = start with { Line = start.Line + 1, Column = 1 };
        return null;
    }

    // Null: no such option, or no such value of it.
    private static TemplateOptions? With(TemplateOptions options, string name, string literal)
    {
        bool? flag = literal switch { "True" => true, "False" => false, _ => null };
        var text = literal.Length > 1 && literal[0] is '"' or '\'' && literal[^1] == literal[0]
            ? literal[1..^1].Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\r", "\r", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal)
            : null;
        return (name, flag, text) switch
        {
            ("trim_blocks", { } value, _) => options with { TrimBlocks = value },
            ("lstrip_blocks", { } value, _) => options with { LstripBlocks = value },
            ("keep_trailing_newline", { } value, _) => options with { KeepTrailingNewline = value },
            ("newline_sequence", _, { } value) => options with { NewlineSequence = value },
            ("block_start_string", _, { } value) => options with { BlockStart = value },
            ("block_end_string", _, { } value) => options with { BlockEnd = value },
            ("variable_start_string", _, { } value) => options with { VariableStart = value },
            ("variable_end_string", _, { } value) => options with { VariableEnd = value },
            ("comment_start_string", _, { } value) => options with { CommentStart = value },
            ("comment_end_string", _, { } value) => options with { CommentEnd = value },
            ("line_statement_prefix", _, { } value) => options with { LineStatementPrefix = value },
            ("line_comment_prefix", _, { } value) => options with { LineCommentPrefix = value },
            _ => null,
        };
    }
}
