using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Language.Bundles;

/// <summary>
/// What Python's configparser reads: sections that take over from <c>[DEFAULT]</c>, values that go on in indented lines,
/// <c>%(name)s</c>. Strict: nothing may stand twice.
/// </summary>
public sealed partial class IniFile
{
    private const string Defaults = "DEFAULT";
    private const int MostDepth = 10;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly bool _isCaseSensitive;
    private readonly bool _allowsNoValue;
    private readonly Dictionary<string, OrderedDictionary<string, List<string>?>> _sections = new(StringComparer.Ordinal) { [Defaults] = new(StringComparer.Ordinal) };
    private string _section = "";
    private List<string>? _open;
    private int _indent;

    private IniFile(bool isCaseSensitive, bool allowsNoValue) => (_isCaseSensitive, _allowsNoValue) = (isCaseSensitive, allowsNoValue);

    /// <param name="name">For people.</param>
    /// <param name="section">That the text starts in; null: none.</param>
    public static (IniFile? File, string? Problem) Parse(string text, string name, string? section, bool isCaseSensitive, bool allowsNoValue)
    {
        var file = new IniFile(isCaseSensitive, allowsNoValue);
        if (section is not null)
        {
            file.Begin(section);
        }
        foreach (var (index, line) in text.ReplaceLineEndings("\n").Split('\n').Index())
        {
            if (file.Read(line) is { } problem)
            {
                return (null, $"{name}, line {index + 1}: {problem}");
            }
        }
        return (file, null);
    }

    /// <summary>Null and no problem: there is no such key, or it has no value.</summary>
    public (string? Value, bool IsThere, string? Problem) Get(string section, string key)
    {
        if (!_sections.ContainsKey(section))
        {
            return (null, false, $"there is no section [{section}]");
        }
        key = Spelt(key);
        var raw = RawOf(section, key, out var isThere);
        if (raw is null)
        {
            return (null, isThere, null);
        }
        var into = new StringBuilder();
        var problem = Interpolate(raw, section, key, into, 1);
        return (into.ToString(), true, problem);
    }

    /// <summary>The values of all keys that a regular expression matches from their start.</summary>
    public (ImmutableArray<string?> Values, string? Problem) Match(string section, string pattern)
    {
        if (!_sections.TryGetValue(section, out var own))
        {
            return ([], $"there is no section [{section}]");
        }
        if (PythonPattern.TryCreate(pattern, RegexOptions.None, Longest, out var problem) is not { } regex)
        {
            return ([], problem);
        }
        var values = ImmutableArray.CreateBuilder<string?>();
        try
        {
            foreach (var key in _sections[Defaults].Keys.Concat(own.Keys).Distinct(StringComparer.Ordinal).Where(key => regex.MatchAtStart(key) is not null))
            {
                var (value, _, wrong) = Get(section, key);
                if (wrong is not null)
                {
                    return ([], wrong);
                }
                values.Add(value);
            }
        }
        catch (PatternException e)
        {
            return ([], e.Message);
        }
        return (values.ToImmutable(), null);
    }

    private string Spelt(string key) => _isCaseSensitive ? key : key.ToLowerInvariant();

    private string? RawOf(string section, string key, out bool isThere)
    {
        isThere = _sections[section].TryGetValue(key, out var lines) || _sections[Defaults].TryGetValue(key, out lines);
        return lines is null ? null : string.Join('\n', lines).TrimEnd();
    }

    private string? Interpolate(string rest, string section, string key, StringBuilder into, int depth)
    {
        if (depth > MostDepth)
        {
            return $"[{section}] {key}: references go too deep";
        }
        while (rest.IndexOf('%', StringComparison.Ordinal) is var at and >= 0)
        {
            into.Append(rest, 0, at);
            rest = rest[at..];
            if (rest.StartsWith("%%", StringComparison.Ordinal))
            {
                into.Append('%');
                rest = rest[2..];
                continue;
            }
            if (Reference().Match(rest) is not { Success: true } match)
            {
                return $"[{section}] {key}: '%' must be followed by '%' or '(', found: '{rest}'";
            }
            if (RawOf(section, Spelt(match.Groups["name"].Value), out _) is not { } value)
            {
                return $"[{section}] {key}: there is no '{match.Groups["name"].Value}' for {match.Value}";
            }
            if (Interpolate(value, section, key, into, depth + 1) is { } problem)
            {
                return problem;
            }
            rest = rest[match.Length..];
        }
        into.Append(rest);
        return null;
    }

    private bool Begin(string section)
    {
        (_section, _open) = (section, null);
        return section == Defaults || _sections.TryAdd(section, new(StringComparer.Ordinal));
    }

    private string? Read(string line)
    {
        var text = line.Trim();
        if (text.StartsWith('#') || text.StartsWith(';'))
        {
            return null;
        }
        if (text.Length == 0)
        {
            _open?.Add("");
            return null;
        }
        var indent = line.Length - line.TrimStart().Length;
        if (_open is not null && indent > _indent)
        {
            _open.Add(text);
            return null;
        }
        _indent = indent;
        if (text.StartsWith('[') && text.LastIndexOf(']') is var end and > 1)
        {
            return Begin(text[1..end]) ? null : $"the section [{text[1..end]}] stands twice";
        }
        return _section.Length == 0 ? "it stands in no [section]" : ReadOption(text);
    }

    private string? ReadOption(string text)
    {
        var at = text.AsSpan().IndexOfAny('=', ':');
        if (at == 0 || at < 0 && !_allowsNoValue)
        {
            return $"'{text}' is no key=value";
        }
        var key = Spelt((at < 0 ? text : text[..at]).TrimEnd());
        _open = at < 0 ? null : [text[(at + 1)..].Trim()];
        return _sections[_section].TryAdd(key, _open) ? null : $"the key '{key}' stands twice in [{_section}]";
    }

    [GeneratedRegex(@"^%\((?<name>[^)]+)\)s", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();
}
