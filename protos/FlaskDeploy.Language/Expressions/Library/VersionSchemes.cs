using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Versions with rules of their own. Each answers null where one of the two is no such version.</summary>
internal static partial class VersionSchemes
{
    /// <summary>Python's old StrictVersion: two or three numbers, and an <c>a</c> or <c>b</c> with one.</summary>
    internal static int? Strict(string left, string right) => Compare(StrictVersion().Match(left), StrictVersion().Match(right), match =>
    [
        Number(match, "major"), Number(match, "minor"), Number(match, "patch"),
        match.Groups["pre"].Success ? 0 : 1, match.Groups["pre"].Success ? match.Groups["pre"].Value[0] : 0, Number(match, "number"),
    ]);

    /// <summary>https://semver.org/#spec-item-11</summary>
    internal static int? Semantic(string left, string right)
    {
        var (a, b) = (SemanticVersion().Match(left), SemanticVersion().Match(right));
        var core = Compare(a, b, match => [Number(match, "major"), Number(match, "minor"), Number(match, "patch"), match.Groups["pre"].Success ? 0 : 1]);
        if (core is not 0)
        {
            return core;
        }
        var (x, y) = (a.Groups["pre"].Value.Split('.'), b.Groups["pre"].Value.Split('.'));
        for (var i = 0; i < Math.Min(x.Length, y.Length); i++)
        {
            var (isX, isY) = (BigInteger.TryParse(x[i], NumberStyles.None, CultureInfo.InvariantCulture, out var n), BigInteger.TryParse(y[i], NumberStyles.None, CultureInfo.InvariantCulture, out var m));
            var order = isX && isY ? n.CompareTo(m) : isX != isY ? isY.CompareTo(isX) : string.CompareOrdinal(x[i], y[i]);
            if (order != 0)
            {
                return order;
            }
        }
        return x.Length.CompareTo(y.Length);
    }

    /// <summary>https://peps.python.org/pep-0440/</summary>
    internal static int? Pep440(string left, string right)
    {
        var (a, b) = (PythonVersion().Match(left.Trim()), PythonVersion().Match(right.Trim()));
        if (!a.Success || !b.Success)
        {
            return null;
        }
        var (x, y) = (Release(a), Release(b));
        var order = Number(a, "epoch").CompareTo(Number(b, "epoch"));
        for (var i = 0; order == 0 && i < Math.Max(x.Length, y.Length); i++)
        {
            order = (i < x.Length ? x[i] : 0).CompareTo(i < y.Length ? y[i] : 0);
        }
        if (order == 0)
        {
            order = Compare(a, b, Stage)!.Value;
        }
        return order != 0 ? order : Local(a, b);
    }

    private static BigInteger[] Release(Match match) => [.. match.Groups["release"].Value.Split('.').Select(part => BigInteger.Parse(part, CultureInfo.InvariantCulture))];

    // What is developed comes before what is tried, that before the release, that before what follows it.
    private static BigInteger[] Stage(Match match)
    {
        var (hasPre, hasPost, hasDev) = (match.Groups["pre"].Success, match.Groups["post"].Success, match.Groups["dev"].Success);
        var letter = match.Groups["letter"].Value.ToLowerInvariant() switch
        {
            "a" or "alpha" => 1,
            "b" or "beta" => 2,
            _ => 3,
        };
        return
        [
            hasPre ? letter : !hasPost && hasDev ? 0 : 9, Number(match, "preNumber"),
            hasPost ? 1 : 0, match.Groups["postNumber"].Success ? Number(match, "postNumber") : Number(match, "bare"),
            hasDev ? 0 : 1, Number(match, "devNumber"),
        ];
    }

    private static int Local(Match a, Match b)
    {
        var (isA, isB) = (a.Groups["local"].Success, b.Groups["local"].Success);
        if (!isA || !isB)
        {
            return isA.CompareTo(isB);
        }
        var (x, y) = (Parts(a), Parts(b));
        for (var i = 0; i < Math.Min(x.Length, y.Length); i++)
        {
            var (isX, isY) = (BigInteger.TryParse(x[i], NumberStyles.None, CultureInfo.InvariantCulture, out var n), BigInteger.TryParse(y[i], NumberStyles.None, CultureInfo.InvariantCulture, out var m));
            var order = isX && isY ? n.CompareTo(m) : isX != isY ? isX.CompareTo(isY) : string.CompareOrdinal(x[i], y[i]);
            if (order != 0)
            {
                return order;
            }
        }
        return x.Length.CompareTo(y.Length);

        static string[] Parts(Match match) => match.Groups["local"].Value.ToLowerInvariant().Split('.', '-', '_');
    }

    private static int? Compare(Match left, Match right, Func<Match, BigInteger[]> key) =>
        !left.Success || !right.Success ? null : key(left).Zip(key(right), (a, b) => a.CompareTo(b)).FirstOrDefault(order => order != 0);

    private static BigInteger Number(Match match, string group) =>
        match.Groups[group] is { Success: true, Length: > 0 } found ? BigInteger.Parse(found.Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(?<major>\d+)\.(?<minor>\d+)(\.(?<patch>\d+))?(?<pre>[ab](?<number>\d+))?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex StrictVersion();

    [GeneratedRegex(@"^(?<major>0|[1-9]\d*)\.(?<minor>0|[1-9]\d*)\.(?<patch>0|[1-9]\d*)(-(?<pre>(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex SemanticVersion();

    [GeneratedRegex(@"^v?((?<epoch>[0-9]+)!)?(?<release>[0-9]+(\.[0-9]+)*)(?<pre>[-_.]?(?<letter>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>[0-9]+)?)?(?<post>-(?<bare>[0-9]+)|[-_.]?(post|rev|r)[-_.]?(?<postNumber>[0-9]+)?)?(?<dev>[-_.]?dev[-_.]?(?<devNumber>[0-9]+)?)?(\+(?<local>[a-z0-9]+([-_.][a-z0-9]+)*))?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex PythonVersion();
}
