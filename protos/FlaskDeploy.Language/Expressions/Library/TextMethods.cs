using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>The methods of <c>str</c>.</summary>
internal static class TextMethods
{
    internal static Function[] All { get; } =
    [
        Text("upper", "", (_, text) => PythonCase.Upper(text)),
        Text("lower", "", (_, text) => PythonCase.Lower(text)),
        Text("casefold", "", (_, text) => PythonCase.Lower(text).Replace("ß", "ss", StringComparison.Ordinal)),
        Text("title", "", (_, text) => PythonCase.Title(text)),
        Text("capitalize", "", (_, text) => PythonCase.Capitalize(text)),
        Text("swapcase", "", (_, text) => PythonCase.SwapCase(text)),
        Text("strip", "chars", (call, text) => Methods.Strip(text, Chars(call), atStart: true, atEnd: true)),
        Text("lstrip", "chars", (call, text) => Methods.Strip(text, Chars(call), atStart: true, atEnd: false)),
        Text("rstrip", "chars", (call, text) => Methods.Strip(text, Chars(call), atStart: false, atEnd: true)),
        Text("replace", "old! new! count", (call, text) => Methods.Replace(text, call.Text(0), call.Text(1), call.Int(2, -1), call.Evaluator)),
        Text("center", "width! fillchar", (call, text) => Methods.Center(text, call.Int(0), Fill(call, ' '), call.Evaluator)),
        Text("ljust", "width! fillchar", (call, text) => text + Padding(call, text, Fill(call, ' '))),
        Text("rjust", "width! fillchar", (call, text) => Padding(call, text, Fill(call, ' ')) + text),
        Text("zfill", "width!", (call, text) => text.Length > 0 && text[0] is '+' or '-' && text.Length > 0
            ? text[0] + Padding(call, text, '0') + text[1..]
            : Padding(call, text, '0') + text),
        Text("expandtabs", "tabsize", (call, text) => ExpandTabs(text, call.Int(0, 8), call.Evaluator)),
        Text("removeprefix", "prefix!", (call, text) => text.StartsWith(call.Text(0), StringComparison.Ordinal) ? text[call.Text(0).Length..] : text),
        Text("removesuffix", "suffix!", (call, text) => text.EndsWith(call.Text(0), StringComparison.Ordinal) && call.Text(0).Length > 0 ? text[..^call.Text(0).Length] : text),
        Text("join", "iterable!", Join),
        // What a format does not use may be undefined.
        Text("format", "* **", (call, text) => StringFormat.Format(call.Evaluator, text, call.Rest, call.Keywords)) with { TakesUndefined = true },
        Text("format_map", "mapping!", (call, text) => StringFormat.Format(
            call.Evaluator,
            text,
            [],
            [.. (call[0] as MapValue ?? throw call.Error("wants a dict")).Entries.Select(entry => KeyValuePair.Create(call.Evaluator.Text(entry.Key), entry.Value))])),
        new("split", "sep maxsplit", call => Value.Of(Methods.Split(call.SubjectText, Separator(call), call.Int(1, -1), call.Evaluator))),
        new("rsplit", "sep maxsplit", call => Value.Of(Methods.SplitRight(call.SubjectText, Separator(call), call.Int(1, -1), call.Evaluator))),
        new("splitlines", "keepends", call => Value.Of(Methods.SplitLines(call.SubjectText, call.Flag(0)))),
        new("partition", "sep!", call => Partition(call, fromRight: false)),
        new("rpartition", "sep!", call => Partition(call, fromRight: true)),
        new("startswith", "prefix! start end", call => Value.Of(Affix(call, (text, affix) => text.StartsWith(affix, StringComparison.Ordinal)))),
        new("endswith", "suffix! start end", call => Value.Of(Affix(call, (text, affix) => text.EndsWith(affix, StringComparison.Ordinal)))),
        new("find", "sub! start end", call => Value.Of(Find(call, fromRight: false))),
        new("rfind", "sub! start end", call => Value.Of(Find(call, fromRight: true))),
        new("index", "sub! start end", call => Value.Of(Find(call, fromRight: false) is var at and >= 0 ? at : throw call.Evaluator.Error("substring not found"))),
        new("rindex", "sub! start end", call => Value.Of(Find(call, fromRight: true) is var at and >= 0 ? at : throw call.Evaluator.Error("substring not found"))),
        new("count", "sub! start end", Count),
        Is("isdigit", c => char.IsDigit(c) || c is '²' or '³' or '¹' or >= '⁰' and <= '⁹' or >= '₀' and <= '₉'),
        Is("isdecimal", char.IsDigit),
        Is("isnumeric", char.IsNumber),
        Is("isalpha", char.IsLetter),
        Is("isalnum", c => char.IsLetter(c) || char.IsNumber(c)),
        Is("isspace", PythonChar.IsSpace),
        new("isupper", "", call => Value.Of(call.SubjectText.Any(PythonCase.IsCased) && !call.SubjectText.Any(char.IsLower))),
        new("islower", "", call => Value.Of(call.SubjectText.Any(PythonCase.IsCased) && !call.SubjectText.Any(char.IsUpper))),
        new("istitle", "", call => Value.Of(PythonCase.IsTitle(call.SubjectText))),
        new("isascii", "", call => Value.Of(call.SubjectText.All(char.IsAscii))),
        new("isprintable", "", call => Value.Of(CodePoints.Split(call.SubjectText).All(c => PythonChar.IsPrintable(CodePoints.Rune(c))))),
        new("isidentifier", "", call => Value.Of(IsIdentifier(call.SubjectText))),
    ];

    private static Function Text(string name, string parameters, Func<Call, string, string> body) =>
        new(name, parameters, call => new TextValue(body(call, call.SubjectText)) { IsMarkup = call.Subject is TextValue { IsMarkup: true } });

    private static Function Is(string name, Func<char, bool> predicate) =>
        new(name, "", call => Value.Of(call.SubjectText.Length > 0 && call.SubjectText.All(predicate)));

    private static string? Chars(Call call) => call.Has(0) ? call.Text(0) : null;

    private static string? Separator(Call call) => call.Has(0) ? call.Text(0) : null;

    private static char Fill(Call call, char fallback) =>
        call[1] is null ? fallback : call.Text(1) is [var c] ? c : throw call.Error("The fill character must be exactly one character long");

    private static string Padding(Call call, string text, char fill)
    {
        call.Evaluator.LimitText(call.Int(0));
        return new string(fill, Math.Max(0, call.Int(0) - CodePoints.Length(text)));
    }

    private static string ExpandTabs(string text, int size, Evaluator evaluator)
    {
        var result = new System.Text.StringBuilder();
        var column = 0;
        foreach (var c in text)
        {
            if (c == '\t')
            {
                var blanks = size > 0 ? size - column % size : 0;
                evaluator.LimitText(result.Length + (long)blanks);
                result.Append(' ', blanks);
                column += blanks;
                continue;
            }
            result.Append(c);
            column = c is '\n' or '\r' ? 0 : column + 1;
        }
        return result.ToString();
    }

    private static string Join(Call call, string separator)
    {
        var items = call.Items(0);
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i] is not TextValue)
            {
                throw call.Evaluator.Error($"sequence item {i}: expected str instance, {items[i].TypeName} found");
            }
        }
        call.Evaluator.LimitText(items.Sum(item => (long)((TextValue)item).Text.Length) + (long)separator.Length * items.Length);
        return string.Join(separator, items.Select(item => ((TextValue)item).Text));
    }

    private static Value Partition(Call call, bool fromRight)
    {
        var (text, separator) = (call.SubjectText, call.Text(0));
        if (separator.Length == 0)
        {
            throw call.Evaluator.Error("empty separator");
        }
        var at = fromRight ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        return new TupleValue(Methods.Values(at >= 0 ? [text[..at], separator, text[(at + separator.Length)..]] : fromRight ? ["", "", text] : [text, "", ""]));
    }

    // The part between the positions, as slices count; null: the start lies behind the end.
    private static (string Part, int Start)? Window(Call call)
    {
        var text = call.SubjectText;
        var length = CodePoints.Length(text);
        var start = Position(call.OptionalInt(1) ?? 0);
        var end = Math.Min(Position(call.OptionalInt(2) ?? length), length);
        return start > end ? null : (CodePoints.Part(text, start, end - start), start);

        int Position(int value) => value < 0 ? Math.Max(0, value + length) : value;
    }

    private static bool Affix(Call call, Func<string, string, bool> has)
    {
        ImmutableArray<Value> affixes = call[0] is TupleValue tuple ? tuple.Items : [call[0]!];
        return affixes.Any(affix => affix is TextValue text
            ? Window(call) is { } window && has(window.Part, text.Text)
            : throw call.Evaluator.Error($"{(call[0] is TupleValue ? "tuple" : "first argument")} must be str or a tuple of str, not {affix.TypeName}"));
    }

    private static int Find(Call call, bool fromRight)
    {
        if (Window(call) is not { } window)
        {
            _ = call.Text(0);
            return -1;
        }
        var sub = call.Text(0);
        var at = fromRight
            ? sub.Length == 0 ? window.Part.Length : window.Part.LastIndexOf(sub, StringComparison.Ordinal)
            : window.Part.IndexOf(sub, StringComparison.Ordinal);
        return at < 0 ? -1 : window.Start + CodePoints.IndexOf(window.Part, at);
    }

    private static Value Count(Call call)
    {
        var sub = call.Text(0);
        return Window(call) is not { } window ? Value.Of(0)
            : Value.Of(sub.Length == 0 ? CodePoints.Length(window.Part) + 1 : window.Part.AsSpan().Count(sub));
    }

    private static bool IsIdentifier(string text) =>
        text.Length > 0 && !char.IsDigit(text[0]) && Enumerable.Range(0, text.Length).All(i => PythonChar.IsWord(text, i));
}
