using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Files;

/// <summary>What is certain about a name that only the host can complete: how it starts and how it ends.</summary>
internal readonly record struct NamePrefix(string Start, string End)
{
    /// <summary>Renders the template's parts from both ends as far as they are known.</summary>
    public static NamePrefix Of(TemplateValue template, EvaluationContext context)
    {
        var parts = Split(template.Source);
        var start = "";
        var at = 0;
        for (; at < parts.Count && Render(parts[at], context) is { } text; at++)
        {
            start += text;
        }
        var end = "";
        for (var last = parts.Count - 1; last > at && Render(parts[last], context) is { } text; last--)
        {
            end = text + end;
        }
        return new NamePrefix(start, end);
    }

    // Statements make what follows them uncertain; from the first one on all is one part.
    private static List<string> Split(string source)
    {
        var parts = new List<string>();
        var at = 0;
        while (at < source.Length)
        {
            var open = source.IndexOf("{{", at, StringComparison.Ordinal);
            var statement = source.IndexOf("{%", at, StringComparison.Ordinal);
            var close = open < 0 ? -1 : source.IndexOf("}}", open, StringComparison.Ordinal);
            if (statement >= 0 && (open < 0 || statement < open))
            {
                parts.Add(source[at..statement]);
                parts.Add(source[statement..]);
                return parts;
            }
            if (close < 0)
            {
                parts.Add(source[at..]);
                return parts;
            }
            parts.Add(source[at..open]);
            parts.Add(source[open..(close + 2)]);
            at = close + 2;
        }
        return parts;
    }

    private static string? Render(string part, EvaluationContext context)
    {
        if (!Template.HasMarkup(part))
        {
            return part;
        }
        var value = Resolver.Resolve(new TemplateValue(part, context.Span), context).Value;
        return value is null || value.IsUnknown ? null : value.Reveal().ToString();
    }
}
