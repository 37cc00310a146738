using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Python's pprint: on one line where that has room, else one element a line, keys sorted; a long text in pieces, line by line.</summary>
internal static class PrettyPrint
{
    private const int Width = 80;

    internal static string Print(Evaluator evaluator, Value value) => Print(evaluator, value, indent: 0, allowance: 0, isWhole: true);

    private static string Print(Evaluator evaluator, Value value, int indent, int allowance, bool isWhole = false)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        value = Sorted(evaluator, evaluator.Use(value));
        var flat = evaluator.Repr(value);
        if (CodePoints.Length(flat) <= Width - indent - allowance)
        {
            return flat;
        }
        return value switch
        {
            TextValue { IsMarkup: false } text => Text(text.Text),
            MapValue map => Block("{", [.. map.Entries.Select(entry => (evaluator.Repr(entry.Key) + ": ", entry.Value))], "}"),
            ListValue list => Block("[", [.. list.Items.Select(item => ("", item))], "]"),
            TupleValue tuple => Block("(", [.. tuple.Items.Select(item => ("", item))], tuple.Items.Length == 1 ? ",)" : ")"),
            _ => flat,
        };

        string Block(string open, ImmutableArray<(string Prefix, Value Value)> items, string close)
        {
            var lines = items.Select((item, i) =>
                item.Prefix + Print(evaluator, item.Value, indent + 1 + CodePoints.Length(item.Prefix), i == items.Length - 1 ? allowance + close.Length : 1));
            return open + string.Join(",\n" + new string(' ', indent + 1), lines) + close;
        }

        // One that stands alone is put into brackets, which take their room.
        string Text(string text)
        {
            var brackets = isWhole ? 1 : 0;
            var pieces = Pieces(evaluator, text, Width - indent - brackets, allowance + brackets);
            var joined = string.Join("\n" + new string(' ', indent + brackets), pieces);
            return isWhole && pieces.Count > 1 ? "(" + joined + ")" : joined;
        }
    }

    /// <summary>Each line a literal, and what is longer than <paramref name="width"/> parted after white space; the last has <paramref name="allowance"/> less room.</summary>
    private static List<string> Pieces(Evaluator evaluator, string text, int width, int allowance)
    {
        var pieces = new List<string>();
        var lines = Methods.SplitLines(text, keepEnds: true);
        foreach (var (i, line) in lines.Index())
        {
            var last = i == lines.Count - 1 ? allowance : 0;
            if (Fits(line, last))
            {
                pieces.Add(Literal(line));
                continue;
            }
            var current = "";
            var words = Words(line);
            foreach (var (j, word) in words.Index())
            {
                if (current.Length > 0 && !Fits(current + word, j == words.Count - 1 ? last : 0))
                {
                    pieces.Add(Literal(current));
                    current = "";
                }
                current += word;
            }
            pieces.Add(Literal(current));
        }
        return pieces;

        string Literal(string part) => evaluator.Repr(Value.Of(part));

        bool Fits(string part, int less) => CodePoints.Length(Literal(part)) <= width - less;
    }

    /// <summary>Words, each with the white space behind it.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        for (var start = 0; start < line.Length;)
        {
            var end = start;
            while (end < line.Length && !PythonChar.IsSpace(line[end]))
            {
                end++;
            }
            while (end < line.Length && PythonChar.IsSpace(line[end]))
            {
                end++;
            }
            words.Add(line[start..end]);
            start = end;
        }
        return words;
    }

    private static Value Sorted(Evaluator evaluator, Value value) => value switch
    {
        MapValue map => new MapValue(evaluator.Sorted(map.Entries.Select(entry => entry.Key), key => key is TextValue ? key : Value.Of(evaluator.Repr(key)), isReversed: false)
            .Select(key => KeyValuePair.Create(key, Sorted(evaluator, map.TryGet(key, out var found) ? found : Value.Null)))),
        ListValue list => new ListValue([.. list.Items.Select(item => Sorted(evaluator, item))]),
        TupleValue tuple => new TupleValue([.. tuple.Items.Select(item => Sorted(evaluator, item))]),
        _ => value,
    };
}
