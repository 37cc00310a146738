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
        number = (double)integer;
        return isInteger;
    }

    internal static bool AreEqual(Value left, Value? right) =>
        TryInteger(left, out var a) && TryInteger(right, out var b)
            ? a == b
            : TryReal(left, out var x) && TryReal(right, out var y) && x == y;

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
        var magnitude = Math.Abs(number);
        if (magnitude != 0 && (magnitude >= 1e16 || magnitude < 1e-4))
        {
            var text = number.ToString("E16", CultureInfo.InvariantCulture);
            var shortest = number.ToString("R", CultureInfo.InvariantCulture);
            var digits = (shortest.Contains('E') ? shortest[..shortest.IndexOf('E')] : shortest).Replace(".", "").TrimStart('-').Trim('0');
            var exponent = int.Parse(text.AsSpan(text.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            var mantissa = digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits;
            return $"{(number < 0 ? "-" : "")}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        var plain = number.ToString("R", CultureInfo.InvariantCulture);
        if (plain.Contains('E'))
        {
            plain = ((decimal)number).ToString(CultureInfo.InvariantCulture);
        }
        return plain.Contains('.') ? plain : plain + ".0";
    }
}
