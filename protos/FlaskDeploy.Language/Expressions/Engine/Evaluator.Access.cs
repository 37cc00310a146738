using System.Collections.Immutable;
using System.Numerics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// a.b, a[b] and slices.
internal sealed partial class Evaluator
{
    /// <summary>As Jinja2 reads <c>a.b</c>: a method or attribute first, then an entry. Undefined stays undefined.</summary>
    internal Value Attribute(Value target, string name)
    {
        target = Opened(target);
        return target switch
        {
            UndefinedValue { IsLenient: true } nothing => throw Undefined(nothing),
            UndefinedValue or UnknownValue => target,
            ObjectValue thing when thing.Attribute(name, this) is { } value => session.Settle(value, name),
            MomentValue moment when Moments.Attribute(moment, name, this) is { } value => value,
            _ when Methods.Find(target, name) is { } method => new BoundFunction(method, target),
            MapValue map when map.TryGet(name, out var value) => Rendered(value, name),
            TupleValue { IsGroup: true } group when name is "grouper" or "list" => group.Items[name == "list" ? 1 : 0],
            _ => Missing(target, $"has no attribute {PythonText.Quote(name)}", name),
        };
    }

    /// <summary>As Jinja2 reads <c>a[b]</c>: an entry or element first, then a method or attribute.</summary>
    internal Value Item(Value target, Value key)
    {
        target = Opened(target);
        if (target is UndefinedValue { IsLenient: true } nothing)
        {
            throw Undefined(nothing);
        }
        if (target is UndefinedValue or UnknownValue)
        {
            return target;
        }
        key = Use(key);
        switch (target)
        {
            case MapValue map:
                if (IsHashable(key) && map.TryGet(OpenDeep(key), out var found))
                {
                    return Rendered(found, (key as TextValue)?.Text);
                }
                break;
            case TextValue text when Numbers.TryInteger(key, out var index):
                var length = CodePoints.Length(text.Text);
                return Position(index, length) is { } at ? Value.Of(CodePoints.Part(text.Text, at, 1)) : Missing(target, $"has no element {index}", null);
            case RangeValue range when Numbers.TryInteger(key, out var index):
                return index >= -range.Count && index < range.Count
                    ? Value.Of(range.At((long)(index < 0 ? index + range.Count : index)))
                    : Missing(target, $"has no element {index}", null);
            case ListValue or TupleValue when Numbers.TryInteger(key, out var index):
                TrySequence(target, out var items);
                return Position(index, items.Length) is { } place ? Rendered(items[place], null) : Missing(target, $"has no element {index}", null);
            case VariablesValue when key is TextValue variable:
                return FindVariable(variable.Text) ?? UndefinedName(variable.Text);
        }
        if (key is TextValue name)
        {
            return target is TupleValue { IsGroup: true } && name.Text is "grouper" or "list" ? ((TupleValue)target).Items[name.Text == "list" ? 1 : 0]
                : target is ObjectValue thing && thing.Attribute(name.Text, this) is { } value ? value
                : target is MomentValue moment && Moments.Attribute(moment, name.Text, this) is { } part ? part
                : Methods.Find(target, name.Text) is { } method ? new BoundFunction(method, target)
                : Missing(target, $"has no attribute {PythonText.Quote(name.Text)}", name.Text);
        }
        return Missing(target, $"has no element {Repr(key)}", null);
    }

    // Only the thing itself is rendered, not all that it holds: one look into a dict must not need the others.
    private Value Opened(Value target)
    {
        if (target is TemplateValue template)
        {
            target = session.Open(template, null);
        }
        if (target is SecretValue secret)
        {
            Touch();
            return Opened(secret.Reveal());
        }
        return target;
    }

    private Value Rendered(Value value, string? name) => value is TemplateValue template ? session.Open(template, name) : value;

    private static int? Position(BigInteger index, int length) =>
        index >= -length && index < length ? (int)(index < 0 ? index + length : index) : null;

    private UndefinedValue Missing(Value target, string what, string? name)
    {
        var type = target is NullValue ? "None" : $"{target.TypeName} object";
        var known = target is MapValue map && name is not null ? map.Entries.Select(entry => entry.Key).OfType<TextValue>().Select(key => key.Text) : [];
        // As Jinja2 says it, which playbooks compare.
        return UndefinedResult(name is null ? $"{type} {what}" : $"'{type}' {what}", name is null ? null : Diagnostics.Suggestion.For(name, known));
    }

    private Value Slice(Value target, Value? start, Value? stop, Value? step)
    {
        switch (target)
        {
            case TextValue text:
                if (CodePoints.IsSimple(text.Text))
                {
                    return new TextValue(new string([.. Indexes(text.Text.Length, start, stop, step).Select(i => text.Text[i])])) { IsMarkup = text.IsMarkup };
                }
                var characters = CodePoints.Split(text.Text).ToList();
                return Value.Of(string.Concat(Indexes(characters.Count, start, stop, step).Select(i => characters[i])));
            case ListValue list:
                return new ListValue([.. Indexes(list.Items.Length, start, stop, step).Select(i => list.Items[i])]);
            case TupleValue tuple:
                return new TupleValue([.. Indexes(tuple.Items.Length, start, stop, step).Select(i => tuple.Items[i])]);
            case RangeValue range:
                return range.Part(Bounds(range.Count, start, stop, step));
            default:
                throw Error($"'{target.TypeName}' object is not subscriptable");
        }
    }

    private List<int> Indexes(int length, Value? startValue, Value? stopValue, Value? stepValue)
    {
        var (start, stop, step) = Bounds(length, startValue, stopValue, stepValue);
        var indexes = new List<int>();
        for (var i = start; step > 0 ? i < stop : i > stop; i += step)
        {
            indexes.Add((int)i);
        }
        Charge(indexes.Count / 8);
        return indexes;
    }

    // As Python's slice.indices(): within what there is.
    private (BigInteger Start, BigInteger Stop, BigInteger Step) Bounds(long length, Value? startValue, Value? stopValue, Value? stepValue)
    {
        var step = stepValue is null ? 1 : Bound(stepValue);
        if (step.IsZero)
        {
            throw Error("slice step cannot be zero");
        }
        var isForward = step.Sign > 0;
        var start = startValue is null ? isForward ? 0 : length - 1 : Clamped(Bound(startValue));
        var stop = stopValue is null ? isForward ? length : -1 : Clamped(Bound(stopValue));
        return (start, stop, step);

        BigInteger Bound(Value value) => Numbers.TryInteger(value, out var number) ? number : throw Error("slice indices must be integers or None");

        BigInteger Clamped(BigInteger value)
        {
            value = value.Sign < 0 ? value + length : value;
            return BigInteger.Clamp(value, isForward ? 0 : -1, isForward ? length : length - 1);
        }
    }
}
