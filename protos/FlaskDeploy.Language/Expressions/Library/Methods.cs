using System.Collections.Frozen;
using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>The methods that Python's types have. https://docs.python.org/3/library/stdtypes.html</summary>
internal static class Methods
{
    private static readonly FrozenDictionary<string, Function> OfText = TextMethods.All.ToFrozenDictionary(function => function.Name);
    private static readonly FrozenDictionary<string, Function> OfList = CollectionMethods.OfList.ToFrozenDictionary(function => function.Name);
    private static readonly FrozenDictionary<string, Function> OfTuple = CollectionMethods.OfTuple.ToFrozenDictionary(function => function.Name);
    private static readonly FrozenDictionary<string, Function> OfMap = CollectionMethods.OfMap.ToFrozenDictionary(function => function.Name);
    private static readonly FrozenDictionary<string, Function> OfInteger = CollectionMethods.OfInteger.ToFrozenDictionary(function => function.Name);
    private static readonly FrozenDictionary<string, Function> OfReal = CollectionMethods.OfReal.ToFrozenDictionary(function => function.Name);

    /// <summary>Those that change what they are called on.</summary>
    internal static FrozenSet<string> Mutating { get; } =
        ((string[])["append", "extend", "insert", "remove", "pop", "popitem", "clear", "update", "setdefault", "sort", "reverse"]).ToFrozenSet();

    internal static Function? Find(Value target, string name) => target switch
    {
        TextValue => OfText,
        ListValue => OfList,
        TupleValue or RangeValue => OfTuple,
        MapValue => OfMap,
        RealValue => OfReal,
        IntegerValue or BoolValue => OfInteger,
        _ => FrozenDictionary<string, Function>.Empty,
    } is var methods && methods.TryGetValue(name, out var method) ? method : null;

    internal static string Strip(string text, string? characters, bool atStart, bool atEnd)
    {
        var runes = characters is null ? null : CodePoints.Split(characters).ToHashSet();
        var (start, end) = (0, text.Length);
        while (atStart && start < end && IsStripped(text, start, runes) is var length and > 0)
        {
            start += length;
        }
        while (atEnd && end > start)
        {
            var last = end > start + 1 && char.IsLowSurrogate(text[end - 1]) && char.IsHighSurrogate(text[end - 2]) ? end - 2 : end - 1;
            if (IsStripped(text, last, runes) == 0)
            {
                break;
            }
            end = last;
        }
        return text[start..end];
    }

    private static int IsStripped(string text, int at, HashSet<string>? characters)
    {
        var length = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
        return (characters is null ? PythonChar.IsSpace(text[at]) : characters.Contains(text.Substring(at, length))) ? length : 0;
    }

    internal static List<string> SplitLines(string text, bool keepEnds)
    {
        var lines = new List<string>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029'))
            {
                continue;
            }
            var end = i;
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
            {
                i++;
            }
            lines.Add(text[start..(keepEnds ? i + 1 : end)]);
            start = i + 1;
        }
        if (start < text.Length)
        {
            lines.Add(text[start..]);
        }
        return lines;
    }

    internal static List<string> Split(string text, string? separator, int most, Evaluator evaluator)
    {
        var parts = new List<string>();
        if (separator is null)
        {
            var at = 0;
            while (true)
            {
                while (at < text.Length && PythonChar.IsSpace(text[at]))
                {
                    at++;
                }
                if (at == text.Length)
                {
                    return parts;
                }
                if (most >= 0 && parts.Count == most)
                {
                    parts.Add(PythonChar.TrimEnd(text[at..]));
                    return parts;
                }
                var end = at;
                while (end < text.Length && !PythonChar.IsSpace(text[end]))
                {
                    end++;
                }
                parts.Add(text[at..end]);
                at = end;
            }
        }
        if (separator.Length == 0)
        {
            throw evaluator.Error("empty separator");
        }
        var start = 0;
        while ((most < 0 || parts.Count < most) && text.IndexOf(separator, start, StringComparison.Ordinal) is var found and >= 0)
        {
            parts.Add(text[start..found]);
            start = found + separator.Length;
        }
        evaluator.Charge(parts.Count);
        parts.Add(text[start..]);
        return parts;
    }

    internal static List<string> SplitRight(string text, string? separator, int most, Evaluator evaluator)
    {
        if (most < 0)
        {
            return Split(text, separator, most, evaluator);
        }
        var parts = new List<string>();
        if (separator is null)
        {
            var end = text.Length;
            while (true)
            {
                end = PythonChar.TrimEnd(text[..end]).Length;
                if (end == 0)
                {
                    break;
                }
                if (parts.Count == most)
                {
                    parts.Add(text[..end]);
                    break;
                }
                var start = end;
                while (start > 0 && !PythonChar.IsSpace(text[start - 1]))
                {
                    start--;
                }
                parts.Add(text[start..end]);
                end = start;
            }
            parts.Reverse();
            return parts;
        }
        if (separator.Length == 0)
        {
            throw evaluator.Error("empty separator");
        }
        var rest = text;
        while (parts.Count < most && rest.LastIndexOf(separator, StringComparison.Ordinal) is var found and >= 0)
        {
            parts.Add(rest[(found + separator.Length)..]);
            rest = rest[..found];
        }
        parts.Add(rest);
        parts.Reverse();
        return parts;
    }

    internal static string Replace(string text, string old, string replacement, int most, Evaluator evaluator)
    {
        if (old.Length == 0)
        {
            var characters = CodePoints.Split(text).ToList();
            var gaps = most < 0 ? characters.Count + 1 : Math.Min(most, characters.Count + 1);
            evaluator.LimitText(text.Length + (long)gaps * replacement.Length);
            return string.Concat(characters.Select((character, i) => (i < gaps ? replacement : "") + character)) + (gaps > characters.Count ? replacement : "");
        }
        if (most < 0)
        {
            var count = text.AsSpan().Count(old);
            evaluator.LimitText(text.Length + (long)count * (replacement.Length - old.Length));
            return text.Replace(old, replacement, StringComparison.Ordinal);
        }
        return string.Join(replacement, Split(text, old, most, evaluator));
    }

    internal static string Center(string text, int width, char fill, Evaluator evaluator)
    {
        var padding = width - CodePoints.Length(text);
        if (padding <= 0)
        {
            return text;
        }
        evaluator.LimitText(width);
        // CPython's rule for where the odd blank goes.
        var left = padding / 2 + (padding & width & 1);
        return new string(fill, left) + text + new string(fill, padding - left);
    }

    internal static ImmutableArray<Value> Values(IEnumerable<string> texts) => [.. texts.Select(Value.Of)];
}
