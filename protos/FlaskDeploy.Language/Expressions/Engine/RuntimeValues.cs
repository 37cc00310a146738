using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>A tuple. Exists only while an expression is evaluated; what leaves the engine is a list.</summary>
internal sealed class TupleValue(ImmutableArray<Value> items) : Value
{
    internal ImmutableArray<Value> Items { get; } = items;

    /// <summary>Made by <c>groupby</c>: its parts have the names <c>grouper</c> and <c>list</c>.</summary>
    internal bool IsGroup { get; init; }

    public override bool IsTruthy => Items.Length > 0;

    public override bool IsUnknown => Items.Any(item => item.IsUnknown);

    public override string TypeName => "tuple";

    public override string ToString() => Items.Length == 1 ? $"({Items[0].ToRepr()},)" : $"({string.Join(", ", Items.Select(item => item.ToRepr()))})";

    public override bool Equals(Value? other) => other is TupleValue tuple && (ReferenceEquals(tuple, this) || tuple.Items.SequenceEqual(Items));

    public override int GetHashCode() => Items.Aggregate(19, HashCode.Combine);
}

/// <summary>What <c>dict.keys()</c>, <c>values()</c> and <c>items()</c> give: iterable, but no list.</summary>
internal sealed class ViewValue(string typeName, ImmutableArray<Value> items) : Value
{
    internal ImmutableArray<Value> Items { get; } = items;

    public override bool IsTruthy => Items.Length > 0;

    public override bool IsUnknown => Items.Any(item => item.IsUnknown);

    public override string TypeName => typeName;

    public override string ToString() => $"{typeName}([{string.Join(", ", Items.Select(item => item.ToRepr()))}])";

    // Views of keys and items are sets; views of values are equal only to themselves.
    public override bool Equals(Value? other) =>
        ReferenceEquals(this, other)
        || typeName != "dict_values" && other is ViewValue view && view.TypeName != "dict_values" && view.Items.Length == Items.Length && Items.All(item => view.Items.Contains(item));

    public override int GetHashCode() => Items.Length;
}

/// <summary>A range; its elements are made when they are asked for.</summary>
internal sealed class RangeValue(long start, long stop, long step) : Value
{
    internal long Count { get; } =
        step > 0 ? start < stop ? (long)(((UInt128)((Int128)stop - start) + (ulong)step - 1) / (ulong)step) : 0
        : start > stop ? (long)(((UInt128)((Int128)start - stop) + (UInt128)(-(Int128)step) - 1) / (UInt128)(-(Int128)step)) : 0;

    internal long Step => step;

    internal long At(long index) => start + index * step;

    /// <summary>A slice of it, by its bounds within this range: a range too.</summary>
    internal RangeValue Part((BigInteger Start, BigInteger Stop, BigInteger Step) bounds) =>
        new(Saturated(start + bounds.Start * step), Saturated(start + bounds.Stop * step), Saturated(bounds.Step * step));

    // A step beyond all bounds leads to one element, as does one at the bounds.
    private static long Saturated(BigInteger number) => (long)BigInteger.Clamp(number, long.MinValue, long.MaxValue);

    public override bool IsTruthy => Count > 0;

    public override string TypeName => "range";

    public override string ToString() => step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})";

    public override bool Equals(Value? other) =>
        other is RangeValue range && range.Count == Count && (Count == 0 || range.At(0) == start && (Count == 1 || range.Step == step));

    public override int GetHashCode() => Count.GetHashCode();
}

/// <summary>A thing with attributes of its own that is no data: <c>loop</c>, a namespace, a function. Never leaves the engine.</summary>
internal abstract class ObjectValue : Value
{
    public override bool IsTruthy => true;

    internal virtual Value? Attribute(string name, Evaluator evaluator) => null;

    /// <summary>What it is where data must leave the engine; null: it cannot.</summary>
    internal virtual Value? AsData => null;

    public override string ToString() => $"<{TypeName} object>";

    public override bool Equals(Value? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);
}

/// <summary>What can be called: a global, a method with the value it is of, a macro.</summary>
internal abstract class CallableValue : ObjectValue
{
    public override string TypeName => "function";

    internal abstract Value Call(Evaluator evaluator, Arguments arguments);
}

internal sealed class BoundFunction(Function function, Value subject) : CallableValue
{
    public override string TypeName => "builtin_function_or_method";

    internal override Value Call(Evaluator evaluator, Arguments arguments) => function.Invoke(evaluator, subject, arguments);
}

/// <summary>The <c>namespace()</c> object: the one thing that an inner scope may assign to.</summary>
internal sealed class NamespaceValue : ObjectValue
{
    private readonly Dictionary<string, Value> _values = [];

    public override string TypeName => "Namespace";

    internal override Value? Attribute(string name, Evaluator evaluator) => _values.GetValueOrDefault(name);

    internal void Set(string name, Value value) => _values[name] = value;

    public override string ToString() => $"<Namespace {new MapValue(_values.Select(pair => KeyValuePair.Create(Of(pair.Key), pair.Value)))}>";
}

internal sealed class CyclerValue(ImmutableArray<Value> items) : ObjectValue
{
    private int _at;

    public override string TypeName => "Cycler";

    internal override Value? Attribute(string name, Evaluator evaluator) => name switch
    {
        "current" => items[_at],
        "next" => new NativeFunction(_ =>
        {
            var current = items[_at];
            _at = (_at + 1) % items.Length;
            return current;
        }),
        "reset" => new NativeFunction(_ =>
        {
            _at = 0;
            return Null;
        }),
        _ => null,
    };
}

internal sealed class NativeFunction(Func<Arguments, Value> body) : CallableValue
{
    internal override Value Call(Evaluator evaluator, Arguments arguments) => body(arguments);
}

internal sealed class JoinerValue(string separator) : CallableValue
{
    private bool _used;

    public override string TypeName => "Joiner";

    internal override Value Call(Evaluator evaluator, Arguments arguments)
    {
        var result = Of(_used ? separator : "");
        _used = true;
        return result;
    }
}

/// <summary><c>vars</c>: all variables, rendered when they are asked for.</summary>
internal sealed class VariablesValue : ObjectValue
{
    public override string TypeName => "dict";

    internal override Value? Attribute(string name, Evaluator evaluator) => evaluator.FindVariable(name);
}
