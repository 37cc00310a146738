using System.Collections.Frozen;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary><c>with_random_choice</c> and its kin: loops over what a lookup makes of values alone, which is what <c>loop</c> with <c>query</c> says too.</summary>
internal static class LookupLoop
{
    private static readonly FrozenSet<string> Kinds = new[] { "random_choice", "vars", "varnames" }.ToFrozenSet(StringComparer.Ordinal);

    public static bool IsOne(string kind) => Kinds.Contains(kind);

    /// <summary>The expression whose value the loop goes over; null: what is written cannot be a part of one.</summary>
    /// <param name="terms">As they are written.</param>
    public static string? Write(string kind, Value terms)
    {
        var written = new StringBuilder($"{{{{ query({Value.Of(kind).ToRepr()}");
        foreach (var term in terms is ListValue list ? list.Items : [terms])
        {
            if (Expression(term) is not { } expression)
            {
                return null;
            }
            // A variable may be one term, or the list of them all.
            written.Append(terms is TemplateValue ? $", *([{expression}] | flatten(levels=1))" : $", {expression}");
        }
        return written.Append(") }}").ToString();
    }

    private static string? Expression(Value term) => term switch
    {
        TemplateValue template => Joined(template.Source),
        TextValue or IntegerValue or RealValue or BoolValue => term.ToRepr(),
        _ => null,
    };

    // `a{{ b }}c` as 'a' ~ (b) ~ 'c'; an expression by itself stays what it is.
    private static string? Joined(string source)
    {
        var parts = new List<string>();
        for (var at = 0; at < source.Length;)
        {
            var open = source.IndexOf("{{", at, StringComparison.Ordinal);
            var close = open < 0 ? -1 : source.IndexOf("}}", open, StringComparison.Ordinal);
            if (source.IndexOf("{%", at, StringComparison.Ordinal) >= 0 || open >= 0 && close < 0)
            {
                return null;
            }
            var end = open < 0 ? source.Length : open;
            if (end > at)
            {
                parts.Add(Value.Of(source[at..end]).ToRepr());
            }
            if (open >= 0)
            {
                parts.Add($"({source[(open + 2)..close].Trim().Trim('-').Trim()})");
            }
            at = open < 0 ? source.Length : close + 2;
        }
        return string.Join(" ~ ", parts);
    }
}
