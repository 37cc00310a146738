using System.Text;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// A condition that has braces in its middle, as old playbooks write it: <c>{{ x }} == 3</c>, <c>"{{ a }}b" == c</c>.
/// Ansible renders it and evaluates what comes out; here each part in braces stands for its value, so that no text that
/// came from somewhere is ever read as an expression.
/// </summary>
internal static class BracedCondition
{
    /// <summary>The expression without braces; null: there are none, or they do not close.</summary>
    public static string? WithoutBraces(string source)
    {
        if (!source.Contains("{{", StringComparison.Ordinal))
        {
            return null;
        }
        var result = new StringBuilder(source.Length + 16);
        for (var at = 0; at < source.Length;)
        {
            if (source[at] is '\'' or '"')
            {
                if (!TryText(source, ref at, result))
                {
                    return null;
                }
            }
            else if (!TryPart(source, ref at, result))
            {
                result.Append(source[at++]);
            }
        }
        return result.ToString();
    }

    // A text becomes its pieces and what stands in braces between them, joined.
    private static bool TryText(string source, ref int at, StringBuilder result)
    {
        var quote = source[at];
        var start = result.Length;
        var hasParts = false;
        result.Append(source[at++]);
        while (at < source.Length && source[at] != quote)
        {
            var before = result.Length;
            if (TryPart(source, ref at, result))
            {
                result.Insert(before, $"{quote} ~ ").Append(" ~ ").Append(quote);
                hasParts = true;
                continue;
            }
            if (source[at] == '\\' && at + 1 < source.Length)
            {
                result.Append(source[at++]);
            }
            result.Append(source[at++]);
        }
        if (at == source.Length)
        {
            return false;
        }
        result.Append(source[at++]);
        if (hasParts)
        {
            result.Insert(start, '(').Append(')');
        }
        return true;
    }

    private static bool TryPart(string source, ref int at, StringBuilder result)
    {
        if (string.CompareOrdinal(source, at, "{{", 0, 2) != 0 || End(source, at + 2) is not { } end)
        {
            return false;
        }
        result.Append('(').Append(source, at + 2, end - at - 2).Append(')');
        at = end + 2;
        return true;
    }

    // Of the braces that close: not those of a dict, nor in a text.
    private static int? End(string source, int at)
    {
        var depth = 0;
        for (var quote = '\0'; at < source.Length; at++)
        {
            var c = source[at];
            if (quote != '\0')
            {
                at += c == '\\' ? 1 : 0;
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '\'' or '"')
            {
                quote = c;
            }
            else if (c is '{' or '[' or '(')
            {
                depth++;
            }
            else if (c == '}' && depth == 0)
            {
                return at + 1 < source.Length && source[at + 1] == '}' ? at : null;
            }
            else if (c is '}' or ']' or ')')
            {
                depth--;
            }
        }
        return null;
    }
}
