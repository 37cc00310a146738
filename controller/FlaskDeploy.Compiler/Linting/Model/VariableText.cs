using System.Text.RegularExpressions;

namespace FlaskDeploy.Compiler.Linting.Model;

/// <summary>Puts plain texts in the place of simple variables: enough to see that <c>{{ HOME }}/x</c> starts with a tilde.</summary>
internal static partial class VariableText
{
    private const int MaxDepth = 5;

    public static string Expand(string text, IReadOnlyDictionary<string, string> known)
    {
        for (var depth = 0; depth < MaxDepth && text.Contains("{{", StringComparison.Ordinal); depth++)
        {
            var expanded = Simple().Replace(text, match => known.TryGetValue(match.Groups["name"].Value, out var value) && value.Length < 10_000 ? value : match.Value);
            if (expanded == text || expanded.Length > 100_000)
            {
                break;
            }
            text = expanded;
        }
        return text;
    }

    [GeneratedRegex(@"\{\{\s*(?<name>[A-Za-z_][A-Za-z0-9_]*)\s*\}\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Simple();
}

/// <summary>How often each word that could be a name stands in a number of texts.</summary>
internal sealed class NameCounts
{
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    public int Of(string name) => _counts.GetValueOrDefault(name);

    public static NameCounts Of(IEnumerable<string> texts)
    {
        var counts = new NameCounts();
        var byPart = counts._counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            for (var at = 0; at < text.Length;)
            {
                if (!IsWord(text[at]))
                {
                    at++;
                    continue;
                }
                var start = at;
                while (at < text.Length && IsWord(text[at]))
                {
                    at++;
                }
                var word = text.AsSpan(start, at - start);
                byPart[word] = byPart.TryGetValue(word, out var before) ? before + 1 : 1;
            }
        }
        return counts;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
