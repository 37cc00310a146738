using System.Collections.Immutable;
using System.Numerics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters that take one sequence apart. What Jinja2 gives as a generator is a list here, as with Ansible.</summary>
internal static class SequenceFilters
{
    internal static Function[] All { get; } =
    [
        new("length", "", Length) { LooksInside = true },
        new("count", "", Length) { LooksInside = true },
        new("first", "", First) { LooksInside = true },
        new("last", "", Last) { LooksInside = true },
        new("list", "", call => new ListValue(call.SubjectItems)) { LooksInside = true },
        new("items", "", call => Pairs(call)) { LooksInside = true, TakesUndefined = true },
        new("join", "d attribute", Join),
        new("reverse", "", Reverse) { LooksInside = true },
        new("sort", "reverse case_sensitive attribute", Sort),
        new("dictsort", "case_sensitive by reverse", DictSort),
        new("unique", "case_sensitive attribute", Unique),
        new("min", "case_sensitive attribute", call => Extreme(call, wantsLess: true)),
        new("max", "case_sensitive attribute", call => Extreme(call, wantsLess: false)),
        new("sum", "attribute start", Sum),
        new("batch", "linecount! fill_with", Batch) { LooksInside = true },
        new("slice", "slices! fill_with", Slices) { LooksInside = true },
        new("groupby", "attribute! default case_sensitive", GroupBy),
        new("flatten", "levels skip_nulls", call => new ListValue([.. Flatten(call, call.SubjectItems, call.OptionalInt(0) ?? int.MaxValue, call.Flag(1, true))])) { LooksInside = true },
        new("random", "start step seed", Randomness.Pick),
        new("shuffle", "seed", Randomness.Shuffle),
    ];

    /// <summary>The part of an item that an <c>attribute</c> argument names: <c>address.city</c>, <c>0</c>.</summary>
    internal static Value Part(Call call, Value item, Value? attribute, Value? fallback = null)
    {
        if (attribute is null or NullValue)
        {
            return item;
        }
        var parts = attribute is TextValue text
            ? text.Text.Split('.').Select(part => part.Length > 0 && part.All(char.IsAsciiDigit) ? new IntegerValue(BigInteger.Parse(part)) : Value.Of(part))
            : [attribute];
        foreach (var part in parts)
        {
            item = call.Evaluator.Item(item, part);
            if (item is UndefinedValue && fallback is not null)
            {
                item = fallback;
            }
        }
        return item;
    }

    internal static Value IgnoreCase(Call call, Value value)
    {
        // What is undefined is an error only when it is compared, so never of one item alone.
        value = value is UndefinedValue ? value : call.Evaluator.Use(value);
        return value is TextValue text ? Value.Of(PythonCase.Lower(text.Text)) : value;
    }

    private static Value Length(Call call) =>
        call.Evaluator.Length(call.Subject) is { } length ? Value.Of(length) : throw call.Error($"object of type '{call.Subject.TypeName}' has no len()");

    private static Value First(Call call) =>
        call.Subject is RangeValue { Count: > 0 } range ? Value.Of(range.At(0))
        : call.SubjectItems is { Length: > 0 } items ? items[0] : call.Evaluator.UndefinedResult("No first item, sequence was empty.");

    private static Value Last(Call call) =>
        call.Subject is RangeValue { Count: > 0 } range ? Value.Of(range.At(range.Count - 1))
        : call.SubjectItems is { Length: > 0 } items ? items[^1] : call.Evaluator.UndefinedResult("No last item, sequence was empty.");

    private static ListValue Pairs(Call call) =>
        call.Subject is UndefinedValue ? new ListValue([])
        : call.Evaluator.Use(call.Subject) is MapValue map ? new ListValue([.. map.Entries.Select(entry => new TupleValue([entry.Key, entry.Value]))])
        : throw call.Error("can only get item pairs from a mapping");

    private static Value Join(Call call)
    {
        var items = call.SubjectItems.Select(item => Part(call, item, call[1])).ToList();
        var separator = call[0] ?? Value.Of("");
        var result = new System.Text.StringBuilder();
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
            {
                result.Append(call.Evaluator.Text(separator));
            }
            result.Append(call.Evaluator.Text(items[i]));
            call.Evaluator.LimitText(result.Length);
        }
        return Value.Of(result.ToString());
    }

    private static Value Reverse(Call call) =>
        call.Subject is TextValue text ? new TextValue(CodePoints.Reverse(text.Text)) { IsMarkup = text.IsMarkup }
        : call.Evaluator.Length(call.Subject) is null ? throw call.Error("argument must be iterable")
        : new ListValue([.. call.SubjectItems.Reverse()]);

    private static Value Sort(Call call)
    {
        var attributes = call[2] is TextValue text ? text.Text.Split(',').Select(Value.Of).ToArray() : [call[2] ?? Value.Null];
        return new ListValue(call.Evaluator.Sorted(call.SubjectItems, Key, call.Flag(0)));

        Value Key(Value item)
        {
            var parts = attributes.Select(attribute => Part(call, item, attribute)).Select(part => call.Flag(1) ? part : IgnoreCase(call, part));
            return attributes.Length == 1 ? parts.First() : new ListValue([.. parts]);
        }
    }

    private static Value DictSort(Call call)
    {
        var by = call.Text(1, "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw call.Error("you can only sort by either \"key\" or \"value\""),
        };
        return new ListValue(call.Evaluator.Sorted(
            call.SubjectMap.Entries.Select(entry => new TupleValue([entry.Key, entry.Value])),
            pair => call.Flag(0) ? ((TupleValue)pair).Items[by] : IgnoreCase(call, ((TupleValue)pair).Items[by]),
            call.Flag(2)));
    }

    private static Value Unique(Call call)
    {
        // As Ansible, also of lists and dicts.
        var isExact = call.Flag(0);
        var seen = new HashSet<Value>();
        var kept = ImmutableArray.CreateBuilder<Value>();
        foreach (var item in call.SubjectItems)
        {
            var part = call.Evaluator.Use(Part(call, item, call[1]));
            call.Evaluator.Charge(1);
            // Ansible takes another way for what Python cannot hash, and that one knows no case.
            if (part is MapValue or ListValue && call.Has(0) && !isExact)
            {
                throw call.Error("cannot fall back to a comparison that ignores case for lists and dicts");
            }
            if (seen.Add(isExact ? part : IgnoreCase(call, part)))
            {
                kept.Add(item);
            }
        }
        return new ListValue(kept.ToImmutable());
    }

    private static Value Extreme(Call call, bool wantsLess)
    {
        Value? best = null;
        Value? bestKey = null;
        foreach (var item in call.SubjectItems)
        {
            var part = Part(call, item, call[1]);
            var key = call.Flag(0) ? part : IgnoreCase(call, part);
            if (bestKey is null || (wantsLess ? call.Evaluator.Order(key, bestKey) < 0 : call.Evaluator.Compare(Comparison.Greater, key, bestKey)))
            {
                (best, bestKey) = (item, key);
            }
        }
        return best ?? call.Evaluator.UndefinedResult("No aggregated item, sequence was empty.");
    }

    private static Value Sum(Call call)
    {
        var sum = call[1] ?? Value.Of(0);
        if (sum is TextValue)
        {
            throw call.Error("sum() can't sum strings [use ''.join(seq) instead]");
        }
        foreach (var item in call.SubjectItems)
        {
            sum = call.Evaluator.Add(sum, Part(call, item, call[0]));
        }
        return sum;
    }

    private static Value Batch(Call call)
    {
        var size = call.Int(0);
        if (size <= 0)
        {
            throw call.Error("linecount must be at least 1");
        }
        return new ListValue([.. call.SubjectItems.Chunk(size).Select(chunk =>
            new ListValue([.. chunk, .. Enumerable.Repeat(call[1] ?? Value.Null, call.Has(1) ? Charged(size - chunk.Length) : 0)]))]);

        int Charged(int count)
        {
            call.Evaluator.Charge(count);
            return count;
        }
    }

    private static Value Slices(Call call)
    {
        var items = call.SubjectItems;
        var slices = call.Int(0);
        if (slices <= 0)
        {
            return slices == 0 ? throw call.Error("integer division or modulo by zero") : new ListValue([]);
        }
        call.Evaluator.Charge(slices);
        var (size, extra) = (items.Length / slices, items.Length % slices);
        var at = 0;
        var result = ImmutableArray.CreateBuilder<Value>();
        for (var i = 0; i < slices; i++)
        {
            var count = size + (i < extra ? 1 : 0);
            IEnumerable<Value> part = items.Slice(at, count);
            result.Add(new ListValue([.. call.Has(1) && i >= extra ? part.Append(call[1]!) : part]));
            at += count;
        }
        return new ListValue(result.ToImmutable());
    }

    private static Value GroupBy(Call call)
    {
        var groups = new List<(Value Key, Value Shown, ImmutableArray<Value>.Builder Items)>();
        foreach (var item in call.Evaluator.Sorted(call.SubjectItems, Key, isReversed: false))
        {
            var key = Key(item);
            if (groups.Count == 0 || !call.Evaluator.Equal(groups[^1].Key, key))
            {
                groups.Add((key, Shown(item), ImmutableArray.CreateBuilder<Value>()));
            }
            groups[^1].Items.Add(item);
        }
        return new ListValue([.. groups.Select(group => new TupleValue([group.Shown, new ListValue(group.Items.ToImmutable())]) { IsGroup = true })]);

        Value Shown(Value item) => Part(call, item, call[0], call.Has(1) ? call[1] : null);

        Value Key(Value item) => call.Flag(2) ? Shown(item) : IgnoreCase(call, Shown(item));
    }

    internal static IEnumerable<Value> Flatten(Call call, ImmutableArray<Value> items, int levels, bool skipsNulls)
    {
        foreach (var item in items)
        {
            call.Evaluator.Charge(1);
            var inner = item.Reveal();
            if (skipsNulls && inner is NullValue || inner is TextValue { Text: "None" or "null" } && skipsNulls)
            {
                continue;
            }
            if (Evaluator.TrySequence(inner, out var nested) && levels > 0)
            {
                System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
                foreach (var each in Flatten(call, nested, levels - 1, skipsNulls))
                {
                    yield return each;
                }
            }
            else
            {
                yield return item;
            }
        }
    }
}
