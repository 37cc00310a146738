using System.Collections.Immutable;
using System.Numerics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>The methods of <c>list</c>, <c>tuple</c>, <c>dict</c> and numbers.</summary>
internal static class CollectionMethods
{
    internal static Function[] OfTuple { get; } =
    [
        new("index", "value! start stop", Index),
        new("count", "value!", call => Value.Of(call.SubjectItems.Count(item => call.Evaluator.Equal(item, call[0]!)))),
    ];

    internal static Function[] OfList { get; } =
    [
        .. OfTuple,
        new("copy", "", call => new ListValue(call.SubjectItems)) { LooksInside = true },
        Change("append", "object!", (call, items) => (items.Add(call[0]!), Value.Null)),
        Change("extend", "iterable!", (call, items) => (items.AddRange(call.Items(0)), Value.Null)),
        Change("insert", "index! object!", (call, items) => (items.Insert(At(call.Int(0), items.Length), call[1]!), Value.Null)),
        Change("remove", "value!", (call, items) => (items.RemoveAt(Found(call, items)), Value.Null)),
        Change("pop", "index", Pop),
        Change("clear", "", (_, _) => ([], Value.Null)),
        Change("reverse", "", (_, items) => ([.. items.Reverse()], Value.Null)),
        Change("sort", "key reverse", (call, items) => (call.Evaluator.Sorted(items, item => item, call.Flag(1)), Value.Null)),
    ];

    internal static Function[] OfMap { get; } =
    [
        new("keys", "", call => new ViewValue("dict_keys", [.. call.SubjectMap.Entries.Select(entry => entry.Key)])) { LooksInside = true },
        new("values", "", call => new ViewValue("dict_values", [.. call.SubjectMap.Entries.Select(entry => entry.Value)])) { LooksInside = true },
        new("items", "", call => new ViewValue("dict_items", [.. call.SubjectMap.Entries.Select(entry => new TupleValue([entry.Key, entry.Value]))])) { LooksInside = true },
        // The dialect reaches back to Python 2.
        new("iteritems", "", call => new ViewValue("dict_items", [.. call.SubjectMap.Entries.Select(entry => new TupleValue([entry.Key, entry.Value]))])) { LooksInside = true },
        new("has_key", "key!", call => Value.Of(call.SubjectMap.TryGet(call.Evaluator.Key(call[0]!), out _))) { LooksInside = true },
        new("get", "key! default", call => call.SubjectMap.TryGet(call.Evaluator.Key(call[0]!), out var value) ? value : call[1] ?? Value.Null) { LooksInside = true, },
        new("copy", "", call => new MapValue(call.SubjectMap.Entries)) { LooksInside = true },
        new("fromkeys", "iterable! value", call => new MapValue(call.Items(0).Select(key => KeyValuePair.Create(call.Evaluator.Key(key), call[1] ?? Value.Null)))),
        ChangeMap("update", "other **", (call, map) => (map.Merge(Other(call)), Value.Null)),
        ChangeMap("setdefault", "key! default", (call, map) => map.TryGet(call.Evaluator.Key(call[0]!), out var value)
            ? (map, value)
            : (map.Merge(new MapValue([KeyValuePair.Create(call[0]!, call[1] ?? Value.Null)])), call[1] ?? Value.Null)),
        ChangeMap("pop", "key! default", PopKey),
        ChangeMap("popitem", "", (call, map) => map.Entries.Length == 0
            ? throw call.Evaluator.Error("popitem(): dictionary is empty")
            : (new MapValue(map.Entries[..^1]), new TupleValue([map.Entries[^1].Key, map.Entries[^1].Value]))),
        ChangeMap("clear", "", (_, _) => (new MapValue([]), Value.Null)),
    ];

    internal static Function[] OfInteger { get; } =
    [
        new("bit_length", "", call => Value.Of((long)BigInteger.Abs(call.Evaluator.Integer(call.Subject)).GetBitLength())),
        new("conjugate", "", call => call.Subject),
    ];

    internal static Function[] OfReal { get; } =
    [
        new("is_integer", "", call => Value.Of(call.Subject is RealValue real && double.IsFinite(real.Number) && Math.Floor(real.Number) == real.Number)),
        new("conjugate", "", call => call.Subject),
    ];

    private static Function Change(string name, string parameters, Func<Call, ImmutableArray<Value>, (ImmutableArray<Value> Items, Value Result)> change) =>
        new(name, parameters, call =>
        {
            var list = (ListValue)call.Subject;
            call.Evaluator.Charge(1 + list.Items.Length / 16);
            var (items, result) = change(call, list.Items);
            list.Replace(items);
            return result;
        })
        { LooksInside = true };

    private static Function ChangeMap(string name, string parameters, Func<Call, MapValue, (MapValue Map, Value Result)> change) =>
        new(name, parameters, call =>
        {
            var map = (MapValue)call.Subject;
            call.Evaluator.Charge(1 + map.Entries.Length);
            var (changed, result) = change(call, map);
            if (!ReferenceEquals(map, changed))
            {
                map.Replace(changed.Entries);
            }
            return result;
        })
        { LooksInside = true };

    private static int At(int index, int length) => Math.Clamp(index < 0 ? index + length : index, 0, length);

    private static int Found(Call call, ImmutableArray<Value> items)
    {
        for (var i = 0; i < items.Length; i++)
        {
            if (call.Evaluator.Equal(items[i], call[0]!))
            {
                return i;
            }
        }
        throw call.Evaluator.Error("list.remove(x): x not in list");
    }

    private static Value Index(Call call)
    {
        var items = call.SubjectItems;
        var stop = At(call.OptionalInt(2) ?? items.Length, items.Length);
        for (var i = At(call.OptionalInt(1) ?? 0, items.Length); i < stop; i++)
        {
            if (call.Evaluator.Equal(items[i], call[0]!))
            {
                return Value.Of(i);
            }
        }
        throw call.Evaluator.Error($"{call.Evaluator.Repr(call[0]!)} is not in {call.Subject.TypeName}");
    }

    private static (ImmutableArray<Value>, Value) Pop(Call call, ImmutableArray<Value> items)
    {
        var index = call.Int(0, -1);
        index = index < 0 ? index + items.Length : index;
        return index >= 0 && index < items.Length
            ? (items.RemoveAt(index), items[index])
            : throw call.Evaluator.Error(items.Length == 0 ? "pop from empty list" : "pop index out of range");
    }

    private static (MapValue, Value) PopKey(Call call, MapValue map)
    {
        var key = call.Evaluator.Key(call[0]!);
        return map.TryGet(key, out var value)
            ? (new MapValue(map.Entries.Where(entry => !entry.Key.Equals(key))), value)
            : (map, call[1] ?? throw call.Evaluator.Error($"KeyError: {call.Evaluator.Repr(key)}"));
    }

    private static MapValue Other(Call call)
    {
        var entries = call[0] switch
        {
            null => [],
            MapValue map => map.Entries,
            var pairs => [.. call.Evaluator.Items(pairs).Select(pair => call.Evaluator.Items(pair) is [var key, var value]
                ? KeyValuePair.Create(call.Evaluator.Key(key), value)
                : throw call.Evaluator.Error("update() wants pairs"))],
        };
        return new MapValue(entries.Concat(call.Keywords.Select(pair => KeyValuePair.Create((Value)Value.Of(pair.Key), pair.Value))));
    }
}
