using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Language.Expressions;

/// <summary>A pattern was given up, or a replacement does not fit it. The message is for people.</summary>
public sealed class PatternException(string message) : Exception(message);

/// <summary>
/// One of Python's regular expressions, for the arguments of modules. All that is done with one of these together takes no
/// longer than its limit. Not for several threads.
/// </summary>
public sealed class PythonPattern
{
    private readonly PythonRegex _regex;
    private readonly string _written;
    private readonly TimeSpan _limit;
    private TimeSpan _spent;

    private PythonPattern(PythonRegex regex, string written, TimeSpan limit) => (_regex, _written, _limit) = (regex, written, limit);

    /// <summary>Null: it is none, and <paramref name="problem"/> says why.</summary>
    /// <param name="options">Multiline or Singleline, as Python's MULTILINE and DOTALL.</param>
    public static PythonPattern? TryCreate(string written, RegexOptions options, TimeSpan limit, out string? problem)
    {
        try
        {
            problem = null;
            return new PythonPattern(PythonRegex.Get(written, options, limit), written, limit);
        }
        catch (ArgumentException error)
        {
            problem = $"'{written}' is no regular expression: {error.Message}";
            return null;
        }
    }

    /// <summary>As <c>re.search</c>; null where it matches nowhere.</summary>
    /// <exception cref="PatternException">The time is over.</exception>
    public Match? Search(string text) => Bounded(() => _regex.Search(text)) is { Success: true } match ? match : null;

    /// <summary>As <c>re.match</c>: at the start or not at all.</summary>
    /// <exception cref="PatternException">The time is over.</exception>
    public Match? MatchAtStart(string text) => Bounded(() => _regex.MatchAtStart(text)) is { Success: true } match ? match : null;

    /// <summary>As <c>match.groups()</c>: from left to right, named ones too; null for one that took no part.</summary>
    public IReadOnlyList<string?> Groups(Match match) => [.. Enumerable.Range(1, _regex.Groups).Select(number => match.Groups[number] is { Success: true } group ? group.Value : null)];

    /// <summary>The names of groups, with where each stands in <see cref="Groups"/>, counted from 0.</summary>
    public IEnumerable<KeyValuePair<string, int>> Names => _regex.Names.Select(pair => KeyValuePair.Create(pair.Key, pair.Value - 1));

    /// <summary>The group of that name; null where there is none such.</summary>
    public Group? Named(Match match, string name) => _regex.GroupOf(name) is { } number ? match.Groups[number] : null;

    /// <summary>As <c>match.expand</c>: <c>\1</c>, <c>\g&lt;name&gt;</c>, <c>\n</c>.</summary>
    /// <exception cref="PatternException">It names a group that is not there, or holds an escape that Python does not know.</exception>
    public string Expand(string template, Match match)
    {
        try
        {
            return _regex.Expand(template, match);
        }
        catch (ArgumentException error)
        {
            throw new PatternException($"'{template}' does not fit '{_written}': {error.Message}");
        }
    }

    /// <summary>As <c>re.subn</c>.</summary>
    /// <exception cref="PatternException">As of <see cref="Search"/> and <see cref="Expand"/>.</exception>
    public (string Text, int Count) Substitute(string replacement, string text)
    {
        // Wrong is wrong where nothing matches, too.
        Expand(replacement, Match.Empty);
        var result = new StringBuilder(text.Length);
        var (count, end) = (0, 0);
        for (var match = Bounded(() => _regex.Search(text)); match.Success; match = Bounded(match.NextMatch))
        {
            result.Append(text, end, match.Index - end).Append(Expand(replacement, match));
            end = match.Index + match.Length;
            count++;
        }
        return count == 0 ? (text, 0) : (result.Append(text, end, text.Length - end).ToString(), count);
    }

    private Match Bounded(Func<Match> run)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var match = run();
            _spent += Stopwatch.GetElapsedTime(started);
            return _spent <= _limit ? match : throw TooLong();
        }
        catch (RegexMatchTimeoutException)
        {
            throw TooLong();
        }
    }

    private PatternException TooLong() => new($"the regular expression '{_written}' takes longer than {_limit.TotalSeconds:0.###} seconds");
}
