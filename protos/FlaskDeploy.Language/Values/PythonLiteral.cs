using System.Globalization;
using System.Numerics;
using System.Text;

namespace FlaskDeploy.Language.Values;

/// <summary>
/// Texts that may be Python literals (<c>5000</c>, <c>True</c>, <c>['a', 'b']</c>), as the values of INI inventories and what
/// native types print are; anything else is the text itself.
/// </summary>
public sealed class PythonLiteral
{
    private const int MaxDepth = 50;

    private readonly string _text;
    private readonly bool _knowsJson;
    private int _at;

    private PythonLiteral(string text, bool knowsJson = false) => (_text, _knowsJson) = (text, knowsJson);

    /// <summary>Null: the text is no literal.</summary>
    public static Value? TryParse(string text)
    {
        var reader = new PythonLiteral(text);
        var value = reader.ReadValue(0);
        reader.SkipBlanks();
        return value is not null && reader._at == text.Length ? value : null;
    }

    /// <summary>The same for what a template printed: a tuple may be without brackets there, and blanks before it make it a text.</summary>
    internal static Value? TryParsePrinted(string text) => Printed(text, knowsJson: false);

    /// <summary>The same where <c>true</c>, <c>false</c> and <c>null</c> of JSON are known too.</summary>
    internal static Value? TryParseData(string text) => Printed(text, knowsJson: true);

    private static Value? Printed(string text, bool knowsJson)
    {
        if (text.Length == 0 || char.IsWhiteSpace(text[0]))
        {
            return null;
        }
        var reader = new PythonLiteral(text, knowsJson);
        var items = new List<Value>();
        var hasComma = true;
        while (hasComma && !reader.IsAtEnd)
        {
            if (reader.ReadValue(0) is not { } item)
            {
                return null;
            }
            items.Add(item);
            hasComma = reader.Take(',');
        }
        return !reader.IsAtEnd ? null : items.Count == 1 && !hasComma ? items[0] : new ListValue([.. items]);
    }

    private bool IsAtEnd
    {
        get
        {
            SkipBlanks();
            return _at == _text.Length;
        }
    }

    private Value? ReadValue(int depth)
    {
        SkipBlanks();
        if (_at >= _text.Length || depth > MaxDepth)
        {
            return null;
        }
        return _text[_at] switch
        {
            '[' => ReadList('[', ']', depth),
            '(' => ReadList('(', ')', depth),
            '{' => ReadMap(depth),
            '\'' or '"' => ReadText() is { } text ? Value.Of(text) : null,
            _ => ReadWord(),
        };
    }

    private ListValue? ReadList(char open, char close, int depth)
    {
        _at++;
        var items = new List<Value>();
        var hasComma = false;
        while (!Take(close))
        {
            if (items.Count > 0 && !hasComma || ReadValue(depth + 1) is not { } item)
            {
                return null;
            }
            items.Add(item);
            hasComma = Take(',');
        }
        // (1) is a number in brackets, which nobody writes; (1,) is a tuple.
        return open == '(' && items.Count == 1 && !hasComma ? null : new ListValue([.. items]);
    }

    private MapValue? ReadMap(int depth)
    {
        _at++;
        var entries = new List<KeyValuePair<Value, Value>>();
        var hasComma = true;
        while (!Take('}'))
        {
            if (!hasComma || ReadValue(depth + 1) is not { } key || key is ListValue or MapValue || !Take(':') || ReadValue(depth + 1) is not { } value)
            {
                return null;
            }
            entries.Add(KeyValuePair.Create(key, value));
            hasComma = Take(',');
        }
        return new MapValue(entries);
    }

    private string? ReadText()
    {
        var quote = _text[_at++];
        var result = new StringBuilder();
        while (_at < _text.Length && _text[_at] != quote)
        {
            var c = _text[_at++];
            if (c == '\n')
            {
                return null;
            }
            if (c != '\\' || _at >= _text.Length)
            {
                result.Append(c);
                continue;
            }
            var escape = _text[_at++];
            var plain = @"\'""abfnrtv".IndexOf(escape, StringComparison.Ordinal);
            if (plain >= 0)
            {
                result.Append("\\'\"\a\b\f\n\r\t\v"[plain]);
            }
            else if (escape is 'x' or 'u' or 'U')
            {
                var digits = escape switch { 'x' => 2, 'u' => 4, _ => 8 };
                if (_at + digits > _text.Length || !uint.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || code > 0x10FFFF)
                {
                    return null;
                }
                _at += digits;
                // Halves of a pair are put together by standing side by side.
                _ = code < 0x10000 ? result.Append((char)code) : result.Append(char.ConvertFromUtf32((int)code));
            }
            else
            {
                result.Append('\\').Append(escape);
            }
        }
        return _at < _text.Length && _text[_at++] == quote ? result.ToString() : null;
    }

    private Value? ReadWord()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '.' or '_' or '+' or '-'))
        {
            _at++;
        }
        var word = _text[start.._at];
        return word switch
        {
            "True" => Value.True,
            "False" => Value.False,
            "None" => Value.Null,
            "true" when _knowsJson => Value.True,
            "false" when _knowsJson => Value.False,
            "null" when _knowsJson => Value.Null,
            _ => ReadNumber(word),
        };
    }

    private static Value? ReadNumber(string word)
    {
        var sign = word.StartsWith('-') ? -1 : 1;
        var digits = word.StartsWith('-') || word.StartsWith('+') ? word[1..] : word;
        if (digits.Length is 0 or > 400 || !char.IsAsciiDigit(digits[0]) && digits[0] != '.' || digits.EndsWith('_') || digits.Contains("__", StringComparison.Ordinal))
        {
            return null;
        }
        digits = digits.Replace("_", "", StringComparison.Ordinal);
        if (digits.All(char.IsAsciiDigit))
        {
            // 0644 is no number in Python.
            return digits.Length > 1 && digits[0] == '0' && digits.Trim('0').Length > 0 ? null : new IntegerValue(sign * BigInteger.Parse(digits, CultureInfo.InvariantCulture));
        }
        var numberBase = digits.Length > 2 && digits[0] == '0' ? char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 } : 10;
        if (numberBase != 10)
        {
            return digits[2..].All(c => char.IsAsciiHexDigit(c) && Convert.ToInt32(c.ToString(), 16) < numberBase)
                ? new IntegerValue(digits[2..].Aggregate((BigInteger)0, (sum, c) => sum * numberBase + Convert.ToInt32(c.ToString(), 16)) * sign)
                : null;
        }
        const NumberStyles real = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return digits.Any(char.IsAsciiDigit) && double.TryParse(digits, real, CultureInfo.InvariantCulture, out var number) ? Value.Of(sign * number) : null;
    }

    private bool Take(char c)
    {
        SkipBlanks();
        if (_at < _text.Length && _text[_at] == c)
        {
            _at++;
            return true;
        }
        return false;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }
}
