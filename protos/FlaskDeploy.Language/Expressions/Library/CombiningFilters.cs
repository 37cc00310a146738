using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters that put several lists or dicts together, and that turn one into the other.</summary>
internal static class CombiningFilters
{
    internal static Function[] All { get; } =
    [
        new("combine", "* **", Combine) { LooksInside = true },
        new("dict2items", "key_name value_name", DictToItems) { LooksInside = true },
        new("items2dict", "key_name value_name", ItemsToDict) { LooksInside = true },
        new("subelements", "subelements! skip_missing", Subelements) { LooksInside = true },
        new("union", "b!", call => Set(TwoLists(call), (a, b, _, _) => [.. a, .. b])),
        new("intersect", "b!", call => Set(call, (a, _, _, inB) => a.Where(inB.Contains))),
        new("difference", "b!", call => Set(call, (a, _, _, inB) => a.Where(item => !inB.Contains(item)))),
        new("symmetric_difference", "b!", call => Set(TwoLists(call), (a, b, inA, inB) => [.. a.Where(item => !inB.Contains(item)), .. b.Where(item => !inA.Contains(item))])),
        new("zip", "*", call => Zip(call, isLongest: false)) { LooksInside = true },
        new("zip_longest", "* **", call => Zip(call, isLongest: true)) { LooksInside = true },
        new("product", "* **", Product) { LooksInside = true },
        new("permutations", "r", Permutations) { LooksInside = true },
        new("combinations", "r!", Combinations) { LooksInside = true },
        new("rekey_on_member", "key! duplicates", Rekey),
    ];

    private static Value Combine(Call call)
    {
        var isRecursive = call.KeywordFlag("recursive");
        var merge = call.Keyword("list_merge") is { } value ? call.Evaluator.Text(value) : "replace";
        if (merge is not ("replace" or "keep" or "append" or "prepend" or "append_rp" or "prepend_rp"))
        {
            throw call.Error($"'list_merge' cannot be '{merge}'");
        }
        if (call.Keywords.Any(pair => pair.Key is not ("recursive" or "list_merge")))
        {
            throw call.Said("'recursive' and 'list_merge' are the only valid keyword arguments");
        }
        // Dicts may stand in a list; what is none counts for nothing, and one alone is what it is.
        var terms = SequenceFilters.Flatten(call, [call.Subject, .. call.Rest], levels: 1, skipsNulls: true).Select(call.Evaluator.Use).ToList();
        if (terms.Count < 2)
        {
            return terms.Count == 0 ? MapValue.Empty : terms[0];
        }
        return terms.Aggregate((all, next) => all is MapValue a && next is MapValue b
            ? Merged(a, b, isRecursive, merge)
            : throw call.Said($"failed to combine variables, expected dicts but got a '{all.TypeName}' and a '{next.TypeName}'"));

        MapValue Merged(MapValue a, MapValue b, bool isDeep, string lists)
        {
            System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
            call.Evaluator.Charge(a.Entries.Length + b.Entries.Length);
            if (call.Evaluator.Equal(a, b))
            {
                // Ansible's rule: nothing is merged with itself.
                return b;
            }
            if (!isDeep && lists == "replace")
            {
                return a.Merge(b);
            }
            return a.Merge(new MapValue(b.Entries.Select(entry => KeyValuePair.Create(entry.Key, a.TryGet(entry.Key, out var old) ? Both(old, entry.Value) : entry.Value))));

            Value Both(Value old, Value next) => (old, next) switch
            {
                (MapValue x, MapValue y) when isDeep => Merged(x, y, isDeep, lists),
                (ListValue x, ListValue y) => lists switch
                {
                    "keep" => x,
                    "append" => new ListValue(x.Items.AddRange(y.Items)),
                    "prepend" => new ListValue(y.Items.AddRange(x.Items)),
                    "append_rp" => new ListValue([.. x.Items.Where(item => !y.Items.Contains(item)), .. y.Items]),
                    "prepend_rp" => new ListValue([.. y.Items, .. x.Items.Where(item => !y.Items.Contains(item))]),
                    _ => y,
                },
                _ => next,
            };
        }
    }

    private static Value DictToItems(Call call)
    {
        var (key, value) = (call.Text(0, "key"), call.Text(1, "value"));
        return new ListValue([.. (call.Subject as MapValue ?? throw call.Said($"dict2items requires a dictionary, got {call.Subject.TypeName} instead.")).Entries.Select(entry => MapValue.From((key, entry.Key), (value, entry.Value)))]);
    }

    private static Value ItemsToDict(Call call)
    {
        var (key, value) = (call.Text(0, "key"), call.Text(1, "value"));
        if (call.Subject is not (ListValue or TupleValue or RangeValue))
        {
            throw call.Said($"items2dict requires a list, got {call.Subject.TypeName} instead.");
        }
        return new MapValue(call.SubjectItems.Select(item =>
        {
            // As Python subscripts them: pairs have their places for keys.
            if (call.Evaluator.Use(item) is ListValue or TupleValue && call[0] is IntegerValue first && call[1] is IntegerValue second)
            {
                return KeyValuePair.Create(call.Evaluator.Key(call.Evaluator.Item(item, first)), call.Evaluator.Item(item, second));
            }
            var map = call.Evaluator.Use(item) as MapValue ?? throw call.Said($"items2dict requires a list of dictionaries, got {item.TypeName} among them instead.");
            return map.TryGet(key, out var k) && map.TryGet(value, out var v)
                ? KeyValuePair.Create(call.Evaluator.Key(k), v)
                : throw call.Said($"items2dict requires each dictionary in the list to contain the keys '{key}' and '{value}', and one does not.");
        }));
    }

    private static Value Subelements(Call call)
    {
        var elements = call.Subject switch
        {
            MapValue all => [.. all.Entries.Select(entry => entry.Value)],
            ListValue list => list.Items,
            _ => throw call.Said("obj must be a list of dicts or a nested dict"),
        };
        var path = call[0] switch
        {
            TextValue text => [.. text.Text.Split('.').Select(Value.Of)],
            ListValue list => list.Items,
            _ => throw call.Said("subelements must be a list or a string"),
        };
        var skips = call.Flag(1);
        var pairs = ImmutableArray.CreateBuilder<Value>();
        foreach (var element in elements)
        {
            var inner = path.Aggregate(element, (at, key) => at is UndefinedValue ? at
                : call.Evaluator.Use(at) is MapValue map ? map.TryGet(key, out var value) ? value : call.Evaluator.UndefinedResult("")
                : throw call.Said($"the key {call.Evaluator.Text(key)} should point to a dictionary, got {at.TypeName}"));
            if (inner is UndefinedValue)
            {
                if (skips)
                {
                    continue;
                }
                throw call.Said($"could not find '{string.Join('.', path.Select(call.Evaluator.Text))}' key in iterated item");
            }
            if (!Evaluator.TrySequence(call.Evaluator.Use(inner), out var items))
            {
                throw call.Said($"the key '{string.Join('.', path.Select(call.Evaluator.Text))}' should point to a list");
            }
            pairs.AddRange(items.Select(item => new TupleValue([element, item])));
        }
        return new ListValue(pairs.ToImmutable());
    }

    private static Call TwoLists(Call call) => call.Subject is MapValue || call[0] is MapValue ? throw call.Error("wants two lists, and one of these is a dict") : call;

    private static Value Set(Call call, Func<ImmutableArray<Value>, ImmutableArray<Value>, HashSet<Value>, HashSet<Value>, IEnumerable<Value>> choose)
    {
        var (a, b) = (call.SubjectItems, call.Items(0));
        call.Evaluator.Charge(a.Length + b.Length);
        if (call[0] is MapValue)
        {
            // Only what can be a key can be looked for among keys.
            a = [.. a.Select(call.Evaluator.Key)];
        }
        return new ListValue([.. choose(a, b, [.. a], [.. b]).Distinct()]);
    }

    private static Value Zip(Call call, bool isLongest)
    {
        var lists = call.Rest.Prepend(call.Subject).Select(call.Evaluator.Items).ToArray();
        var length = isLongest ? lists.Max(list => list.Length) : lists.Min(list => list.Length);
        var fill = call.Keyword("fillvalue") ?? Value.Null;
        call.Evaluator.Charge((long)length * lists.Length);
        return new ListValue([.. Enumerable.Range(0, length).Select(i => new TupleValue([.. lists.Select(list => i < list.Length ? list[i] : fill)]))]);
    }

    private static Value Product(Call call)
    {
        var repeat = call.Keyword("repeat") is { } value ? (int)System.Numerics.BigInteger.Min(call.Evaluator.Integer(value), 1000) : 1;
        var lists = Enumerable.Repeat(call.Rest.Prepend(call.Subject).Select(call.Evaluator.Items).ToArray(), repeat).SelectMany(list => list);
        List<ImmutableArray<Value>> tuples = [[]];
        foreach (var list in lists)
        {
            call.Evaluator.Charge(tuples.Count * (long)list.Length);
            tuples = [.. tuples.SelectMany(tuple => list.Select(tuple.Add))];
        }
        return new ListValue([.. tuples.Select(tuple => new TupleValue(tuple))]);
    }

    private static Value Permutations(Call call)
    {
        var items = call.SubjectItems;
        var size = call.OptionalInt(0) ?? items.Length;
        return Arrangements(call, items, size, (chosen, i) => !chosen.Contains(i));
    }

    private static Value Combinations(Call call) =>
        Arrangements(call, call.SubjectItems, call.Int(0), (chosen, i) => chosen.IsEmpty || chosen[^1] < i);

    private static ListValue Arrangements(Call call, ImmutableArray<Value> items, int size, Func<ImmutableArray<int>, int, bool> mayFollow)
    {
        if (size < 0)
        {
            throw call.Error("r must be non-negative");
        }
        List<ImmutableArray<int>> chosen = [[]];
        for (var n = 0; n < size && chosen.Count > 0; n++)
        {
            call.Evaluator.Charge(chosen.Count * (long)items.Length);
            chosen = [.. chosen.SelectMany(one => Enumerable.Range(0, items.Length).Where(i => mayFollow(one, i)).Select(one.Add))];
        }
        return new ListValue([.. chosen.Select(one => new TupleValue([.. one.Select(i => items[i])]))]);
    }

    private static Value Rekey(Call call)
    {
        var duplicates = call.Text(1, "error");
        if (duplicates is not ("error" or "overwrite"))
        {
            throw call.Said($"duplicates parameter to rekey_on_member has unknown value: '{duplicates}'");
        }
        var items = call.Subject switch
        {
            MapValue map => [.. map.Entries.Select(entry => entry.Value)],
            TextValue => throw call.Said("Type is not a valid list, set, or dict"),
            _ => call.SubjectItems,
        };
        var mayOverwrite = duplicates == "overwrite";
        var result = new MapValue([]);
        foreach (var item in items)
        {
            if (item is not MapValue inner)
            {
                throw call.Said("List item is not a valid dict");
            }
            if (!inner.TryGet(call[0]!, out var key))
            {
                throw call.Said($"{call.Evaluator.Repr(call[0]!)} was not found");
            }
            if (result.TryGet(key, out _) && !mayOverwrite)
            {
                throw call.Said($"Key {call.Evaluator.Repr(key)} is not unique, cannot correctly turn into dict");
            }
            result = result.Merge(new MapValue([KeyValuePair.Create(call.Evaluator.Key(key), item)]));
        }
        return result;
    }
}
