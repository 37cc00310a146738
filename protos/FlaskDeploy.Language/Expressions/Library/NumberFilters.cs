using System.Globalization;
using System.Numerics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters on numbers.</summary>
internal static class NumberFilters
{
    private static readonly string[] Units = ["", "K", "M", "G", "T", "P", "E", "Z", "Y"];

    internal static Function[] All { get; } =
    [
        new("int", "default base", ToInteger),
        new("float", "default", ToReal),
        new("abs", "", Absolute),
        new("round", "precision method", Round),
        new("filesizeformat", "binary", FileSize),
        new("human_readable", "isbits unit", HumanReadable),
        new("human_to_bytes", "default_unit isbits", HumanToBytes),
        new("log", "base", call => Value.Of(Positive(call, number => call.Has(0) ? Real(call, call[0]!) is 10 ? Math.Log10(number) : Math.Log(number) / Math.Log(Real(call, call[0]!)) : Math.Log(number)))),
        new("pow", "power!", call => Value.Of(Defined(call, Math.Pow(Raised(call), Real(call, call[0]!))))),
        new("root", "base", call => Value.Of(Defined(call, call.Has(0) && Real(call, call[0]!) is var n and not 2 ? Math.Pow(Raised(call), 1 / n) : Math.Sqrt(Raised(call))))),
    ];

    private static double Real(Call call, Value value) =>
        Numbers.TryReal(value, out var number) ? number : throw call.Error($"wants a number, not {value.TypeName}");

    // As Ansible words it for log, pow and root.
    private static double Raised(Call call) =>
        Numbers.TryReal(call.Subject, out var number) ? number : throw call.Error($"can only be used on numbers, not {call.Subject.TypeName}");

    private static double Defined(Call call, double result) => double.IsNaN(result) ? throw call.Error("math domain error") : result;

    private static double Positive(Call call, Func<double, double> function)
    {
        var number = Raised(call);
        return number > 0 ? function(number) : throw call.Error("math domain error");
    }

    private static Value ToInteger(Call call)
    {
        var fallback = call[0] ?? Value.Of(0);
        switch (call.Subject)
        {
            case BoolValue or IntegerValue:
                Numbers.TryInteger(call.Subject, out var integer);
                return new IntegerValue(integer);
            case RealValue real:
                return double.IsFinite(real.Number) ? new IntegerValue(new BigInteger(Math.Truncate(real.Number))) : fallback;
            case TextValue text:
                return ParseInteger(text.Text, call.Int(1, 10)) is { } number ? new IntegerValue(number)
                    : ParseReal(text.Text) is { } parsed && double.IsFinite(parsed) ? new IntegerValue(new BigInteger(Math.Truncate(parsed)))
                    : fallback;
            default:
                return fallback;
        }
    }

    private static Value ToReal(Call call) => call.Subject switch
    {
        TextValue text => ParseReal(text.Text) is { } number ? Value.Of(number) : call[0] ?? Value.Of(0.0),
        var subject when Numbers.TryReal(subject, out var number) && (subject is RealValue || double.IsFinite(number)) => Value.Of(number),
        _ => call[0] ?? Value.Of(0.0),
    };

    /// <summary>As Python's <c>int(text, base)</c>: blanks around, a sign, a prefix that fits the base, single underscores.</summary>
    internal static BigInteger? ParseInteger(string text, int radix)
    {
        text = PythonChar.Trim(text);
        if (text.Length > 4300 || radix is < 0 or 1 or > 36)
        {
            return null;
        }
        var isNegative = text.StartsWith('-');
        if (text.Length > 0 && text[0] is '-' or '+')
        {
            text = text[1..];
        }
        var prefix = text.Length > 1 && text[0] == '0' ? char.ToLowerInvariant(text[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        if (prefix != 0 && (radix == 0 || radix == prefix))
        {
            radix = prefix;
            text = text.Length > 2 && text[2] == '_' ? text[3..] : text[2..];
        }
        else if (radix == 0)
        {
            if (text.Length > 1 && text[0] == '0' && text.Trim('0', '_').Length > 0)
            {
                return null;
            }
            radix = 10;
        }
        if (text.Length == 0 || text[0] == '_' || text[^1] == '_' || text.Contains("__", StringComparison.Ordinal))
        {
            return null;
        }
        var number = BigInteger.Zero;
        foreach (var c in text)
        {
            if (c == '_')
            {
                continue;
            }
            var digit = char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : char.IsDigit(c) ? (int)char.GetNumericValue(c) : 99;
            if (digit >= radix)
            {
                return null;
            }
            number = number * radix + digit;
        }
        return isNegative ? -number : number;
    }

    /// <summary>As Python's <c>float(text)</c>.</summary>
    internal static double? ParseReal(string text)
    {
        text = PythonChar.Trim(text);
        var bare = text.TrimStart('+', '-');
        if (text.Length - bare.Length > 1 || bare.Length == 0)
        {
            return null;
        }
        var sign = text[0] == '-' ? -1 : 1;
        switch (bare.ToLowerInvariant())
        {
            case "inf" or "infinity":
                return sign * double.PositiveInfinity;
            case "nan":
                return double.NaN;
        }
        for (var i = 0; i < bare.Length; i++)
        {
            if (bare[i] == '_' && (i == 0 || i == bare.Length - 1 || !char.IsAsciiDigit(bare[i - 1]) || !char.IsAsciiDigit(bare[i + 1])))
            {
                return null;
            }
        }
        bare = bare.Replace("_", "", StringComparison.Ordinal);
        return double.TryParse(bare, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) ? sign * number : null;
    }

    private static Value Absolute(Call call) =>
        Numbers.TryInteger(call.Subject, out var integer) ? new IntegerValue(BigInteger.Abs(integer))
        : call.Subject is RealValue real ? Value.Of(Math.Abs(real.Number))
        : throw call.Error($"bad operand type for abs(): '{call.Subject.TypeName}'");

    private static Value Round(Call call)
    {
        var digits = call.Int(0, 0);
        var method = call.Text(1, "common");
        if (method is not ("common" or "ceil" or "floor"))
        {
            throw call.Error("method must be common, ceil or floor");
        }
        if (method == "common" && Numbers.TryInteger(call.Subject, out var integer))
        {
            return new IntegerValue(digits >= 0 ? integer : RoundInteger(integer, -digits));
        }
        var number = Real(call, call.Subject);
        if (method == "common")
        {
            return Value.Of(RoundReal(number, digits));
        }
        var factor = Math.Pow(10, digits);
        var scaled = number * factor;
        var rounded = method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled);
        // Python's ceil and floor are integers, and dividing those by an integer has no negative zero.
        return Value.Of((rounded == 0 ? 0.0 : rounded) / factor);
    }

    private static BigInteger RoundInteger(BigInteger number, int digits)
    {
        if (digits > 4300)
        {
            return 0;
        }
        var unit = BigInteger.Pow(10, digits);
        var quotient = BigInteger.DivRem(BigInteger.Abs(number), unit, out var rest);
        var twice = rest * 2;
        quotient += twice > unit || twice == unit && !quotient.IsEven ? 1 : 0;
        return quotient * unit * number.Sign;
    }

    /// <summary>Correctly rounded from the exact binary value, halves to even, as Python does it.</summary>
    internal static double RoundReal(double number, int digits)
    {
        if (!double.IsFinite(number) || digits > 330)
        {
            return number;
        }
        if (digits < -330)
        {
            return Math.CopySign(0, number);
        }
        var text = ExactDecimal.Format(number, Math.Max(digits, 0));
        if (digits >= 0)
        {
            return double.Parse(text, CultureInfo.InvariantCulture);
        }
        // A fraction decides only where the whole number lies half-way: the unit is even.
        var hasFraction = number != Math.Truncate(number);
        var unit = BigInteger.Pow(10, -digits);
        var quotient = BigInteger.DivRem(BigInteger.Abs(new BigInteger(Math.Truncate(number))), unit, out var rest);
        var twice = rest * 2;
        quotient += twice > unit || twice == unit && (hasFraction || !quotient.IsEven) ? 1 : 0;
        return Math.CopySign((double)(quotient * unit), number);
    }

    private static Value FileSize(Call call)
    {
        var bytes = call.Subject is TextValue text ? ParseReal(text.Text) ?? throw call.Error($"could not convert string to float: {text.ToRepr()}") : Real(call, call.Subject);
        var isBinary = call.Flag(0);
        double unit = isBinary ? 1024 : 1000;
        if (bytes == 1)
        {
            return Value.Of("1 Byte");
        }
        if (bytes < unit)
        {
            return Value.Of($"{new BigInteger(Math.Truncate(bytes))} Bytes");
        }
        string[] names = isBinary ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"] : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        for (var i = 0; i < names.Length; i++)
        {
            if (bytes < Math.Pow(unit, i + 2) || i == names.Length - 1)
            {
                return Value.Of($"{ExactDecimal.Format(unit * bytes / Math.Pow(unit, i + 2), 1)} {names[i]}");
            }
        }
        throw new System.Diagnostics.UnreachableException();
    }

    private static Value HumanReadable(Call call)
    {
        var size = Numbers.TryReal(call.Subject, out var number) ? number : throw call.Error($"failed on bad input: {call.Evaluator.Repr(call.Subject)}");
        var wanted = call.OptionalText(1)?.ToUpperInvariant();
        var name = call.Flag(0) ? "bits" : "Bytes";
        for (var i = Units.Length - 1; i >= 0; i--)
        {
            var limit = Math.Pow(1024, i);
            if (wanted is null ? size >= limit || i == 0 : wanted.Length > 0 && (Units[i].Length > 0 ? wanted[0] == Units[i][0] : i == 0))
            {
                return Value.Of($"{ExactDecimal.Format(size / limit, 2)} {(i == 0 ? name : Units[i] + name[..1])}");
            }
        }
        throw call.Error($"there is no unit '{wanted}'");
    }

    private static Value HumanToBytes(Call call)
    {
        var text = call.SubjectText.Trim();
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
        {
            end++;
        }
        var unit = text[end..].Trim();
        unit = unit.Length == 0 ? call.OptionalText(0) ?? "" : unit;
        var isBits = call.Flag(1);
        if (ParseReal(text[..end]) is not { } number)
        {
            throw call.Error($"can't interpret '{text}' as a size");
        }
        if (unit.Length == 0)
        {
            return new IntegerValue(new BigInteger(Math.Round(number, MidpointRounding.ToEven)));
        }
        var letter = char.ToUpperInvariant(unit[0]);
        var power = letter == 'B' ? 0 : Array.IndexOf(Units, letter.ToString());
        var (sign, word) = isBits ? ('b', "bit") : ('B', "byte");
        return power >= 0 && (unit.Length == 1 || unit.Contains(word, StringComparison.OrdinalIgnoreCase) || unit[1] == sign)
            ? new IntegerValue(new BigInteger(Math.Round(number * Math.Pow(1024, power), MidpointRounding.ToEven)))
            : throw call.Error($"'{unit}' is no unit of {(isBits ? "bits" : "bytes")}");
    }
}
