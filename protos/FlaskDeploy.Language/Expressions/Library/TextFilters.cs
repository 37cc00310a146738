using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters on text. https://jinja.palletsprojects.com/en/stable/templates/#list-of-builtin-filters</summary>
internal static class TextFilters
{
    private const string QuoteSafe = "@%+=:,./-_";

    internal static Function[] All { get; } =
    [
        new("upper", "", call => Value.Of(PythonCase.Upper(call.SubjectText))),
        new("lower", "", call => Value.Of(PythonCase.Lower(call.SubjectText))),
        new("capitalize", "", call => Value.Of(PythonCase.Capitalize(call.SubjectText))),
        new("title", "", call => Value.Of(Title(call.SubjectText))),
        new("trim", "chars", call => Value.Of(Methods.Strip(call.SubjectText, call.OptionalText(0), atStart: true, atEnd: true))),
        new("string", "", call => call.Subject is TextValue ? call.Subject : Value.Of(call.SubjectText)),
        new("center", "width", call => Value.Of(Methods.Center(call.SubjectText, call.Int(0, 80), ' ', call.Evaluator))),
        new("replace", "old! new! count", Replace),
        new("indent", "width first blank", Indent),
        new("truncate", "length killwords end leeway", Truncate),
        new("wordwrap", "width break_long_words wrapstring break_on_hyphens", call => call.Subject is UndefinedValue nothing ? throw call.Evaluator.Undefined(nothing) : WordWrap.Run(call)) { TakesUndefined = true },
        new("wordcount", "", call => Value.Of(WordCount(call.SubjectText))),
        new("format", "* **", Format),
        new("quote", "", call => Value.Of(call.Subject is NullValue ? "''" : Quote(call.SubjectText))),
        new("comment", "style newline prefix prefix_count decoration postfix postfix_count beginning end", Comments.Run),
        new("splitlines", "", call => Value.Of(Methods.SplitLines(call.SubjectText, keepEnds: false))),
        new("split", "sep maxsplit", call => Value.Of(Methods.Split(call.SubjectText, call.OptionalText(0), call.Int(1, -1), call.Evaluator))),
    ];

    private static string Title(string text)
    {
        var result = new StringBuilder();
        var word = new StringBuilder();
        foreach (var c in text)
        {
            word.Append(c);
            if (PythonChar.IsSpace(c) || "-({[<".Contains(c))
            {
                Flush();
            }
        }
        Flush();
        return result.ToString();

        void Flush()
        {
            if (word.Length > 0)
            {
                var first = CodePoints.Part(word.ToString(), 0, 1);
                result.Append(PythonCase.Upper(first)).Append(PythonCase.Lower(word.ToString()[first.Length..]));
                word.Clear();
            }
        }
    }

    private static Value Replace(Call call)
    {
        var (text, old, replacement) = (call.SubjectText, call.Text(0, ""), call.Text(1, ""));
        return new TextValue(Methods.Replace(text, old, replacement, call.Has(2) ? call.Int(2) : -1, call.Evaluator));
    }

    private static Value Indent(Call call)
    {
        var text = call.Subject is TextValue subject ? subject.Text : throw call.Error($"wants a string, not {call.Subject.TypeName}");
        var indent = call[0] is TextValue written ? written.Text : new string(' ', Math.Clamp(call.Int(0, 4), 0, 1000));
        var isFirst = call.Flag(1);
        var isBlank = call.Flag(2);
        // A newline at the end would otherwise end the text without a last line.
        var lines = Methods.SplitLines(text + "\n", keepEnds: false);
        var result = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0)
            {
                result.Append('\n');
            }
            if (i == 0 ? isFirst : isBlank || lines[i].Length > 0)
            {
                result.Append(indent);
            }
            result.Append(lines[i]);
        }
        return Value.Of(result.ToString());
    }

    private static Value Truncate(Call call)
    {
        var (length, end, leeway) = (call.Int(0, 255), call.Text(2, "..."), call.Int(3, 5));
        var endLength = CodePoints.Length(end);
        if (length < endLength)
        {
            throw call.Error($"expected length >= {endLength}, got {length}");
        }
        if (leeway < 0)
        {
            throw call.Error($"expected leeway >= 0, got {leeway}");
        }
        if (call.Evaluator.Length(call.Subject) is { } all && all <= length + leeway)
        {
            return call.Subject;
        }
        var text = call.Subject is TextValue subject ? subject.Text : throw call.Error($"wants a string, not {call.Subject.TypeName}");
        var kept = CodePoints.Part(text, 0, length - endLength);
        if (!call.Flag(1) && kept.LastIndexOf(' ') is var space and >= 0)
        {
            kept = kept[..space];
        }
        return Value.Of(kept + end);
    }

    private static int WordCount(string text)
    {
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (PythonChar.IsWord(text, i) && (i == 0 || !PythonChar.IsWord(text, i - 1)))
            {
                count++;
            }
        }
        return count;
    }

    private static Value Format(Call call)
    {
        if (call.Rest.Length > 0 && call.Keywords.Length > 0)
        {
            throw call.Error("can't handle positional and keyword arguments at the same time");
        }
        Value arguments = call.Keywords.Length > 0
            ? new MapValue(call.Keywords.Select(pair => KeyValuePair.Create((Value)Value.Of(pair.Key), pair.Value)))
            : new TupleValue(call.Rest);
        return Value.Of(PercentFormat.Format(call.Evaluator, call.SubjectText, arguments));
    }

    /// <summary>As Python's shlex.quote.</summary>
    internal static string Quote(string text) =>
        text.Length == 0 ? "''"
        : text.All(c => char.IsAsciiLetterOrDigit(c) || QuoteSafe.Contains(c)) ? text
        : $"'{text.Replace("'", "'\"'\"'", StringComparison.Ordinal)}'";
}

/// <summary>Python's letter cases: of the whole of Unicode, also where a letter becomes several.</summary>
internal static class PythonCase
{
    internal static string Upper(string text) => text.Contains('ß') ? text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal) : text.ToUpperInvariant();

    internal static string Lower(string text) => text.ToLowerInvariant();

    internal static string Capitalize(string text)
    {
        var first = CodePoints.Part(text, 0, 1);
        return (first == "ß" ? "Ss" : Upper(first)) + Lower(text[first.Length..]);
    }

    internal static bool IsCased(char c) => char.IsUpper(c) || char.IsLower(c) || char.GetUnicodeCategory(c) == UnicodeCategory.TitlecaseLetter;

    /// <summary><c>str.title</c>: a letter after anything that is no letter is a capital.</summary>
    internal static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        var isInside = false;
        foreach (var c in text)
        {
            result.Append(isInside ? Lower(c.ToString()) : c == 'ß' ? "Ss" : Upper(c.ToString()));
            isInside = IsCased(c);
        }
        return result.ToString();
    }

    internal static string SwapCase(string text) =>
        string.Concat(text.Select(c => char.IsUpper(c) ? Lower(c.ToString()) : char.IsLower(c) ? Upper(c.ToString()) : c.ToString()));

    internal static bool IsTitle(string text)
    {
        var (isInside, hasCased) = (false, false);
        foreach (var c in text)
        {
            if (char.IsUpper(c) ? isInside : char.IsLower(c) && !isInside)
            {
                return false;
            }
            isInside = IsCased(c);
            hasCased |= isInside;
        }
        return hasCased;
    }

    internal static ImmutableArray<Value> Values(IEnumerable<string> texts) => [.. texts.Select(Value.Of)];
}
