using System.Globalization;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// The tokens between the braces.
internal sealed partial class Lexer
{
    private static readonly string[] Operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private void ReadTagToken(bool inVariable)
    {
        var at = _position;
        var c = _text[at];
        if (char.IsAsciiDigit(c))
        {
            ReadNumber();
            return;
        }
        if (PythonChar.IsWord(_text, at))
        {
            var end = at;
            while (end < _text.Length && PythonChar.IsWord(_text, end))
            {
                end++;
            }
            if (char.GetUnicodeCategory(_text, at) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.OtherNumber)
            {
                throw new SyntaxStop(at, "a name cannot start with this character");
            }
            _tokens.Add(new Token(TokenKind.Name, at, _text[at..end].Normalize(NormalizationForm.FormKC)));
            Advance(end);
            return;
        }
        if (c is '\'' or '"')
        {
            ReadString(c, inVariable);
            return;
        }
        foreach (var candidate in Operators)
        {
            if (StandsAt(at, candidate))
            {
                Balance(candidate, at);
                _tokens.Add(new Token(TokenKind.Operator, at, candidate));
                Advance(at + candidate.Length);
                return;
            }
        }
        throw new SyntaxStop(at, $"unexpected character {(c == '\'' ? "\"'\"" : $"'{c}'")}");
    }

    private void Balance(string text, int at)
    {
        switch (text)
        {
            case "{":
                _open.Push('}');
                break;
            case "(":
                _open.Push(')');
                break;
            case "[":
                _open.Push(']');
                break;
            case "}" or ")" or "]":
                if (!_open.TryPop(out var expected))
                {
                    throw new SyntaxStop(at, $"unexpected '{text}'");
                }
                if (expected != text[0])
                {
                    throw new SyntaxStop(at, $"unexpected '{text}', expected '{expected}'");
                }
                break;
        }
    }

    private void ReadNumber()
    {
        var at = _position;
        // After a dot there are no fractions: a.0.1 is two subscripts.
        if ((at == 0 || _text[at - 1] != '.') && RealEnd(at) is { } realEnd)
        {
            _tokens.Add(new Token(TokenKind.Real, at, _text[at..realEnd].Replace("_", "", StringComparison.Ordinal)));
            Advance(realEnd);
            return;
        }
        var end = IntegerEnd(at);
        _tokens.Add(new Token(TokenKind.Integer, at, _text[at..end].Replace("_", "", StringComparison.Ordinal)));
        Advance(end);
    }

    private int? RealEnd(int at)
    {
        if (Digits(at) is not { } whole)
        {
            return null;
        }
        var end = whole;
        if (end < _text.Length && _text[end] == '.' && Digits(end + 1) is { } fraction)
        {
            end = fraction;
        }
        if (end < _text.Length && _text[end] is 'e' or 'E')
        {
            var sign = end + 1 < _text.Length && _text[end + 1] is '+' or '-' ? 1 : 0;
            if (Digits(end + 1 + sign) is { } exponent)
            {
                return exponent;
            }
        }
        return end > whole ? end : null;
    }

    // Digits with single underscores between them.
    private int? Digits(int at)
    {
        if (at >= _text.Length || !char.IsAsciiDigit(_text[at]))
        {
            return null;
        }
        while (at < _text.Length && (char.IsAsciiDigit(_text[at]) || _text[at] == '_' && at + 1 < _text.Length && char.IsAsciiDigit(_text[at + 1])))
        {
            at++;
        }
        return at;
    }

    private int IntegerEnd(int at)
    {
        if (_text[at] != '0')
        {
            return Digits(at)!.Value;
        }
        Func<char, bool>? isDigit = at + 1 < _text.Length
            ? _text[at + 1] switch
            {
                'b' or 'B' => static c => c is '0' or '1',
                'o' or 'O' => static c => c is >= '0' and <= '7',
                'x' or 'X' => char.IsAsciiHexDigit,
                _ => null,
            }
            : null;
        if (isDigit is not null)
        {
            var end = Run(at + 2, isDigit);
            if (end > at + 2)
            {
                return end;
            }
        }
        return Run(at + 1, static c => c == '0');
    }

    private int Run(int at, Func<char, bool> isDigit)
    {
        while (at < _text.Length && (isDigit(_text[at]) || _text[at] == '_' && at + 1 < _text.Length && isDigit(_text[at + 1])))
        {
            at++;
        }
        return at;
    }

    private void ReadString(char quote, bool inVariable)
    {
        var at = _position;
        var end = at + 1;
        while (end < _text.Length && _text[end] != quote)
        {
            end += _text[end] == '\\' ? 2 : 1;
        }
        if (end >= _text.Length)
        {
            throw new SyntaxStop(at, "this string does not end");
        }
        var body = _text[(at + 1)..end];
        if (options.NewlineSequence != "\n")
        {
            body = body.Replace("\n", options.NewlineSequence, StringComparison.Ordinal);
        }
        _tokens.Add(new Token(TokenKind.Text, at, options.LiteralBackslashes && inVariable ? LiteralText(body, quote) : Unescape(body, at)));
        Advance(end + 1);
    }

    // Ansible doubles the backslashes of strings in task arguments; only an escaped quote stays one.
    private static string LiteralText(string body, char quote) =>
        body.Contains('\\') ? body.Replace($"\\{quote}", quote.ToString(), StringComparison.Ordinal) : body;

    private static string Unescape(string body, int at)
    {
        if (!body.Contains('\\'))
        {
            return body;
        }
        var result = new StringBuilder(body.Length);
        for (var i = 0; i < body.Length; i++)
        {
            if (body[i] != '\\')
            {
                result.Append(body[i]);
                continue;
            }
            i++;
            var c = body[i];
            switch (c)
            {
                case '\n':
                    break;
                case '\\' or '\'' or '"':
                    result.Append(c);
                    break;
                case 'a':
                    result.Append('\a');
                    break;
                case 'b':
                    result.Append('\b');
                    break;
                case 'f':
                    result.Append('\f');
                    break;
                case 'n':
                    result.Append('\n');
                    break;
                case 'r':
                    result.Append('\r');
                    break;
                case 't':
                    result.Append('\t');
                    break;
                case 'v':
                    result.Append('\v');
                    break;
                case >= '0' and <= '7':
                    var code = 0;
                    var first = i;
                    while (i < body.Length && i < first + 3 && body[i] is >= '0' and <= '7')
                    {
                        code = code * 8 + body[i++] - '0';
                    }
                    i--;
                    result.Append((char)code);
                    break;
                case 'x':
                    Hex(2);
                    break;
                case 'u':
                    Hex(4);
                    break;
                case 'U':
                    Hex(8);
                    break;
                default:
                    result.Append('\\').Append(c);
                    break;
            }

            void Hex(int digits)
            {
                if (i + digits >= body.Length
                    || !uint.TryParse(body.AsSpan(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                    || value > 0x10ffff)
                {
                    throw new SyntaxStop(at, $"\\{body[i]} in a string wants {digits} hexadecimal digits");
                }
                if (value < 0x10000)
                {
                    result.Append((char)value);
                }
                else
                {
                    result.Append(char.ConvertFromUtf32((int)value));
                }
                i += digits;
            }
        }
        return result.ToString();
    }
}
