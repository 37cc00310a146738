using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>The first word of a command line as a shell would take it, expressions in it unrendered: which file <c>script</c> means.</summary>
internal static class FirstWord
{
    /// <summary>A text, or a template of as much of the line as the word has.</summary>
    public static Value Of(Value line)
    {
        var text = line.ToString().TrimStart();
        var word = Cut(text);
        return line is TemplateValue template && Template.HasMarkup(word) ? new TemplateValue(word, template.Span) : Value.Of(word);
    }

    private static string Cut(string text)
    {
        var word = new System.Text.StringBuilder();
        var quote = '\0';
        for (var at = 0; at < text.Length; at++)
        {
            if (text.AsSpan(at).StartsWith("{{") || text.AsSpan(at).StartsWith("{%"))
            {
                var close = text.IndexOf(text[at + 1] == '{' ? "}}" : "%}", at, StringComparison.Ordinal);
                var end = close < 0 ? text.Length : close + 2;
                word.Append(text, at, end - at);
                at = end - 1;
            }
            else if (quote != '\0' ? text[at] == quote : text[at] is '"' or '\'')
            {
                quote = quote == '\0' ? text[at] : '\0';
            }
            else if (quote == '\0' && char.IsWhiteSpace(text[at]))
            {
                break;
            }
            else
            {
                word.Append(text[at]);
            }
        }
        return word.ToString();
    }
}
