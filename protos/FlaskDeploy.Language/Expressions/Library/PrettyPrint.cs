using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Python's pprint: on one line where that has room, else one element a line, keys sorted.</summary>
internal static class PrettyPrint
{
    private const int Width = 80;

    internal static string Print(Evaluator evaluator, Value value) => Print(evaluator, value, indent: 0, allowance: 0);

    private static string Print(Evaluator evaluator, Value value, int indent, int allowance)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        value = Sorted(evaluator, evaluator.Use(value));
        var flat = evaluator.Repr(value);
        if (flat.Length <= Width - indent - allowance)
        {
            return flat;
        }
        return value switch
        {
            MapValue map => Block("{", [.. map.Entries.Select(entry => (evaluator.Repr(entry.Key) + ": ", entry.Value))], "}"),
            ListValue list => Block("[", [.. list.Items.Select(item => ("", item))], "]"),
            TupleValue tuple => Block("(", [.. tuple.Items.Select(item => ("", item))], tuple.Items.Length == 1 ? ",)" : ")"),
            _ => flat,
        };

        string Block(string open, ImmutableArray<(string Prefix, Value Value)> items, string close)
        {
            var lines = items.Select((item, i) =>
                item.Prefix + Print(evaluator, item.Value, indent + 1 + item.Prefix.Length, i == items.Length - 1 ? allowance + close.Length : 1));
            return open + string.Join(",\n" + new string(' ', indent + 1), lines) + close;
        }
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
