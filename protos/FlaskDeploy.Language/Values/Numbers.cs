using System.Globalization;
using System.Numerics;

namespace FlaskDeploy.Language.Values;

/// <summary>Python's numbers: bool, int and float compare and hash as one kind.</summary>
internal static class Numbers
{
    internal static bool TryInteger(Value? value, out BigInteger number)
    {
        switch (value?.Reveal())
        {
            case BoolValue b:
                number = b.IsTrue ? 1 : 0;
                return true;
            case IntegerValue i:
                number = i.Number;
                return true;
            default:
                number = 0;
                return false;
        }
    }

    internal static bool TryReal(Value? value, out double number)
    {
        if (value?.Reveal() is RealValue real)
        {
            number = real.Number;
            return true;
        }
        var isInteger = TryInteger(value, out var integer);
        number = ToReal(integer);
        return isInteger;
    }

    /// <summary>The nearest float, halves to even; the conversion of the framework cuts off.</summary>
    internal static double ToReal(BigInteger integer)
    {
        var magnitude = BigInteger.Abs(integer);
        var shift = (int)Math.Min(magnitude.GetBitLength() - 63, int.MaxValue);
        if (shift <= 0)
        {
            return (long)integer;
        }
        var top = (ulong)(magnitude >> shift);
        var isCut = !(magnitude & ((BigInteger.One << shift) - 1)).IsZero;
        return Math.ScaleB(top | (isCut ? 1UL : 0UL), shift) * integer.Sign;
    }

    internal static bool IsNumber(Value? value) => value?.Reveal() is BoolValue or IntegerValue or RealValue;

    internal static bool AreEqual(Value left, Value? right) => IsNumber(left) && IsNumber(right) && Compare(left, right!) == 0;

    /// <summary>Exact, also where an integer has more digits than a float; null where one is not a number at all (nan).</summary>
    internal static int? Compare(Value left, Value right)
    {
        if (TryInteger(left, out var a) && TryInteger(right, out var b))
        {
            return a.CompareTo(b);
        }
        TryReal(left, out var x);
        TryReal(right, out var y);
        if (double.IsNaN(x) || double.IsNaN(y))
        {
            return null;
        }
        // A float beside an integer: beyond 2^53 the integer as a float would be another number.
        return TryInteger(left, out a) ? -CompareExactly(y, a) : TryInteger(right, out b) ? CompareExactly(x, b) : x.CompareTo(y);
    }

    private static int CompareExactly(double real, BigInteger integer)
    {
        if (double.IsInfinity(real))
        {
            return real > 0 ? 1 : -1;
        }
        var whole = new BigInteger(Math.Floor(real)).CompareTo(integer);
        return whole != 0 ? whole : real > Math.Floor(real) ? 1 : 0;
    }

    internal static int Hash(Value value) =>
        TryInteger(value, out var integer) ? integer.GetHashCode()
        : TryReal(value, out var real) && real == Math.Floor(real) && !double.IsInfinity(real) ? new BigInteger(real).GetHashCode()
        : real.GetHashCode();

    /// <summary>Python's <c>repr(float)</c>: shortest digits that read back, with a point or an exponent.</summary>
    internal static string Print(double number)
    {
        if (double.IsNaN(number))
        {
            return "nan";
        }
        if (double.IsInfinity(number))
        {
            return number > 0 ? "inf" : "-inf";
        }
        var round = number.ToString("R", CultureInfo.InvariantCulture);
        var exponentAt = round.IndexOf('E');
        var mantissa = (exponentAt < 0 ? round : round[..exponentAt]).TrimStart('-');
        var point = mantissa.IndexOf('.') is var dot and >= 0 ? dot : mantissa.Length;
        var exponent = exponentAt < 0 ? 0 : int.Parse(round.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var leading = digits.Length - digits.TrimStart('0').Length;
        digits = digits.Trim('0');
        var sign = double.IsNegative(number) ? "-" : "";
        if (digits.Length == 0)
        {
            return sign + "0.0";
        }
        // The number is 0.digits * 10^scale.
        var scale = point + exponent - leading;
        return sign + scale switch
        {
            <= -4 or > 16 => $"{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(scale > 0 ? '+' : '-')}{Math.Abs(scale - 1):00}",
            <= 0 => $"0.{new string('0', -scale)}{digits}",
            _ when scale >= digits.Length => $"{digits}{new string('0', scale - digits.Length)}.0",
            _ => $"{digits[..scale]}.{digits[scale..]}",
        };
    }
}
