using System.Collections.Immutable;
using System.Diagnostics;
using System.Numerics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// Arithmetic and comparison, with Python's results and its refusals.
internal sealed partial class Evaluator
{
    // Beyond this an integer is no number that a playbook means, and powers of it end nowhere.
    private const long MostBits = 1 << 18;

    private Value EvalBinary(BinaryNode node)
    {
        var left = Eval(node.Left);
        var right = Eval(node.Right);
        _at = node.At;
        left = Use(left);
        // A format that has no place for its argument does not mind what that is.
        return Binary(node.Operator, left, node.Operator == BinaryOperator.Modulo && left is TextValue && right is UndefinedValue ? right : Use(right));
    }

    internal Value Add(Value left, Value right) => Binary(BinaryOperator.Add, Use(left), Use(right));

    internal Value Modulo(Value left, Value right) => Binary(BinaryOperator.Modulo, Use(left), Use(right));

    private Value Binary(BinaryOperator op, Value left, Value right)
    {
        if (left is IArithmetic a && a.Apply(op, right, this) is { } result)
        {
            return result;
        }
        if (Numbers.TryInteger(left, out var x) && Numbers.TryInteger(right, out var y))
        {
            return Integers(op, x, y);
        }
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            return Reals(op, Real(left), Real(right));
        }
        return op switch
        {
            BinaryOperator.Add => Joined(left, right),
            BinaryOperator.Multiply when Numbers.TryInteger(right, out y) && Repeated(left, y) is { } repeated => repeated,
            BinaryOperator.Multiply when Numbers.TryInteger(left, out x) && Repeated(right, x) is { } repeated => repeated,
            BinaryOperator.Modulo when left is TextValue format => new TextValue(PercentFormat.Format(this, format.Text, right)) { IsMarkup = format.IsMarkup },
            BinaryOperator.Subtract when left is ViewValue view => new ListValue([.. view.Items.Where(item => !Items(right).Contains(item))]),
            _ => throw Unsupported(op, left, right),
        } ?? throw Unsupported(op, left, right);
    }

    private double Real(Value value)
    {
        Numbers.TryReal(value, out var number);
        return double.IsInfinity(number) && value is not RealValue ? throw Error("int too large to convert to float") : number;
    }

    private EvaluationStop Unsupported(BinaryOperator op, Value left, Value right) =>
        op == BinaryOperator.Add && left is TextValue ? Error($"can only concatenate str (not \"{right.TypeName}\") to str")
        : op == BinaryOperator.Add && left is ListValue ? Error($"can only concatenate list (not \"{right.TypeName}\") to list")
        : Error($"unsupported operand type(s) for {Symbol(op)}: '{left.TypeName}' and '{right.TypeName}'");

    private static string Symbol(BinaryOperator op) => op switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.FloorDivide => "//",
        BinaryOperator.Modulo => "%",
        _ => "** or pow()",
    };

    private Value? Joined(Value left, Value right)
    {
        switch (left, right)
        {
            case (TextValue { IsMarkup: true } or TextValue, TextValue) when left is TextValue { IsMarkup: true } || right is TextValue { IsMarkup: true }:
                return new TextValue(Markup.Escape(this, left).Text + Markup.Escape(this, right).Text) { IsMarkup = true };
            case (TextValue a, TextValue b):
                LimitText(a.Text.Length + (long)b.Text.Length);
                Charge((a.Text.Length + b.Text.Length) / 64);
                return Value.Of(a.Text + b.Text);
            case (ListValue a, ListValue b):
                Charge(a.Items.Length + b.Items.Length);
                return new ListValue(a.Items.AddRange(b.Items));
            case (TupleValue a, TupleValue b):
                Charge(a.Items.Length + b.Items.Length);
                return new TupleValue(a.Items.AddRange(b.Items));
            default:
                return null;
        }
    }

    private Value? Repeated(Value value, BigInteger times)
    {
        var count = times.Sign < 0 ? 0 : times;
        if (BigInteger.Abs(times) > long.MaxValue && value is TextValue or ListValue or TupleValue)
        {
            throw Error("cannot fit 'int' into an index-sized integer");
        }
        switch (value)
        {
            case TextValue text:
                LimitText((long)BigInteger.Min(count * text.Text.Length, long.MaxValue));
                return new TextValue(string.Concat(Enumerable.Repeat(text.Text, text.Text.Length == 0 ? 0 : (int)count))) { IsMarkup = text.IsMarkup };
            case ListValue list:
                return new ListValue(Copies(list.Items));
            case TupleValue tuple:
                return new TupleValue(Copies(tuple.Items));
            default:
                return null;
        }

        ImmutableArray<Value> Copies(ImmutableArray<Value> items)
        {
            Charge((long)BigInteger.Min(count * items.Length, long.MaxValue / 2));
            return [.. Enumerable.Repeat(items, items.Length == 0 ? 0 : (int)count).SelectMany(copy => copy)];
        }
    }

    private Value Integers(BinaryOperator op, BigInteger x, BigInteger y)
    {
        switch (op)
        {
            case BinaryOperator.Add:
                return Limited(x + y);
            case BinaryOperator.Subtract:
                return Limited(x - y);
            case BinaryOperator.Multiply:
                return Limited(x * y);
            case BinaryOperator.Power when y.Sign < 0:
                return x.IsZero ? throw Error("0.0 cannot be raised to a negative power") : Value.Of(Math.Pow((double)x, (double)y));
            case BinaryOperator.Power:
                if (BigInteger.Abs(x) > 1 && x.GetBitLength() * BigInteger.Abs(y) > MostBits)
                {
                    throw TooLarge();
                }
                return new IntegerValue(BigInteger.Abs(x) <= 1 ? SmallPower(x, y) : BigInteger.Pow(x, (int)y));
            case BinaryOperator.Divide:
                return y.IsZero ? throw Error("division by zero") : Quotient(x, y);
            default:
                if (y.IsZero)
                {
                    throw Error(op == BinaryOperator.Modulo ? "integer modulo by zero" : "integer division or modulo by zero");
                }
                var quotient = BigInteger.DivRem(x, y, out var remainder);
                // Python rounds towards minus infinity.
                var isAdjusted = !remainder.IsZero && remainder.Sign != y.Sign;
                return new IntegerValue(op == BinaryOperator.Modulo ? isAdjusted ? remainder + y : remainder : isAdjusted ? quotient - 1 : quotient);
        }
    }

    private static BigInteger SmallPower(BigInteger x, BigInteger y) => y.IsZero || x.IsOne ? 1 : x.IsZero ? 0 : y.IsEven ? 1 : -1;

    private EvaluationStop TooLarge() => Stop(Diagnostics.DiagnosticCodes.BudgetExceeded, "evaluation was given up: an integer grows too large");

    private IntegerValue Limited(BigInteger number)
    {
        var bits = number.GetBitLength();
        if (bits > MostBits)
        {
            throw TooLarge();
        }
        Charge(bits / 256);
        return new IntegerValue(number);
    }

    // The quotient of integers is correctly rounded, also where they are too large for a float.
    private RealValue Quotient(BigInteger x, BigInteger y)
    {
        var (a, b) = ((double)x, (double)y);
        if (BigInteger.Abs(x) <= 1L << 53 && BigInteger.Abs(y) <= 1L << 53)
        {
            return new RealValue(a / b);
        }
        var shift = (int)(66 - (x.GetBitLength() - y.GetBitLength()));
        var scaled = shift > 0 ? BigInteger.DivRem(x << shift, y, out var rest) : BigInteger.DivRem(x, y << -shift, out rest);
        // A sticky bit stands for what was cut off, so that the conversion rounds as if it were there.
        var sticky = (scaled << 1) | (rest.IsZero ? 0 : 1);
        var result = Math.ScaleB(Numbers.ToReal(sticky), -shift - 1);
        return double.IsInfinity(result) ? throw Error("integer division result too large for a float") : new RealValue(result);
    }

    private RealValue Reals(BinaryOperator op, double x, double y)
    {
        if (y == 0 && op is BinaryOperator.Divide or BinaryOperator.FloorDivide or BinaryOperator.Modulo && y == 0)
        {
            throw Error(op switch
            {
                BinaryOperator.Divide => "float division by zero",
                BinaryOperator.FloorDivide => "float floor division by zero",
                _ => "float modulo",
            });
        }
        var result = op switch
        {
            BinaryOperator.Add => x + y,
            BinaryOperator.Subtract => x - y,
            BinaryOperator.Multiply => x * y,
            BinaryOperator.Divide => x / y,
            BinaryOperator.FloorDivide => FloorDivide(x, y),
            BinaryOperator.Modulo => Modulo(x, y),
            BinaryOperator.Power => Power(x, y),
            _ => throw new UnreachableException(),
        };
        return new RealValue(result);
    }

    // As CPython's float_floor_div: by way of the remainder.
    private static double FloorDivide(double x, double y)
    {
        var modulo = x % y;
        var quotient = (x - modulo) / y;
        if (modulo != 0 && (y < 0) != (modulo < 0))
        {
            quotient -= 1;
        }
        if (quotient == 0)
        {
            return Math.CopySign(0, x / y);
        }
        var floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static double Modulo(double x, double y)
    {
        var modulo = x % y;
        return modulo != 0 ? (y < 0) != (modulo < 0) ? modulo + y : modulo : Math.CopySign(0, y);
    }

    private double Power(double x, double y)
    {
        if (x == 0 && y < 0)
        {
            throw Error("0.0 cannot be raised to a negative power");
        }
        var result = Math.Pow(x, y);
        return double.IsNaN(result) && !double.IsNaN(x) && !double.IsNaN(y) ? throw Error("the power of a negative number is complex")
            : double.IsInfinity(result) && !double.IsInfinity(x) && !double.IsInfinity(y) ? throw Error("(34, 'Numerical result out of range')")
            : result;
    }

    private Value Negate(Value value) => value switch
    {
        _ when Numbers.TryInteger(value, out var integer) => new IntegerValue(-integer),
        RealValue real => new RealValue(-real.Number),
        IArithmetic arithmetic when arithmetic.Apply(BinaryOperator.Multiply, Value.Of(-1), this) is { } result => result,
        _ => throw Error($"bad operand type for unary -: '{value.TypeName}'"),
    };

    private Value Plus(Value value) => value switch
    {
        _ when Numbers.TryInteger(value, out var integer) => new IntegerValue(integer),
        RealValue => value,
        _ => throw Error($"bad operand type for unary +: '{value.TypeName}'"),
    };

    private Value EvalCompare(CompareNode node)
    {
        var left = Eval(node.First);
        foreach (var (op, operand) in node.Rest)
        {
            var right = Eval(operand);
            _at = node.At;
            if (!Compare(op, left, right))
            {
                return Value.False;
            }
            left = right;
        }
        return Value.True;
    }

    internal bool Compare(Comparison op, Value left, Value right) => op switch
    {
        Comparison.Equal => Equal(left, right),
        Comparison.NotEqual => !Equal(left, right),
        Comparison.Less => TryOrder(left, right, "<") < 0,
        Comparison.LessOrEqual => TryOrder(left, right, "<=") <= 0,
        Comparison.Greater => TryOrder(left, right, ">") > 0,
        Comparison.GreaterOrEqual => TryOrder(left, right, ">=") >= 0,
        Comparison.In => Contains(right, left),
        Comparison.NotIn => !Contains(right, left),
        _ => throw new UnreachableException(),
    };

    /// <summary><c>needle in haystack</c>.</summary>
    internal bool Contains(Value haystack, Value needle)
    {
        if (haystack is UndefinedValue { IsLenient: true })
        {
            return false;
        }
        haystack = Use(haystack);
        if (IsNeverLookedAt(needle, haystack))
        {
            return false;
        }
        needle = needle is UndefinedValue { IsLenient: true } && haystack is not TextValue ? needle : Use(needle);
        switch (haystack)
        {
            case TextValue text:
                return needle is TextValue part
                    ? text.Text.Contains(part.Text, StringComparison.Ordinal)
                    : throw Error($"'in <string>' requires string as left operand, not {needle.TypeName}");
            case MapValue map:
                return needle is not UndefinedValue && map.Has(Key(needle));
            case RangeValue range:
                return Numbers.TryInteger(needle, out var number) && number >= long.MinValue && number <= long.MaxValue && range.Count > 0
                    && IsIn(range, (long)number);
            case VariablesValue:
                return needle is TextValue name && Context.Variables.Find(name.Text) is not null;
            default:
                if (!TrySequence(haystack, out var items))
                {
                    throw Error($"argument of type '{haystack.TypeName}' is not iterable");
                }
                return ContainsAny(items, needle);
        }
    }

    // As in Python, what stands in nothing is not compared with anything, and so may be undefined; what is no pair is no item.
    private static bool IsNeverLookedAt(Value needle, Value haystack) => haystack switch
    {
        RangeValue range => range.Count == 0,
        ViewValue { TypeName: "dict_keys" } => false,
        ViewValue { TypeName: "dict_items" } when needle is UndefinedValue => true,
        _ => TrySequence(haystack, out var items) && items.IsEmpty,
    };

    // Found is found, whatever else is in the list; not found while something is unknown is unknown.
    private bool ContainsAny(ImmutableArray<Value> items, Value needle)
    {
        UnknownStop? unknown = null;
        foreach (var item in items)
        {
            try
            {
                if (Equal(item, needle))
                {
                    return true;
                }
            }
            catch (UnknownStop stop)
            {
                unknown ??= stop;
            }
        }
        return unknown is null ? false : throw unknown;
    }

    private static bool IsIn(RangeValue range, long number)
    {
        var distance = (Int128)number - range.At(0);
        return distance % range.Step == 0 && distance / range.Step is var index && index >= 0 && index < range.Count;
    }
}

/// <summary>Values with an arithmetic of their own: dates and durations.</summary>
internal interface IArithmetic
{
    /// <summary>Null: not with each other.</summary>
    Value? Apply(BinaryOperator op, Value right, Evaluator evaluator);
}
