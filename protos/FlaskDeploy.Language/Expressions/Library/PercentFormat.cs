using System.Globalization;
using System.Numerics;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Python's <c>'%s' % value</c>. https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting</summary>
internal sealed class PercentFormat
{
    private readonly Evaluator _evaluator;
    private readonly string _format;
    private readonly Value _arguments;
    private int _at;
    private int _used;
    private bool _usedNames;

    private PercentFormat(Evaluator evaluator, string format, Value arguments) => (_evaluator, _format, _arguments) = (evaluator, format, arguments);

    internal static string Format(Evaluator evaluator, string format, Value arguments) => new PercentFormat(evaluator, format, arguments is UndefinedValue ? arguments : evaluator.Use(arguments)).Run();

    private string Run()
    {
        var result = new StringBuilder();
        while (_at < _format.Length)
        {
            var c = _format[_at++];
            if (c == '%')
            {
                result.Append(Field());
            }
            else
            {
                result.Append(c);
            }
            _evaluator.LimitText(result.Length);
        }
        var isAllUsed = _arguments is TupleValue tuple ? _used >= tuple.Items.Length : _used > 0 || _usedNames || _arguments is MapValue or ListValue or RangeValue or UndefinedValue;
        return isAllUsed ? result.ToString() : throw _evaluator.Error("not all arguments converted during string formatting");
    }

    private string Field()
    {
        Value? named = null;
        if (Peek() == '(')
        {
            var (start, depth) = (++_at, 1);
            while (_at < _format.Length && depth > 0)
            {
                depth += _format[_at++] switch { '(' => 1, ')' => -1, _ => 0 };
            }
            if (depth > 0)
            {
                throw _evaluator.Error("incomplete format key");
            }
            var key = _format[start..(_at - 1)];
            var map = (_arguments is UndefinedValue ? _evaluator.Use(_arguments) : _arguments) as MapValue ?? throw _evaluator.Error("format requires a mapping");
            named = map.TryGet(key, out var found) ? found : throw _evaluator.Error($"KeyError: {PythonText.Quote(key)}");
            _usedNames = true;
        }
        var (left, sign, isAlternate, zeros) = (false, '\0', false, false);
        for (; Peek() is '-' or '+' or ' ' or '#' or '0'; _at++)
        {
            left |= _format[_at] == '-';
            sign = _format[_at] == '+' || _format[_at] == ' ' && sign != '+' ? _format[_at] : sign;
            isAlternate |= _format[_at] == '#';
            zeros |= _format[_at] == '0';
        }
        var width = Size() ?? 0;
        if (width < 0)
        {
            (left, width) = (true, -width);
        }
        int? precision = null;
        if (Peek() == '.')
        {
            _at++;
            precision = Math.Max(0, Size() ?? 0);
        }
        while (Peek() is 'h' or 'l' or 'L')
        {
            _at++;
        }
        if (_at >= _format.Length)
        {
            throw _evaluator.Error("incomplete format");
        }
        _evaluator.LimitText(width);
        _evaluator.LimitText((precision ?? 0) * 16L);
        var type = _format[_at++];
        if (type == '%')
        {
            return "%";
        }
        if (!"diouxXeEfFgGcrsa".Contains(type))
        {
            throw _evaluator.Error($"unsupported format character '{type}' (0x{(int)type:x}) at index {_at - 1}");
        }
        var (head, body) = Converted(type, named ?? Next(), sign, isAlternate, precision);
        var padding = width - CodePoints.Length(head) - CodePoints.Length(body);
        return padding <= 0 ? head + body
            : left ? head + body + new string(' ', padding)
            : zeros && type is not ('s' or 'r' or 'a' or 'c') ? head + new string('0', padding) + body
            : new string(' ', padding) + head + body;
    }

    private char Peek() => _at < _format.Length ? _format[_at] : '\0';

    private int? Size()
    {
        if (Peek() == '*')
        {
            _at++;
            return Numbers.TryInteger(Next(), out var size) && BigInteger.Abs(size) < int.MaxValue ? (int)size : throw _evaluator.Error("* wants int");
        }
        var start = _at;
        while (char.IsAsciiDigit(Peek()))
        {
            _at++;
        }
        return start == _at ? null
            : int.TryParse(_format.AsSpan(start, _at - start), CultureInfo.InvariantCulture, out var number) ? number
            : throw _evaluator.Error("width too big");
    }

    private Value Next()
    {
        if (_arguments is TupleValue tuple)
        {
            return _used < tuple.Items.Length ? _evaluator.Use(tuple.Items[_used++]) : throw _evaluator.Error("not enough arguments for format string");
        }
        return _used++ == 0 && !_usedNames ? _evaluator.Use(_arguments) : throw _evaluator.Error("not enough arguments for format string");
    }

    private (string Sign, string Body) Converted(char type, Value value, char sign, bool isAlternate, int? precision)
    {
        switch (type)
        {
            case 's' or 'r' or 'a':
                var text = type == 's' ? _evaluator.Text(value) : type == 'r' ? _evaluator.Repr(value) : Ascii(_evaluator.Repr(value));
                return ("", precision is { } most ? CodePoints.Part(text, 0, most) : text);
            case 'c':
                return ("", value is TextValue one && CodePoints.Length(one.Text) == 1 ? one.Text
                    : Numbers.TryInteger(value, out var code) && code >= 0 && code < 0x110000 && !(code >= 0xd800 && code <= 0xdfff) ? char.ConvertFromUtf32((int)code)
                    : throw _evaluator.Error("%c requires int or char"));
            case 'd' or 'i' or 'u' or 'o' or 'x' or 'X':
                return WholeNumber(type, value, sign, isAlternate, precision);
            default:
                if (!Numbers.TryReal(value, out var real))
                {
                    throw _evaluator.Error($"must be real number, not {value.TypeName}");
                }
                var magnitude = Math.Abs(real);
                var digits = precision ?? 6;
                var body = char.ToLowerInvariant(type) switch
                {
                    'e' => ExactDecimal.FormatExponent(magnitude, digits),
                    'f' => ExactDecimal.Format(magnitude, digits),
                    _ => FormatSpec.General(magnitude, digits, isAlternate),
                };
                return (SignOf(double.IsNegative(real) && !double.IsNaN(real), sign), char.IsUpper(type) ? body.ToUpperInvariant() : body);
        }
    }

    private (string, string) WholeNumber(char type, Value value, char sign, bool isAlternate, int? precision)
    {
        if (value is RealValue real && type is 'd' or 'i' or 'u' && value is RealValue { Number: var number })
        {
            value = double.IsFinite(number) ? new IntegerValue(new BigInteger(Math.Truncate(number))) : throw _evaluator.Error("cannot convert float to integer");
        }
        if (!Numbers.TryInteger(value, out var integer))
        {
            throw _evaluator.Error(type is 'd' or 'i' or 'u'
                ? $"%{type} format: a real number is required, not {value.TypeName}"
                : $"%{type} format: an integer is required, not {value.TypeName}");
        }
        var magnitude = BigInteger.Abs(integer);
        var (digits, prefix) = type switch
        {
            'o' => (FormatSpec.InBase(magnitude, 8), "0o"),
            'x' => (FormatSpec.InBase(magnitude, 16), "0x"),
            'X' => (FormatSpec.InBase(magnitude, 16).ToUpperInvariant(), "0X"),
            _ => (magnitude.ToString(CultureInfo.InvariantCulture), ""),
        };
        return (SignOf(integer.Sign < 0, sign) + (isAlternate ? prefix : ""), digits.PadLeft(precision ?? 0, '0'));
    }

    private static string SignOf(bool isNegative, char sign) => isNegative ? "-" : sign == '\0' ? "" : sign.ToString();

    internal static string Ascii(string text)
    {
        var result = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                < 0x80 => result.Append((char)rune.Value),
                <= 0xff => result.Append($"\\x{rune.Value:x2}"),
                <= 0xffff => result.Append($"\\u{rune.Value:x4}"),
                _ => result.Append($"\\U{rune.Value:x8}"),
            };
        }
        return result.ToString();
    }
}
