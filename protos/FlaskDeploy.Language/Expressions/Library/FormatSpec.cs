using System.Globalization;
using System.Numerics;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>What stands after the colon in <c>'{:>8.2f}'</c>. https://docs.python.org/3/library/string.html#formatspec</summary>
internal sealed record FormatSpec(string Fill, char Align, char Sign, bool IsAlternate, bool HasZeros, int Width, char Grouping, int? Precision, char Type)
{
    internal static FormatSpec Parse(Evaluator evaluator, string text)
    {
        var at = 0;
        var (fill, align) = (" ", '\0');
        var first = CodePoints.Part(text, 0, 1);
        if (first.Length > 0 && text.Length > first.Length && text[first.Length] is '<' or '>' or '=' or '^' && text.Length > first.Length)
        {
            (fill, align) = (first, text[first.Length]);
            at = first.Length + 1;
        }
        else if (text.Length > 0 && text[0] is '<' or '>' or '=' or '^' && text.Length > 0)
        {
            align = text[0];
            at = 1;
        }
        var sign = at < text.Length && text[at] is '+' or '-' or ' ' && at < text.Length ? text[at++] : '\0';
        var isAlternate = Take('#');
        var hasZeros = Take('0');
        var width = Number() ?? 0;
        var grouping = at < text.Length && text[at] is ',' or '_' && at < text.Length ? text[at++] : '\0';
        int? precision = null;
        if (Take('.'))
        {
            precision = Number() ?? throw evaluator.Error("Format specifier missing precision");
        }
        var type = at < text.Length ? text[at++] : '\0';
        if (at < text.Length)
        {
            throw evaluator.Error($"Invalid format specifier '{text}'");
        }
        evaluator.LimitText(width);
        evaluator.LimitText((precision ?? 0) * 16L);
        return new FormatSpec(fill, align, sign, isAlternate, hasZeros, width, grouping, precision, type);

        bool Take(char c)
        {
            var isIt = at < text.Length && text[at] == c;
            at += isIt ? 1 : 0;
            return isIt;
        }

        int? Number()
        {
            var start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }
            return at == start ? null
                : int.TryParse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture, out var number) ? number
                : throw evaluator.Error("Too many decimal digits in format string");
        }
    }

    internal string Apply(Evaluator evaluator, Value value)
    {
        value = evaluator.Use(value);
        if (value is TextValue text)
        {
            return Type is '\0' or 's' && Sign == '\0' && !IsAlternate && Align != '=' && Grouping == '\0'
                ? Padded("", Precision is { } most ? CodePoints.Part(text.Text, 0, most) : text.Text, '<')
                : throw Unknown(evaluator, value);
        }
        if (Numbers.IsNumber(value))
        {
            return Type switch
            {
                '\0' or 'd' or 'n' or 'b' or 'o' or 'x' or 'X' or 'c' when Numbers.TryInteger(value, out var integer) => Integer(evaluator, integer),
                '\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%' when Numbers.TryReal(value, out var real) => Real(real, evaluator),
                _ => throw Unknown(evaluator, value),
            };
        }
        return this == Plain ? evaluator.Text(value) : throw evaluator.Error($"unsupported format string passed to {value.TypeName}.__format__");
    }

    internal static FormatSpec Plain { get; } = new(" ", '\0', '\0', false, false, 0, '\0', null, '\0');

    private EvaluationStop Unknown(Evaluator evaluator, Value value) =>
        evaluator.Error($"Unknown format code '{(Type == '\0' ? "=" : Type)}' for object of type '{value.TypeName}'");

    private string Integer(Evaluator evaluator, BigInteger number)
    {
        if (Precision is not null)
        {
            throw evaluator.Error("Precision not allowed in integer format specifier");
        }
        if (Type == 'c')
        {
            return Padded("", number >= 0 && number <= 0x10ffff && number is var code && !(code >= 0xd800 && code <= 0xdfff)
                ? char.ConvertFromUtf32((int)number)
                : throw evaluator.Error("%c arg not in range(0x110000)"), '<');
        }
        var magnitude = BigInteger.Abs(number);
        var (digits, prefix) = Type switch
        {
            'b' => (InBase(magnitude, 2), "0b"),
            'o' => (InBase(magnitude, 8), "0o"),
            'x' => (InBase(magnitude, 16), "0x"),
            'X' => (InBase(magnitude, 16).ToUpperInvariant(), "0X"),
            _ => (magnitude.ToString(CultureInfo.InvariantCulture), ""),
        };
        var sign = SignOf(number.Sign < 0) + (IsAlternate ? prefix : "");
        return Padded(sign, Grouped(digits, Type is 'b' or 'o' or 'x' or 'X' ? 4 : 3, sign.Length), '>');
    }

    private string Real(double number, Evaluator evaluator)
    {
        var magnitude = Math.Abs(number);
        var text = Type switch
        {
            'e' or 'E' => ExactDecimal.FormatExponent(magnitude, Precision ?? 6),
            'f' or 'F' => ExactDecimal.Format(magnitude, Precision ?? 6),
            '%' => ExactDecimal.Format(magnitude * 100, Precision ?? 6) + "%",
            'g' or 'G' or 'n' => General(magnitude, Precision ?? 6, IsAlternate),
            _ when Precision is { } precision => GeneralWithPoint(magnitude, precision),
            _ => Numbers.Print(magnitude),
        };
        if (char.IsUpper(Type))
        {
            text = text.ToUpperInvariant();
        }
        evaluator.LimitText(text.Length);
        var end = 0;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }
        var sign = SignOf(double.IsNegative(number) && !double.IsNaN(number));
        var tail = text[end..];
        return Padded(sign, end == 0 ? text : Grouped(text[..end], 3, sign.Length + tail.Length) + tail, '>');
    }

    internal static string General(double number, int precision, bool keepsZeros)
    {
        if (!double.IsFinite(number))
        {
            return ExactDecimal.Format(number, 0);
        }
        precision = Math.Max(precision, 1);
        var exponent = ExactDecimal.Significant(Math.Abs(number), precision).Exponent;
        var isPlain = exponent >= -4 && exponent < precision;
        var text = isPlain ? ExactDecimal.Format(number, precision - 1 - exponent) : ExactDecimal.FormatExponent(number, precision - 1);
        if (keepsZeros)
        {
            return text;
        }
        var (mantissa, rest) = text.IndexOf('e') is var e and >= 0 ? (text[..e], text[e..]) : (text, "");
        return (mantissa.Contains('.') ? mantissa.TrimEnd('0').TrimEnd('.') : mantissa) + rest;
    }

    // Without a type, a float keeps one digit after the point.
    private static string GeneralWithPoint(double number, int precision)
    {
        var text = General(number, precision, keepsZeros: false);
        if (!double.IsFinite(number) || text.Contains('.') || text.Contains('e'))
        {
            return text;
        }
        return text.Length >= Math.Max(precision, 1) && precision != 0 && text.TrimStart('0').Length >= precision
            ? General(number, precision, keepsZeros: false) is var _ && precision <= text.Length ? ExponentForm(number, precision) ?? text + ".0" : text + ".0"
            : text + ".0";
    }

    private static string? ExponentForm(double number, int precision)
    {
        var exponent = ExactDecimal.Significant(number, precision).Exponent;
        if (exponent < precision - 1)
        {
            return null;
        }
        var text = ExactDecimal.FormatExponent(number, precision - 1);
        var e = text.IndexOf('e');
        var mantissa = text[..e];
        return (mantissa.Contains('.') ? mantissa.TrimEnd('0').TrimEnd('.') : mantissa) + text[e..];
    }

    internal static string InBase(BigInteger number, int radix)
    {
        if (number.IsZero)
        {
            return "0";
        }
        var digits = new StringBuilder();
        for (; !number.IsZero; number /= radix)
        {
            digits.Insert(0, "0123456789abcdef"[(int)(number % radix)]);
        }
        return digits.ToString();
    }

    private string SignOf(bool isNegative) => isNegative ? "-" : Sign is '+' or ' ' ? Sign.ToString() : "";

    private string Grouped(string digits, int size, int others)
    {
        if (Grouping != '\0')
        {
            var result = new StringBuilder(digits);
            for (var i = digits.Length - size; i > 0; i -= size)
            {
                result.Insert(i, Grouping);
            }
            if (HasZeros && Align == '\0')
            {
                // Zeros that pad are grouped as well.
                while (result.Length + others < Width)
                {
                    var isFull = result.ToString().IndexOf(Grouping) is var at && (at < 0 ? result.Length : at) == size;
                    result.Insert(0, isFull ? $"0{Grouping}" : "0");
                }
            }
            return result.ToString();
        }
        return digits;
    }

    private string Padded(string sign, string body, char usual)
    {
        var align = Align != '\0' ? Align : HasZeros && usual == '>' ? '=' : usual;
        var fill = HasZeros && Fill == " " && Align == '\0' || HasZeros && Fill == " " ? "0" : Fill;
        var padding = Width - CodePoints.Length(sign) - CodePoints.Length(body);
        if (padding <= 0)
        {
            return sign + body;
        }
        return align switch
        {
            '<' => sign + body + Repeat(padding),
            '^' => Repeat(padding / 2) + sign + body + Repeat(padding - padding / 2),
            '=' => sign + Repeat(padding) + body,
            _ => Repeat(padding) + sign + body,
        };

        string Repeat(int count) => string.Concat(Enumerable.Repeat(fill, count));
    }
}
