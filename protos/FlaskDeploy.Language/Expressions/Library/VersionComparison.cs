using System.Numerics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// The <c>version</c> test. By default as Python's old LooseVersion: runs of digits are numbers, all else are words.
/// </summary>
internal static class VersionComparison
{
    internal static bool Test(Call call)
    {
        var type = call.Has(3) ? call.Text(3, "loose") : call.Flag(2) ? "strict" : "loose";
        var (left, right) = (call.SubjectText, call.Text(0, ""));
        if (left.Length == 0)
        {
            throw call.Error("Input version value cannot be empty");
        }
        if (right.Length == 0)
        {
            throw call.Error("Version parameter to compare against cannot be empty");
        }
        var order = type switch
        {
            "loose" or "strict" => Loose(call, left, right),
            "semver" or "semantic" or "pep440" => Semantic(left, right),
            _ => throw call.Error($"there is no version type '{type}'; types are loose, strict, semver, semantic, pep440"),
        };
        return call.Text(1, "eq") switch
        {
            "==" or "=" or "eq" => order == 0,
            "!=" or "<>" or "ne" => order != 0,
            "<" or "lt" => order < 0,
            "<=" or "le" => order <= 0,
            ">" or "gt" => order > 0,
            ">=" or "ge" => order >= 0,
            var other => throw call.Error($"Invalid operator type ({other}); operators are ==, =, eq, !=, <>, ne, <, lt, <=, le, >, gt, >=, ge"),
        };
    }

    private static int Loose(Call call, string left, string right)
    {
        var (a, b) = (Parts(left), Parts(right));
        for (var i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            if (a[i].IsNumber != b[i].IsNumber)
            {
                throw call.Error($"Version comparison failed: '<' not supported between instances of '{(a[i].IsNumber ? "int" : "str")}' and '{(b[i].IsNumber ? "int" : "str")}'");
            }
            var order = a[i].IsNumber ? BigInteger.Parse(a[i].Text).CompareTo(BigInteger.Parse(b[i].Text)) : string.CompareOrdinal(a[i].Text, b[i].Text);
            if (order != 0)
            {
                return order;
            }
        }
        return a.Count.CompareTo(b.Count);
    }

    private static List<(string Text, bool IsNumber)> Parts(string version)
    {
        var parts = new List<(string, bool)>();
        var at = 0;
        while (at < version.Length)
        {
            var start = at;
            var kind = Kind(version[at]);
            while (at < version.Length && Kind(version[at]) == kind)
            {
                at++;
            }
            // A dot parts; other signs are words of their own.
            var text = version[start..at];
            if (text != ".")
            {
                parts.Add((text, kind == 0));
            }
        }
        return parts;

        static int Kind(char c) => char.IsAsciiDigit(c) ? 0 : char.IsAsciiLetterLower(c) ? 1 : c == '.' ? 2 : 3;
    }

    // https://semver.org/#spec-item-11; enough of PEP 440 for what distributions number.
    private static int Semantic(string left, string right)
    {
        var (a, b) = (Split(left), Split(right));
        for (var i = 0; i < Math.Max(a.Numbers.Length, b.Numbers.Length); i++)
        {
            var order = (i < a.Numbers.Length ? a.Numbers[i] : 0).CompareTo(i < b.Numbers.Length ? b.Numbers[i] : 0);
            if (order != 0)
            {
                return order;
            }
        }
        if (a.Pre.Length == 0 || b.Pre.Length == 0)
        {
            return (a.Pre.Length == 0).CompareTo(b.Pre.Length == 0);
        }
        for (var i = 0; i < Math.Min(a.Pre.Length, b.Pre.Length); i++)
        {
            var (isA, isB) = (BigInteger.TryParse(a.Pre[i], out var x), BigInteger.TryParse(b.Pre[i], out var y));
            var order = isA && isB ? x.CompareTo(y) : isA != isB ? isB.CompareTo(isA) : string.CompareOrdinal(a.Pre[i], b.Pre[i]);
            if (order != 0)
            {
                return order;
            }
        }
        return a.Pre.Length.CompareTo(b.Pre.Length);
    }

    private static (BigInteger[] Numbers, string[] Pre) Split(string version)
    {
        version = version.TrimStart('v').Split('+')[0];
        var end = 0;
        while (end < version.Length && (char.IsAsciiDigit(version[end]) || version[end] == '.' && end + 1 < version.Length && char.IsAsciiDigit(version[end + 1])))
        {
            end++;
        }
        return ([.. version[..end].Split('.', StringSplitOptions.RemoveEmptyEntries).Select(part => BigInteger.Parse(part))],
            version[end..].TrimStart('-', '.').Split('.', StringSplitOptions.RemoveEmptyEntries));
    }
}
