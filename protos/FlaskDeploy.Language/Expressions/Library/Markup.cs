using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>HTML-safe text, as the markupsafe package has it.</summary>
internal static class Markup
{
    internal static TextValue Of(string text) => new(text) { IsMarkup = true };

    internal static TextValue Escape(Evaluator evaluator, Value value)
    {
        value = evaluator.Use(value);
        return value is TextValue { IsMarkup: true } markup ? markup : Of(Escaped(evaluator.Text(value)));
    }

    internal static string Escaped(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            _ = c switch
            {
                '&' => result.Append("&amp;"),
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '\'' => result.Append("&#39;"),
                '"' => result.Append("&#34;"),
                _ => result.Append(c),
            };
        }
        return result.ToString();
    }
}
