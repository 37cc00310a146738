using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// Python's regular expressions, carried over to .NET's. Groups are numbered from left to right, named ones too, so names
/// become numbers. https://docs.python.org/3/library/re.html#regular-expression-syntax
/// </summary>
internal sealed class PythonRegex
{
    private const int Capacity = 512;

    private static readonly ConcurrentDictionary<(string Pattern, RegexOptions Options, TimeSpan Limit), PythonRegex> Known = new();

    private readonly Regex _regex;
    private readonly Lazy<Regex> _anchored;

    // For texts with characters that are two of .NET's: there one of them is one.
    private readonly Lazy<Regex> _wide;
    private readonly Lazy<Regex> _wideAnchored;
    private readonly Dictionary<string, int> _names;

    private PythonRegex(Regex regex, Func<string> wide, Dictionary<string, int> names, int groups)
    {
        (_regex, _names, Groups) = (regex, names, groups);
        _anchored = new Lazy<Regex>(() => new Regex($@"\A(?:{regex})", regex.Options, regex.MatchTimeout));
        _wide = new Lazy<Regex>(() => new Regex(wide(), regex.Options, regex.MatchTimeout));
        _wideAnchored = new Lazy<Regex>(() => new Regex($@"\A(?:{_wide.Value})", regex.Options, regex.MatchTimeout));
    }

    private Regex For(string text) => IsWide(text) ? _wide.Value : _regex;

    private static bool IsWide(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;

    internal int Groups { get; }

    internal IReadOnlyDictionary<string, int> Names => _names;

    internal static PythonRegex Get(Evaluator evaluator, string pattern, bool ignoresCase, bool isMultiline)
    {
        var options = (ignoresCase ? RegexOptions.IgnoreCase : RegexOptions.None) | (isMultiline ? RegexOptions.Multiline : RegexOptions.None);
        try
        {
            return Get(pattern, options, evaluator.Session.Budget.Time);
        }
        catch (ArgumentException error)
        {
            throw evaluator.Error($"'{pattern}' is no regular expression: {error.Message}");
        }
    }

    /// <param name="limit">Of one match.</param>
    /// <exception cref="ArgumentException">It is no regular expression; the message says why.</exception>
    internal static PythonRegex Get(string pattern, RegexOptions options, TimeSpan limit)
    {
        var key = (pattern, options | RegexOptions.CultureInvariant, limit);
        if (Known.TryGetValue(key, out var known))
        {
            return known;
        }
        var (translated, names, groups) = new Translation(pattern, isWide: false).Run();
        var regex = new PythonRegex(new Regex(translated, key.Item2, limit), () => new Translation(pattern, isWide: true).Run().Pattern, names, groups);
        if (Known.Count >= Capacity)
        {
            Known.Clear();
        }
        return Known[key] = regex;
    }

    /// <exception cref="RegexMatchTimeoutException">It takes longer than the limit.</exception>
    internal Match Search(string text) => For(text).Match(text);

    /// <inheritdoc cref="Search(string)"/>
    internal Match MatchAtStart(string text) => (IsWide(text) ? _wideAnchored : _anchored).Value.Match(text);

    internal Match? Search(Evaluator evaluator, string text) => Bounded(evaluator, () => Search(text)) is { Success: true } match ? match : null;

    /// <summary>As <c>re.match</c>: at the start or not at all.</summary>
    internal Match? MatchAtStart(Evaluator evaluator, string text) =>
        Bounded(evaluator, () => MatchAtStart(text)) is { Success: true } match ? match : null;

    internal List<Match> All(Evaluator evaluator, string text) => Bounded(evaluator, () =>
    {
        var matches = new List<Match>();
        for (var match = Search(text); match.Success; match = match.NextMatch())
        {
            evaluator.Charge(1);
            // Nothing stands between the two halves of a character.
            if (match.Index == 0 || match.Index == text.Length || !char.IsSurrogatePair(text, match.Index - 1))
            {
                matches.Add(match);
            }
        }
        return matches;
    });

    private static T Bounded<T>(Evaluator evaluator, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (RegexMatchTimeoutException)
        {
            throw evaluator.Stop(DiagnosticCodes.BudgetExceeded, "evaluation was given up: a regular expression takes too long");
        }
    }

    /// <summary>The group of a number or a name; null where there is none such.</summary>
    internal int? GroupOf(string reference) =>
        int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number <= Groups ? number : null
        : _names.TryGetValue(reference, out number) ? number : null;

    /// <summary>A replacement as <c>re.sub</c> reads it: <c>\1</c>, <c>\g&lt;name&gt;</c>, <c>\n</c>.</summary>
    internal string Expand(Evaluator evaluator, string template, Match match)
    {
        try
        {
            return Expand(template, match);
        }
        catch (ArgumentException error)
        {
            throw evaluator.Error(error.Message);
        }
    }

    /// <inheritdoc cref="Expand(Evaluator, string, Match)"/>
    /// <exception cref="ArgumentException">It names a group that is not there, or holds an escape that Python does not know.</exception>
    internal string Expand(string template, Match match)
    {
        if (!template.Contains('\\'))
        {
            return template;
        }
        var result = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != '\\')
            {
                result.Append(template[i]);
                continue;
            }
            if (++i == template.Length)
            {
                throw new ArgumentException("bad escape (end of pattern)");
            }
            var c = template[i];
            if (c == 'g')
            {
                var end = i + 1 < template.Length && template[i + 1] == '<' ? template.IndexOf('>', i) : -1;
                var name = end > 0 ? template[(i + 2)..end] : throw new ArgumentException("missing group name in the replacement");
                result.Append(match.Groups[GroupOf(name) ?? throw new ArgumentException($"unknown group name '{name}'")].Value);
                i = end;
            }
            else if (c == '0' || char.IsAsciiDigit(c) && i + 2 < template.Length && c <= '3' && IsOctal(template[i + 1]) && IsOctal(template[i + 2]))
            {
                var end = i;
                var code = 0;
                while (end < template.Length && end < i + 3 && IsOctal(template[end]))
                {
                    code = code * 8 + template[end++] - '0';
                }
                result.Append((char)code);
                i = end - 1;
            }
            else if (char.IsAsciiDigit(c))
            {
                var number = c - '0';
                if (i + 1 < template.Length && char.IsAsciiDigit(template[i + 1]))
                {
                    number = number * 10 + template[++i] - '0';
                }
                result.Append(number <= Groups ? match.Groups[number].Value : throw new ArgumentException($"invalid group reference {number}"));
            }
            else
            {
                result.Append(c switch
                {
                    'n' => "\n",
                    't' => "\t",
                    'r' => "\r",
                    'a' => "\a",
                    'b' => "\b",
                    'f' => "\f",
                    'v' => "\v",
                    '\\' => "\\",
                    _ => char.IsAsciiLetter(c) ? throw new ArgumentException($"bad escape \\{c}") : $"\\{c}",
                });
            }
        }
        return result.ToString();

        static bool IsOctal(char c) => c is >= '0' and <= '7';
    }

    /// <summary>As <c>re.escape</c>.</summary>
    internal static string Escape(string text) =>
        string.Concat(text.Select(c => "()[]{}?*+-|^$\\.&~# \t\n\r\v\f".Contains(c) ? $"\\{c}" : c.ToString()));

    private sealed class Translation(string pattern, bool isWide)
    {
        private readonly StringBuilder _result = new();
        private readonly Dictionary<string, int> _names = [];
        private int _groups;
        private int _at;

        internal (string Pattern, Dictionary<string, int> Names, int Groups) Run()
        {
            while (_at < pattern.Length)
            {
                var c = pattern[_at];
                switch (c)
                {
                    case '\\':
                        Escaped();
                        break;
                    case '[':
                        Class();
                        break;
                    case '(':
                        Group();
                        break;
                    case '{' when _at + 1 < pattern.Length && pattern[_at + 1] == ',' && IsBound(_at + 2):
                        _result.Append("{0");
                        _at++;
                        break;
                    case '.':
                        Any(_result.Length, ".");
                        _at++;
                        break;
                    default:
                        _result.Append(c);
                        _at++;
                        break;
                }
            }
            return (_result.ToString(), _names, _groups);
        }

        // What matches any character but some, from here on in the result.
        private void Any(int start, string part)
        {
            _result.Length = start;
            _result.Append(isWide ? $@"(?>[\uD800-\uDBFF][\uDC00-\uDFFF]|(?![\uDC00-\uDFFF]){part})" : part);
        }

        private bool IsBound(int at)
        {
            var start = at;
            while (at < pattern.Length && char.IsAsciiDigit(pattern[at]))
            {
                at++;
            }
            return at > start && at < pattern.Length && pattern[at] == '}';
        }

        private void Escaped()
        {
            var next = _at + 1 < pattern.Length ? pattern[_at + 1] : '\0';
            switch (next)
            {
                case 'Z':
                    _result.Append(@"\z");
                    _at += 2;
                    break;
                case 'U' when _at + 10 <= pattern.Length:
                    _result.Append(Regex.Escape(char.ConvertFromUtf32(Convert.ToInt32(pattern.Substring(_at + 2, 8), 16))));
                    _at += 10;
                    break;
                case 'G' or 'K' or 'k' or 'p' or 'P' or 'e' or 'z' or 'c':
                    throw new ArgumentException($"bad escape \\{next}");
                case 'S' or 'D' or 'W':
                    Any(_result.Length, $"\\{next}");
                    _at += 2;
                    break;
                default:
                    _result.Append('\\').Append(next == '\0' ? "" : next);
                    _at += 2;
                    break;
            }
        }

        private void Class()
        {
            var start = _result.Length;
            _result.Append('[');
            _at++;
            var isNegative = _at < pattern.Length && pattern[_at] == '^';
            if (isNegative)
            {
                _result.Append('^');
                _at++;
            }
            var isFirst = true;
            for (; _at < pattern.Length; isFirst = false)
            {
                var c = pattern[_at];
                if (c == ']' && !isFirst)
                {
                    _result.Append(']');
                    _at++;
                    if (isNegative)
                    {
                        Any(start, _result.ToString(start, _result.Length - start));
                    }
                    return;
                }
                if (c == '\\' && _at + 1 < pattern.Length)
                {
                    _result.Append(c).Append(pattern[_at + 1]);
                    _at += 2;
                    continue;
                }
                // .NET would take it for the start of a subtraction.
                _result.Append(c is '[' or ']' ? $"\\{c}" : c.ToString());
                _at++;
            }
            throw new ArgumentException("unterminated character set");
        }

        private void Group()
        {
            if (Starts("(?P<"))
            {
                var end = pattern.IndexOf('>', _at) is var found and > 0 ? found : throw new ArgumentException("missing >, unterminated name");
                _names[pattern[(_at + 4)..end]] = ++_groups;
                _result.Append('(');
                _at = end + 1;
            }
            else if (Starts("(?P="))
            {
                var end = pattern.IndexOf(')', _at) is var found and > 0 ? found : throw new ArgumentException("missing ), unterminated name");
                var name = pattern[(_at + 4)..end];
                _result.Append($"(?:\\{(_names.TryGetValue(name, out var number) ? number : throw new ArgumentException($"unknown group name '{name}'"))})");
                _at = end + 1;
            }
            else if (Starts("(?("))
            {
                var end = pattern.IndexOf(')', _at) is var found and > 0 ? found : throw new ArgumentException("missing )");
                var name = pattern[(_at + 3)..end];
                _result.Append($"(?({(_names.TryGetValue(name, out var number) ? number.ToString(CultureInfo.InvariantCulture) : name)})");
                _at = end + 1;
            }
            else if (Starts("(?<") && !Starts("(?<=") && !Starts("(?<!") || Starts("(?'"))
            {
                throw new ArgumentException($"unknown extension {pattern[_at..(_at + 3)]}");
            }
            else if (Starts("(?"))
            {
                Flags();
            }
            else
            {
                _groups++;
                _result.Append('(');
                _at++;
            }
        }

        // a, u and L say what letters are; .NET has Unicode's always.
        private void Flags()
        {
            var end = _at + 2;
            while (end < pattern.Length && "aiLmsux-".Contains(pattern[end]))
            {
                end++;
            }
            if (end == _at + 2 || end >= pattern.Length || pattern[end] is not (')' or ':'))
            {
                _result.Append("(?");
                _at += 2;
                return;
            }
            var flags = string.Concat(pattern[(_at + 2)..end].Where(flag => flag is not ('a' or 'u' or 'L')));
            _result.Append(flags.Length == 0 && pattern[end] == ')' ? "" : $"(?{flags}{pattern[end]}");
            _at = end + 1;
        }

        private bool Starts(string what) => string.CompareOrdinal(pattern, _at, what, 0, what.Length) == 0;
    }
}
