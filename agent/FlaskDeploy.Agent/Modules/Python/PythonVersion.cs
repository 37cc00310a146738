using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Agent.Modules.Python;

/// <summary>A version of PEP 440, in its order: development releases before alphas, betas and candidates, these before the release, post-releases after it.</summary>
internal sealed partial class PythonVersion
{
    private const int NoPreRelease = 3;

    private readonly BigInteger _epoch;
    private readonly ImmutableArray<BigInteger> _release;
    // Before any pre-release stands a development release of the final one; after it the final one.
    private readonly (int Phase, BigInteger Number) _pre;
    private readonly BigInteger _post;
    private readonly BigInteger? _dev;
    private readonly ImmutableArray<string> _local;

    private PythonVersion(Match match)
    {
        _epoch = Number(match.Groups["epoch"]) ?? 0;
        _release = [.. match.Groups["release"].Value.Split('.').Select(part => BigInteger.Parse(part, CultureInfo.InvariantCulture))];
        var phase = match.Groups["phase"].Value.ToLowerInvariant() switch
        {
            "a" or "alpha" => 0,
            "b" or "beta" => 1,
            "" => NoPreRelease,
            _ => 2,
        };
        _post = match.Groups["post"].Success ? Number(match.Groups["postn"]) ?? Number(match.Groups["postdash"]) ?? 0 : -1;
        _dev = match.Groups["dev"].Success ? Number(match.Groups["devn"]) ?? 0 : null;
        _pre = (phase == NoPreRelease && _post < 0 && _dev is not null ? -1 : phase, Number(match.Groups["pren"]) ?? 0);
        _local = match.Groups["local"].Success ? [.. match.Groups["local"].Value.ToLowerInvariant().Split('.', '-', '_')] : [];
    }

    internal static PythonVersion? Parse(string text) => Form().Match(text.Trim()) is { Success: true } match ? new PythonVersion(match) : null;

    internal bool IsPreRelease => _pre.Phase is >= 0 and < NoPreRelease || _dev is not null;

    /// <summary>Whether the release numbers of this start with those of the other: what <c>== 2.1.*</c> means.</summary>
    internal bool StartsWith(PythonVersion prefix) =>
        _epoch == prefix._epoch && prefix._release.Index().All(part => part.Item == (part.Index < _release.Length ? _release[part.Index] : 0));

    /// <summary>Without the local part, which a requirement that names none does not look at.</summary>
    internal int ComparePublic(PythonVersion other)
    {
        var order = _epoch.CompareTo(other._epoch);
        for (var i = 0; order == 0 && i < Math.Max(_release.Length, other._release.Length); i++)
        {
            order = (i < _release.Length ? _release[i] : 0).CompareTo(i < other._release.Length ? other._release[i] : 0);
        }
        order = order != 0 ? order : _pre.CompareTo(other._pre);
        order = order != 0 ? order : _post.CompareTo(other._post);
        return order != 0 || _dev == other._dev ? order : _dev is null ? 1 : other._dev is null ? -1 : _dev.Value.CompareTo(other._dev.Value);
    }

    /// <summary>With the local part (<c>+el8</c>): anything is newer than none.</summary>
    internal int CompareTo(PythonVersion other)
    {
        var order = ComparePublic(other);
        for (var i = 0; order == 0 && i < Math.Max(_local.Length, other._local.Length); i++)
        {
            order = CompareLocal(_local.ElementAtOrDefault(i), other._local.ElementAtOrDefault(i));
        }
        return order;
    }

    // Numbers are newer than words, and anything is newer than nothing.
    private static int CompareLocal(string? left, string? right) => (left, right) switch
    {
        (null, _) => -1,
        (_, null) => 1,
        _ when BigInteger.TryParse(left, CultureInfo.InvariantCulture, out var l) => BigInteger.TryParse(right, CultureInfo.InvariantCulture, out var r) ? l.CompareTo(r) : 1,
        _ => BigInteger.TryParse(right, CultureInfo.InvariantCulture, out _) ? -1 : string.CompareOrdinal(left, right),
    };

    internal bool HasLocal => !_local.IsEmpty;

    private static BigInteger? Number(Group group) => group.Success && group.Length > 0 ? BigInteger.Parse(group.Value, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"^v?(?:(?<epoch>[0-9]+)!)?(?<release>[0-9]+(?:\.[0-9]+)*)(?:[-_.]?(?<phase>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<pren>[0-9]*))?(?<post>-(?<postdash>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?<postn>[0-9]*))?(?<dev>[-_.]?dev[-_.]?(?<devn>[0-9]*))?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
