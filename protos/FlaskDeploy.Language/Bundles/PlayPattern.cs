using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Language.Bundles;

/// <summary>How a pattern of hosts is written: parts joined by commas or colons, <c>&amp;</c> in front of what must match too and <c>!</c> of what must not.</summary>
public static partial class PlayPattern
{
    /// <summary>The parts, each with its sign.</summary>
    public static ImmutableArray<string> Split(string pattern)
    {
        IEnumerable<string> parts = pattern.Split(',');
        if (!pattern.Contains(',') && !IsAddress(pattern))
        {
            // A colon separates too, but for those inside of brackets.
            parts = OldSeparator().Split(pattern);
        }
        return [.. parts.Select(part => part.Trim()).Where(part => part.Length > 0)];
    }

    /// <summary>A part without its sign and the range behind it: <c>web</c> of <c>!web[0:2]</c>.</summary>
    public static string NameOf(string part) => WithoutRange(part.TrimStart('!', '&'));

    /// <summary>The same of a part that has no sign any more.</summary>
    public static string WithoutRange(string part) => part.StartsWith('~') ? part : Subscript().Replace(part, "");

    /// <summary>Whether a host is among those that a pattern means.</summary>
    /// <param name="includes">Of one part, without its sign.</param>
    public static bool Includes(string pattern, Func<string, bool> includes)
    {
        var parts = Split(pattern);
        var plain = parts.Where(part => part[0] is not ('!' or '&')).ToList();
        return (plain.Count == 0 ? parts.Length > 0 : plain.Any(includes))
            && parts.Where(part => part[0] == '&').All(part => includes(part[1..]))
            && !parts.Where(part => part[0] == '!').Any(part => includes(part[1..]));
    }

    /// <summary>Which of so many hosts a range names, both ends counted; null: the part has no range.</summary>
    public static (int First, int Last)? RangeOf(string part, int count)
    {
        if (Subscript().Match(part) is not { Success: true } range)
        {
            return null;
        }
        int? Number(string name) => range.Groups[name].Success && int.TryParse(range.Groups[name].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number < 0 ? number + count : number
            : null;
        var first = Number("first") ?? 0;
        return (first, range.Groups["colon"].Success ? Number("last") ?? count - 1 : first);
    }

    private static bool IsAddress(string pattern) => pattern.Contains("::", StringComparison.Ordinal) && System.Net.IPAddress.TryParse(pattern, out _);

    [GeneratedRegex(@":(?![^\[]*\])", RegexOptions.CultureInvariant)]
    private static partial Regex OldSeparator();

    [GeneratedRegex(@"\[(?<first>-?[0-9]+)?((?<colon>[:-])(?<last>-?[0-9]+)?)?\]\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Subscript();
}
