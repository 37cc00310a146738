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
        if (call.Has(2) && call.Has(3))
        {
            throw call.Error("Cannot specify both 'strict' and 'version_type'");
        }
        var (left, right) = (call.SubjectText, call.Text(0, ""));
        if (left.Length == 0)
        {
            throw call.Error("Input version value cannot be empty");
        }
        if (right.Length == 0)
        {
            throw call.Error("Version parameter to compare against cannot be empty");
        }
        int order = type switch
        {
            "loose" => (int?)Loose(call, left, right),
            "strict" => VersionSchemes.Strict(left, right),
            "semver" or "semantic" => VersionSchemes.Semantic(left, right),
            "pep440" => VersionSchemes.Pep440(left, right),
            _ => throw call.Error($"there is no version type '{type}'; types are loose, strict, semver, semantic, pep440"),
        } ?? throw call.Error($"Version comparison failed: '{left}' or '{right}' is no {type} version");
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
}
