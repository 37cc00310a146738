using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Compiler.Inventory;

/// <summary>A host of an inventory as written: <c>web[01:20:2].example.com:2222</c>.</summary>
internal static partial class HostRange
{
    private const int MaxHosts = 100_000;

    /// <summary>The names it stands for, and the port behind them. A problem is the rest of a sentence.</summary>
    public static (ImmutableArray<string> Names, int? Port, string? Problem) Expand(string text)
    {
        var (pattern, port) = SplitPort(text);
        if (pattern.Length == 0)
        {
            return ([], null, "has no name");
        }
        ImmutableArray<string> names = [""];
        var at = 0;
        foreach (Match range in Range().Matches(pattern))
        {
            var (items, problem) = Items(range);
            if (problem is not null)
            {
                return ([], null, problem);
            }
            if ((long)names.Length * items.Length > MaxHosts)
            {
                return ([], null, $"stands for more than {MaxHosts} hosts");
            }
            var literal = pattern[at..range.Index];
            names = [.. names.SelectMany(name => items.Select(item => name + literal + item))];
            at = range.Index + range.Length;
        }
        var rest = pattern[at..];
        return ([.. names.Select(name => Unbracket(name + rest))], port, null);
    }

    private static (string Pattern, int? Port) SplitPort(string text)
    {
        var colon = text.LastIndexOf(':');
        var isAddress = !text.Contains('[') && text.IndexOf(':') != colon;
        return colon > 0 && !isAddress && text.IndexOf(']', colon) < 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (text[..colon], port)
            : (text, null);
    }

    // [::1]:22 is an address in brackets.
    private static string Unbracket(string name) => name.StartsWith('[') && name.EndsWith(']') && name.Contains(':') ? name[1..^1] : name;

    private static (ImmutableArray<string> Items, string? Problem) Items(Match range)
    {
        var from = range.Groups["from"].Value;
        var to = range.Groups["to"].Value;
        var step = range.Groups["step"].Success && int.TryParse(range.Groups["step"].ValueSpan, CultureInfo.InvariantCulture, out var parsed) ? parsed : 1;
        if (step < 1)
        {
            return ([], $"has the range {range.Value} with a step of nothing");
        }
        if (char.IsAsciiLetter(to[0]))
        {
            from = from.Length == 0 ? "a" : from;
            return from[0] > to[0] || !char.IsAsciiLetter(from[0])
                ? ([], $"has the range {range.Value}, which ends before it starts")
                : ([.. Enumerable.Range(from[0], to[0] - from[0] + 1).Where((_, index) => index % step == 0).Select(c => ((char)c).ToString())], null);
        }
        from = from.Length == 0 ? "0" : from;
        if (!int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first) || !int.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var last))
        {
            return ([], $"has the range {range.Value}, which is no range of numbers");
        }
        if (first > last)
        {
            return ([], $"has the range {range.Value}, which ends before it starts");
        }
        if (from.Length > 1 && from[0] == '0' && from.Length != to.Length)
        {
            return ([], $"has the range {range.Value}, whose ends have different lengths");
        }
        if (((long)last - first) / step > MaxHosts)
        {
            return ([], $"stands for more than {MaxHosts} hosts");
        }
        var width = from.Length > 1 && from[0] == '0' ? from.Length : 1;
        return ([.. Numbers(first, last, step).Select(number => number.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'))], null);
    }

    private static IEnumerable<long> Numbers(long first, long last, long step)
    {
        for (var number = first; number <= last; number += step)
        {
            yield return number;
        }
    }

    [GeneratedRegex(@"\[(?<from>[0-9]*|[A-Za-z]):(?<to>[0-9]+|[A-Za-z])(:(?<step>[0-9]+))?\]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Range();
}
