using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>
/// What <c>loop</c> and the <c>with_</c> forms go over. Pure: both sides expand a loop to the same items. Source:
/// Ansible's documentation of its lookup plug-ins.
/// </summary>
public static class LoopItems
{
    /// <summary>The kinds that exist, for suggestions: <c>loop</c> and what follows <c>with_</c>.</summary>
    public static ImmutableArray<string> Kinds { get; } =
        ["loop", "items", "list", "fileglob", "dict", "nested", "cartesian", "together", "sequence", "indexed_items", "flattened", "subelements", "random_choice"];

    /// <summary>A <see cref="ListValue"/>, or an <see cref="UnknownValue"/> where the items cannot be known yet.</summary>
    /// <param name="items">Rendered.</param>
    /// <param name="directory">Where relative paths of <c>with_fileglob</c> start.</param>
    public static Evaluation Expand(string kind, Value items, OperatorTree tree, string directory, SourceSpan span)
    {
        var value = items.Reveal();
        if (value is UnknownValue)
        {
            return Evaluation.Of(value);
        }
        return kind switch
        {
            "loop" => value is ListValue ? Evaluation.Of(value) : Wrong(span, $"loop needs a list, not {Article(value)}", "write with_dict or the filter dict2items for a dict, a list of one for a single value"),
            "items" => Evaluation.Of(new ListValue([.. Terms(value).SelectMany(term => term is ListValue list ? list.Items : [term])])),
            "list" => Evaluation.Of(value is ListValue ? value : new ListValue([value])),
            "fileglob" => Evaluation.Of(Value.Of(Terms(value).SelectMany(pattern => tree.Glob(pattern.ToString(), directory)))),
            "dict" => Dict(value, span),
            "nested" or "cartesian" => Evaluation.Of(new ListValue([.. Nested([.. Terms(value).Select(Terms)])])),
            "together" => Evaluation.Of(Together([.. Terms(value).Select(Terms)])),
            "indexed_items" => Evaluation.Of(new ListValue([.. Terms(value).SelectMany(term => term is ListValue list ? list.Items : [term]).Select((item, index) => new ListValue([Value.Of(index), item]))])),
            "flattened" => Evaluation.Of(new ListValue([.. Flatten(value)])),
            "subelements" => Subelements(value, span),
            "sequence" => Sequence(value, span),
            // A choice that changed with every check would be drift for ever: the first is as random as any.
            "random_choice" => Evaluation.Of(new ListValue([.. Terms(value).Take(1)])),
            _ => Wrong(span, $"there is no loop with_{kind}", Suggestion.For(kind, Kinds)),
        };
    }

    private static ImmutableArray<Value> Terms(Value value) => value.Reveal() switch
    {
        ListValue list => list.Items,
        NullValue => [],
        var single => [single],
    };

    private static Evaluation Dict(Value value, SourceSpan span) =>
        value is MapValue map
            ? Evaluation.Of(new ListValue([.. map.Entries.Select(entry => MapValue.From(("key", entry.Key), ("value", entry.Value)))]))
            : Wrong(span, $"with_dict needs a dict, not {Article(value)}");

    private static IEnumerable<Value> Nested(ImmutableArray<ImmutableArray<Value>> lists) =>
        lists.Aggregate(
            (IEnumerable<ImmutableArray<Value>>)[[]],
            (rows, list) => rows.SelectMany(row => list.Select(row.Add)))
        .Where(row => row.Length > 0)
        .Select(row => new ListValue(row));

    private static ListValue Together(ImmutableArray<ImmutableArray<Value>> lists)
    {
        var longest = lists.Length == 0 ? 0 : lists.Max(list => list.Length);
        return new ListValue([.. Enumerable.Range(0, longest).Select(row => new ListValue([.. lists.Select(list => row < list.Length ? list[row] : Value.Null)]))]);
    }

    private static IEnumerable<Value> Flatten(Value value) =>
        value.Reveal() switch
        {
            ListValue list => list.Items.SelectMany(Flatten),
            NullValue => [],
            var single => [single],
        };

    private static Evaluation Subelements(Value value, SourceSpan span)
    {
        var terms = Terms(value);
        if (terms.Length < 2)
        {
            return Wrong(span, "with_subelements needs a list and the name of a key in each of its elements");
        }
        var elements = terms[0].Reveal() is MapValue map ? [.. map.Entries.Select(entry => entry.Value)] : Terms(terms[0]);
        var skipMissing = terms.Length > 2 && terms[2].Reveal() is MapValue flags && flags["skip_missing"]?.IsTruthy == true;
        var result = ImmutableArray.CreateBuilder<Value>();
        foreach (var element in elements)
        {
            Value? found = element;
            foreach (var key in terms[1].ToString().Split('.'))
            {
                found = (found?.Reveal() as MapValue)?[key];
            }
            if (found?.Reveal() is ListValue list)
            {
                result.AddRange(list.Items.Select(item => new ListValue([element, item])));
            }
            else if (!skipMissing)
            {
                return Wrong(span, $"with_subelements: an element has no list '{terms[1]}'", "add {'skip_missing': true} as a third term to pass over such elements");
            }
        }
        return Evaluation.Of(new ListValue(result.ToImmutable()));
    }

    // start-end[/stride][:format], or start= end= count= stride= format=.
    private static Evaluation Sequence(Value value, SourceSpan span)
    {
        const long most = 100_000;
        var words = value.Reveal() is MapValue map
            ? map.Entries.Select(entry => $"{entry.Key}={entry.Value}")
            : Terms(value).SelectMany(term => term.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
        long start = 1, stride = 1;
        long? end = null, count = null;
        var format = "%d";
        foreach (var word in words)
        {
            var parts = word.Split('=', 2);
            if (parts.Length == 2 && parts[0] == "format")
            {
                format = parts[1];
            }
            else if (parts.Length == 2 && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var number) && parts[0] is "start" or "end" or "count" or "stride")
            {
                number = long.Parse(parts[1], CultureInfo.InvariantCulture);
                _ = parts[0] switch { "start" => start = number, "end" => (end = number).Value, "count" => (count = number).Value, _ => stride = number };
            }
            else if (Shortcut(word) is { } shortcut)
            {
                (start, end, stride, format) = shortcut;
            }
            else
            {
                return Wrong(span, $"with_sequence does not understand '{word}'", "write start=1 end=5 stride=1 format=web%02d, or count=5");
            }
        }
        end ??= count is { } n ? start + (n - 1) * stride : null;
        if (end is null || stride == 0 || Math.Abs((end.Value - start) / stride) > most)
        {
            return Wrong(span, end is null ? "with_sequence needs an end or a count" : $"with_sequence goes over at most {most} items with a stride that is not 0");
        }
        if (count == 0)
        {
            return Evaluation.Of(ListValue.Empty);
        }
        var result = new List<string>();
        for (var number = start; stride > 0 ? number <= end : number >= end; number += stride)
        {
            if (FormatNumber(format, number) is not { } text)
            {
                return Wrong(span, $"with_sequence: the format '{format}' has no single %d, %x or %o", "write for instance format=web%02d");
            }
            result.Add(text);
        }
        return Evaluation.Of(Value.Of(result));
    }

    private static (long Start, long? End, long Stride, string Format)? Shortcut(string word)
    {
        var format = word.Split(':', 2);
        var stride = format[0].Split('/', 2);
        var range = stride[0].Split('-', 2);
        return long.TryParse(range[^1], CultureInfo.InvariantCulture, out var end)
            && long.TryParse(range.Length == 2 ? range[0] : "1", CultureInfo.InvariantCulture, out var start)
            && long.TryParse(stride.Length == 2 ? stride[1] : "1", CultureInfo.InvariantCulture, out var by)
            ? (start, end, by, format.Length == 2 ? format[1] : "%d")
            : null;
    }

    private static string? FormatNumber(string format, long number)
    {
        var at = format.IndexOf('%');
        var end = at < 0 ? -1 : format.IndexOfAny(['d', 'x', 'o', 'i', 'u'], at);
        if (end < 0 || format.IndexOf('%', at + 1) >= 0)
        {
            return null;
        }
        var width = format[(at + 1)..end];
        var digits = format[end] switch { 'x' => number.ToString("x", CultureInfo.InvariantCulture), 'o' => Convert.ToString(number, 8), _ => number.ToString(CultureInfo.InvariantCulture) };
        if (width.Length > 0 && !int.TryParse(width, CultureInfo.InvariantCulture, out _))
        {
            return null;
        }
        var padded = width.Length == 0 ? digits : digits.PadLeft(Math.Min(100, int.Parse(width, CultureInfo.InvariantCulture)), width[0] == '0' ? '0' : ' ');
        return format[..at] + padded + format[(end + 1)..];
    }

    private static string Article(Value value) => value switch
    {
        TextValue => $"the string '{value}'",
        MapValue => "a dict",
        NullValue => "nothing",
        _ => $"the {value.TypeName} {value}",
    };

    private static Evaluation Wrong(SourceSpan span, string summary, string? remedy = null) =>
        Evaluation.Failed(new Diagnostic("FD1131", Severity.Error, span, summary) { Remedy = remedy });
}
