using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// Python's protocols: truth, str, repr, iteration, equality, order.
internal sealed partial class Evaluator
{
    // Python refuses to print integers of more digits; see sys.set_int_max_str_digits.
    private const int MostDigits = 4300;

    internal bool Truth(Value value) => value is not UndefinedValue { IsLenient: true } && Use(value).IsTruthy;

    /// <summary><c>str()</c>.</summary>
    internal string Text(Value value)
    {
        if (value is UndefinedValue { IsLenient: true })
        {
            return "";
        }
        value = Use(value);
        if (value is TextValue text)
        {
            return text.Text;
        }
        var result = new StringBuilder();
        Print(result, value, isRepr: false);
        return result.ToString();
    }

    /// <summary>As a template prints it: none is nothing.</summary>
    internal string PrintedText(Value value) => value is UndefinedValue { IsLenient: true } || Use(value) is NullValue ? "" : Text(value);

    /// <summary><c>repr()</c>.</summary>
    internal string Repr(Value value)
    {
        var result = new StringBuilder();
        Print(result, value, isRepr: true);
        return result.ToString();
    }

    private void Print(StringBuilder result, Value value, bool isRepr)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        value = Use(value);
        Charge(1);
        switch (value)
        {
            case ListValue list:
                PrintItems("[", list.Items, "]");
                break;
            case TupleValue tuple:
                PrintItems("(", tuple.Items, tuple.Items.Length == 1 ? ",)" : ")");
                break;
            case ViewValue view:
                PrintItems(view.TypeName + "([", view.Items, "])");
                break;
            case MapValue map:
                result.Append('{');
                for (var i = 0; i < map.Entries.Length; i++)
                {
                    result.Append(i == 0 ? "" : ", ");
                    Print(result, map.Entries[i].Key, isRepr: true);
                    result.Append(": ");
                    Print(result, map.Entries[i].Value, isRepr: true);
                }
                result.Append('}');
                break;
            case IntegerValue integer when BigInteger.Abs(integer.Number).GetBitLength() > MostDigits * 3.33:
                throw Error($"the integer has more than {MostDigits} digits");
            default:
                result.Append(isRepr ? value.ToRepr() : value.ToString());
                break;
        }
        LimitText(result.Length);

        void PrintItems(string open, ImmutableArray<Value> items, string close)
        {
            result.Append(open);
            for (var i = 0; i < items.Length; i++)
            {
                result.Append(i == 0 ? "" : ", ");
                Print(result, items[i], isRepr: true);
            }
            result.Append(close);
        }
    }

    /// <summary>The elements of what Python can iterate: of a dict its keys, of a string its characters.</summary>
    internal ImmutableArray<Value> Items(Value value)
    {
        if (value is UndefinedValue { IsLenient: true })
        {
            return [];
        }
        value = Use(value);
        switch (value)
        {
            case ListValue list:
                return list.Items;
            case TupleValue tuple:
                return tuple.Items;
            case ViewValue view:
                return view.Items;
            case MapValue map:
                return [.. map.Entries.Select(entry => entry.Key)];
            case TextValue text:
                Charge(text.Text.Length);
                return [.. CodePoints.Split(text.Text).Select(Value.Of)];
            case RangeValue range:
                Charge(range.Count);
                var items = ImmutableArray.CreateBuilder<Value>((int)range.Count);
                for (var i = 0L; i < range.Count; i++)
                {
                    items.Add(Value.Of(range.At(i)));
                }
                return items.MoveToImmutable();
            case VariablesValue:
                return [.. Context.Variables.Names.Select(Value.Of)];
            default:
                throw Error($"'{value.TypeName}' object is not iterable");
        }
    }

    internal static bool TrySequence(Value value, out ImmutableArray<Value> items)
    {
        items = value switch
        {
            ListValue list => list.Items,
            TupleValue tuple => tuple.Items,
            ViewValue view => view.Items,
            _ => default,
        };
        return !items.IsDefault;
    }

    internal long? Length(Value value) => Use(value) switch
    {
        TextValue text => CodePoints.Length(text.Text),
        RangeValue range => range.Count,
        MapValue map => map.Count,
        var other when TrySequence(other, out var items) => items.Length,
        _ => null,
    };

    /// <summary><c>==</c>. Values that hold something unknown are neither equal nor different.</summary>
    internal bool Equal(Value left, Value right)
    {
        if (left is UndefinedValue { IsLenient: true } || right is UndefinedValue { IsLenient: true })
        {
            RefuseUndefined(left);
            RefuseUndefined(right);
            return left is UndefinedValue && right is UndefinedValue;
        }
        (left, right) = (OpenDeep(Use(left)), OpenDeep(Use(right)));
        Charge(1);
        return (left, right) switch
        {
            // A string that is the very same is equal without a look; all else as Python compares it.
            _ when ReferenceEquals(left, right) && left is not RealValue => true,
            _ => left.Equals(right),
        };
    }

    /// <summary>A key of a dict must be hashable.</summary>
    internal Value Key(Value value)
    {
        value = OpenDeep(Use(value));
        return IsHashable(value) ? value : throw Error($"unhashable type: '{value.TypeName}'");
    }

    private static bool IsHashable(Value value) => value switch
    {
        ListValue or MapValue or ViewValue => false,
        TupleValue tuple => tuple.Items.All(IsHashable),
        _ => true,
    };

    /// <summary>Below, at, above zero as the left is less, equal, greater.</summary>
    internal int Order(Value left, Value right, string symbol = "<") => TryOrder(left, right, symbol) ?? 1;

    // Null: nan, of which no comparison holds.
    private int? TryOrder(Value left, Value right, string symbol)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        (left, right) = (Use(left), Use(right));
        Charge(1);
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            return Numbers.Compare(left, right);
        }
        if (left is TextValue a && right is TextValue b)
        {
            return CodePoints.Compare(a.Text, b.Text);
        }
        if (left is ListValue or TupleValue && left.GetType() == right.GetType() && TrySequence(left, out var x) && TrySequence(right, out var y))
        {
            for (var i = 0; i < Math.Min(x.Length, y.Length); i++)
            {
                if (!Equal(x[i], y[i]))
                {
                    return TryOrder(x[i], y[i], symbol);
                }
            }
            return x.Length.CompareTo(y.Length);
        }
        if (left is IOrdered ordered && ordered.CompareTo(right) is { } order)
        {
            return order;
        }
        throw Error($"'{symbol}' not supported between instances of '{left.TypeName}' and '{right.TypeName}'");
    }

    internal BigInteger Integer(Value value)
    {
        value = Use(value);
        return Numbers.TryInteger(value, out var number) ? number : throw Error($"'{value.TypeName}' object cannot be interpreted as an integer");
    }

    /// <summary>A stable sort, as Python's is.</summary>
    internal ImmutableArray<Value> Sorted(IEnumerable<Value> items, Func<Value, Value> key, bool isReversed)
    {
        var keyed = items.Select(item => (Item: item, Key: key(item))).ToArray();
        Charge(keyed.Length * (long)Math.Max(1, BitOperations.Log2((uint)keyed.Length + 1)));
        var comparer = Comparer<(Value Item, Value Key)>.Create((a, b) => Order(a.Key, b.Key));
        // Reversed, Python keeps equal elements in their order too.
        var sorted = isReversed
            ? Enumerable.Reverse(Enumerable.Reverse(keyed).Order(comparer))
            : keyed.Order(comparer);
        try
        {
            return [.. sorted.Select(pair => pair.Item)];
        }
        catch (InvalidOperationException stop) when (stop.InnerException is EvaluationStop or UnknownStop)
        {
            // The comparer's own words, which the library's sort wraps.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(stop.InnerException);
            throw;
        }
    }

    internal static string Invariant(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>Values with an order of their own: dates and durations.</summary>
internal interface IOrdered
{
    /// <summary>Null: not with each other.</summary>
    int? CompareTo(Value other);
}
