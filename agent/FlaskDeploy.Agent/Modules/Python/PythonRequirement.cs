using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Agent.Modules.Python;

/// <summary>A requirement as pip takes it (PEP 508, and the addresses and files that pip adds), as far as an installed version can be held against it.</summary>
/// <param name="Text">As written.</param>
/// <param name="Name">Normalised (PEP 503); null where it cannot be told from the text: an address without <c>#egg=</c>, a directory.</param>
internal sealed partial record PythonRequirement(string Text, string? Name)
{
    private ImmutableArray<(string Operator, string Version)> Specifiers { get; init; } = [];

    /// <summary>The version that is pinned with <c>==</c> and no wildcard; null: there is none.</summary>
    internal string? Exact => Specifiers is [("==" or "===", var version)] && !version.Contains('*') ? version : null;

    /// <summary>Holds only under a condition on the environment, which is not evaluated here.</summary>
    public bool IsConditional { get; init; }

    /// <summary>A specifier that is no version; pip will say so itself.</summary>
    public bool IsUnclear { get; init; }

    internal static PythonRequirement Parse(string text)
    {
        var written = text.Trim();
        if (Direct().Match(written) is { Success: true } direct)
        {
            return new PythonRequirement(written, Normal(direct.Groups["name"].Value)) { IsConditional = HasMarker(written) };
        }
        if (IsLocation(written))
        {
            return new PythonRequirement(written, NameOfLocation(written));
        }
        var match = Form().Match(written);
        if (!match.Success)
        {
            return new PythonRequirement(written, null) { IsUnclear = true };
        }
        ImmutableArray<(string, string)> specifiers = [.. match.Groups["spec"].Value.Trim('(', ')', ' ').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Split)];
        return new PythonRequirement(written, Normal(match.Groups["name"].Value))
        {
            Specifiers = specifiers,
            IsConditional = match.Groups["marker"].Success,
            IsUnclear = specifiers.Any(specifier => !IsReadable(specifier.Item1, specifier.Item2)),
        };
    }

    /// <summary>Runs of <c>-</c>, <c>_</c> and <c>.</c> are one dash, letters are small.</summary>
    internal static string Normal(string name) => Separators().Replace(name, "-").ToLowerInvariant();

    /// <summary>Whether an installed version is one that is asked for.</summary>
    internal bool Accepts(string installed)
    {
        var version = PythonVersion.Parse(installed);
        return Specifiers.All(specifier => version is null
            ? specifier.Operator is "==" or "===" && specifier.Version == installed
            : Accepts(version, installed, specifier.Operator, specifier.Version));
    }

    private static bool Accepts(PythonVersion version, string text, string comparison, string wanted)
    {
        if (comparison == "===")
        {
            return text.Equals(wanted, StringComparison.OrdinalIgnoreCase);
        }
        var isPrefix = wanted.EndsWith(".*", StringComparison.Ordinal);
        if (PythonVersion.Parse(isPrefix ? wanted[..^2] : wanted) is not { } other)
        {
            return false;
        }
        var order = other.HasLocal ? version.CompareTo(other) : version.ComparePublic(other);
        return comparison switch
        {
            "==" => isPrefix ? version.StartsWith(other) : order == 0,
            "!=" => isPrefix ? !version.StartsWith(other) : order != 0,
            ">=" => order >= 0,
            "<=" => order <= 0,
            ">" => order > 0,
            // 2.0rc1 is not what somebody means who asks for less than 2.0.
            "<" => order < 0 && (other.IsPreRelease || !version.IsPreRelease || !version.StartsWith(other)),
            "~=" => order >= 0 && wanted.LastIndexOf('.') is > 0 and var dot && version.StartsWith(PythonVersion.Parse(wanted[..dot])!),
            _ => false,
        };
    }

    private static bool IsReadable(string comparison, string version) =>
        comparison == "===" || comparison.Length > 0 && PythonVersion.Parse(version.EndsWith(".*", StringComparison.Ordinal) ? version[..^2] : version) is not null
        && (comparison != "~=" || version.Contains('.', StringComparison.Ordinal));

    private static (string, string) Split(string specifier)
    {
        var length = specifier.TakeWhile(c => "<>=!~".Contains(c, StringComparison.Ordinal)).Count();
        return (specifier[..length], specifier[length..].Trim());
    }

    private static bool IsLocation(string text) =>
        text.Contains("://", StringComparison.Ordinal) || text.StartsWith('/') || text.StartsWith('.') || text.StartsWith('~')
        || text.EndsWith(".whl", StringComparison.Ordinal) || text.EndsWith(".tar.gz", StringComparison.Ordinal) || text.EndsWith(".zip", StringComparison.Ordinal);

    private static string? NameOfLocation(string text)
    {
        if (Egg().Match(text) is { Success: true } egg)
        {
            return Normal(egg.Groups["name"].Value);
        }
        var file = text.Split('#', '?')[0];
        file = file[(file.LastIndexOf('/') + 1)..];
        // name-version-….whl, where a dash in the name is written as an underscore; name-version.tar.gz, where it is not.
        return file.EndsWith(".whl", StringComparison.Ordinal) ? Normal(file.Split('-')[0])
            : Archive().Match(file) is { Success: true } archive ? Normal(archive.Groups["name"].Value)
            : null;
    }

    private static bool HasMarker(string text) => text.Contains(" ; ", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?<spec>\(?\s*(?:[<>=!~]=?=?[^;]*)?)(?:;(?<marker>.*))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    [GeneratedRegex(@"^(?<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*@\s*\S", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Direct();

    [GeneratedRegex(@"[#&]egg=(?<name>[A-Za-z0-9._-]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Egg();

    [GeneratedRegex(@"^(?<name>.+?)-[0-9][^-]*\.(?:tar\.(?:gz|bz2|xz)|tgz|zip)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Archive();

    [GeneratedRegex("[-_.]+", RegexOptions.CultureInvariant)]
    private static partial Regex Separators();
}
