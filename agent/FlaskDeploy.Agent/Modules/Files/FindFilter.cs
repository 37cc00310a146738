using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>Which entries of a directory <c>find</c> means. Pure.</summary>
internal sealed class FindFilter
{
    private static readonly TimeSpan MostMatching = TimeSpan.FromSeconds(5);

    private readonly FindArguments _arguments;
    private readonly ImmutableArray<PythonPattern> _patterns;
    private readonly ImmutableArray<PythonPattern> _excludes;
    private readonly PythonPattern? _contains;
    private readonly long? _age;
    private readonly long? _size;

    /// <exception cref="PatternException">Something that was written cannot be read.</exception>
    internal FindFilter(FindArguments arguments)
    {
        _arguments = arguments;
        _patterns = [.. arguments.Patterns.Select(Name)];
        _excludes = [.. arguments.Excludes.Select(Name)];
        _contains = arguments.Contains is { } contains ? Pattern(contains) : null;
        _age = Number(arguments.Age, "age", [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800)]);
        _size = Number(arguments.Size, "size", [("b", 1), ("k", 1L << 10), ("m", 1L << 20), ("g", 1L << 30), ("t", 1L << 40)]);
    }

    /// <summary>Only with these the times of a file say something.</summary>
    internal bool NeedsTimes => _age is not null;

    internal bool NeedsContent => _contains is not null && _arguments.FileType == "file";

    internal bool IsNamed(string name) =>
        (_arguments.Hidden || !name.StartsWith('.'))
        && (_patterns.IsEmpty || _patterns.Any(pattern => pattern.MatchAtStart(name) is not null))
        && !_excludes.Any(pattern => pattern.MatchAtStart(name) is not null);

    internal bool IsKind(PathKind kind) => _arguments.FileType switch
    {
        "any" => kind != PathKind.Absent,
        "directory" => kind == PathKind.Directory,
        "link" => kind == PathKind.Link,
        _ => kind == PathKind.File,
    };

    internal bool IsMatch(PathAnswer present, DateTimeOffset now)
    {
        var stamp = _arguments.AgeStamp switch { "atime" => present.Accessed, "ctime" => present.Changed, _ => present.Modified };
        var seconds = (now - DateTimeOffset.UnixEpoch).TotalSeconds - stamp / 1e9;
        return IsPermitted(present)
            && (_age is not { } age || (age >= 0 ? seconds >= age : seconds <= -age))
            && (_size is not { } size || present.Kind != PathKind.File || (size >= 0 ? present.Size >= size : present.Size <= -size));
    }

    private bool IsPermitted(PathAnswer present)
    {
        if (_arguments.Mode is not { } wanted)
        {
            return true;
        }
        var bits = wanted.Apply(0, present.Kind == PathKind.Directory, umask: 0);
        return _arguments.ExactMode ? present.Mode == bits : (present.Mode & bits) == bits;
    }

    /// <summary>Bytes that are no UTF-8 hold nothing, as with Ansible's.</summary>
    internal bool Holds(byte[] bytes)
    {
        if (EditedText.Of(bytes) is not { IsText: true } file)
        {
            return false;
        }
        var text = file.Text.ReplaceLineEndings("\n");
        return _arguments.ReadWholeFile
            ? _contains!.Search(text) is not null
            : text.Split('\n').Any(line => _contains!.MatchAtStart(line) is not null);
    }

    private PythonPattern Name(string written) => Pattern(_arguments.UseRegex ? written : FromShell(written), _arguments.UseRegex ? RegexOptions.None : RegexOptions.Singleline);

    private static PythonPattern Pattern(string written, RegexOptions options = RegexOptions.None) =>
        PythonPattern.TryCreate(written, options, MostMatching, out var problem) ?? throw new PatternException(problem!);

    // As Python's fnmatch: a set that is never closed is a bracket.
    private static string FromShell(string written)
    {
        var result = new StringBuilder("(?:");
        for (var i = 0; i < written.Length; i++)
        {
            var end = written[i] == '[' ? End(written, i) : -1;
            if (end > 0)
            {
                var set = written[(i + 1)..end].Replace("\\", "\\\\", StringComparison.Ordinal);
                result.Append('[').Append(set[0] == '!' ? "^" + set[1..] : set[0] == '^' ? "\\" + set : set).Append(']');
                i = end;
                continue;
            }
            result.Append(written[i] switch { '*' => ".*", '?' => ".", var c => Regex.Escape(c.ToString()) });
        }
        return result.Append(")\\Z").ToString();

        static int End(string text, int start)
        {
            var at = start + 1 < text.Length && text[start + 1] == '!' ? start + 2 : start + 1;
            return at < text.Length ? text.IndexOf(']', at + 1) : -1;
        }
    }

    private static long? Number(string? written, string name, (string Unit, long Factor)[] units)
    {
        if (written is null)
        {
            return null;
        }
        var text = written.ToLowerInvariant();
        var (unit, factor) = units.FirstOrDefault(unit => text.EndsWith(unit.Unit, StringComparison.Ordinal));
        var digits = unit is null ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && digits[0] != '+' && Math.Abs((double)number) * Math.Max(factor, 1) < long.MaxValue
            ? number * Math.Max(factor, 1)
            : throw new PatternException($"failed to process {name}: {written} is no number with one of {string.Join(", ", units.Select(known => known.Unit))}");
    }
}
