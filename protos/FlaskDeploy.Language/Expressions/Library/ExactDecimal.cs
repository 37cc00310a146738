using System.Globalization;
using System.Numerics;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Decimal digits of a double's exact value, rounded half to even, as C's printf and Python do.</summary>
internal static class ExactDecimal
{
    /// <summary><c>%.Nf</c>.</summary>
    internal static string Format(double number, int digits)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        var (mantissa, exponent) = Parts(Math.Abs(number));
        var scaled = mantissa * BigInteger.Pow(10, digits);
        var rounded = exponent >= 0 ? scaled << exponent : Divided(scaled, BigInteger.One << -exponent);
        var text = rounded.ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var sign = double.IsNegative(number) ? "-" : "";
        return digits == 0 ? sign + text : $"{sign}{text[..^digits]}.{text[^digits..]}";
    }

    /// <summary><c>%.Ne</c>: a digit, the fraction, and an exponent of two digits at least.</summary>
    internal static string FormatExponent(double number, int digits)
    {
        if (!double.IsFinite(number))
        {
            return Format(number, 0);
        }
        var (text, exponent) = Significant(Math.Abs(number), digits + 1);
        var sign = double.IsNegative(number) ? "-" : "";
        return $"{sign}{text[0]}{(digits > 0 ? "." + text[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    /// <summary>So many significant digits, and the power of ten of the first.</summary>
    internal static (string Digits, int Exponent) Significant(double number, int count)
    {
        if (number == 0)
        {
            return (new string('0', count), 0);
        }
        var (mantissa, binary) = Parts(number);
        var exponent = (int)Math.Floor(Math.Log10(number));
        while (true)
        {
            var power = count - 1 - exponent;
            var top = mantissa * (power > 0 ? BigInteger.Pow(10, power) : 1) * (binary > 0 ? BigInteger.One << binary : 1);
            var bottom = (power < 0 ? BigInteger.Pow(10, -power) : 1) * (binary < 0 ? BigInteger.One << -binary : 1);
            var text = Divided(top, bottom).ToString(CultureInfo.InvariantCulture);
            if (text.Length == count)
            {
                return (text, exponent);
            }
            exponent += text.Length > count ? 1 : -1;
        }
    }

    private static BigInteger Divided(BigInteger top, BigInteger bottom)
    {
        var quotient = BigInteger.DivRem(top, bottom, out var rest);
        var twice = rest * 2;
        return twice > bottom || twice == bottom && !quotient.IsEven ? quotient + 1 : quotient;
    }

    private static (BigInteger Mantissa, int Exponent) Parts(double number)
    {
        var bits = BitConverter.DoubleToInt64Bits(number);
        var exponent = (int)((bits >> 52) & 0x7ff);
        var mantissa = bits & 0xfffffffffffffL;
        return exponent == 0 ? (mantissa, -1074) : (mantissa | 1L << 52, exponent - 1075);
    }
}
