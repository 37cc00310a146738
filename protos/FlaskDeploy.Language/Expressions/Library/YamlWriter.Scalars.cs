using System.Globalization;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// Scalars in their three styles.
internal sealed partial class YamlWriter
{
    private void Plain(string text, bool mayBreak)
    {
        if (!_isWhitespace && (text.Length > 0 || _flowLevel > 0))
        {
            Put(' ');
        }
        var wasSpace = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == ' ' && mayBreak && !wasSpace && _column > _style.Width && !IsSpace(text, i + 1))
            {
                NewLine();
                wasSpace = true;
                continue;
            }
            wasSpace = text[i] == ' ';
            Put(text[i]);
            _isIndention = false;
        }
        (_isWhitespace, _isIndention) = (false, false);
    }

    private void SingleQuoted(string text, bool mayBreak)
    {
        Indicator("'", needsBlank: true);
        var (wasSpace, wasBreak) = (false, false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == ' ')
            {
                if (mayBreak && !wasSpace && _column > _style.Width && i != 0 && i != text.Length - 1 && !IsSpace(text, i + 1))
                {
                    NewLine();
                }
                else
                {
                    Put(c);
                }
                wasSpace = true;
            }
            else if (YamlScalar.IsBreak(c))
            {
                if (!wasBreak && c == '\n')
                {
                    Break();
                }
                Break(c);
                _isIndention = true;
                wasBreak = true;
            }
            else
            {
                if (wasBreak)
                {
                    NewLine();
                }
                Put(c == '\'' ? "''" : c.ToString());
                (_isIndention, wasSpace, wasBreak) = (false, false, false);
            }
        }
        if (wasBreak)
        {
            NewLine();
        }
        Indicator("'");
        (_isWhitespace, _isIndention) = (false, false);
    }

    private void DoubleQuoted(string text, bool mayBreak)
    {
        Indicator("\"", needsBlank: true);
        var wasSpace = false;
        for (var i = 0; i < text.Length; i++)
        {
            var isPair = char.IsSurrogatePair(text, Math.Min(i, text.Length - 2 < 0 ? 0 : i)) && i + 1 < text.Length;
            var code = isPair ? char.ConvertToUtf32(text[i], text[i + 1]) : text[i];
            if (!YamlScalar.IsPrintable(code) || code is '\ufeff' or '"' or '\\' || YamlScalar.IsBreak((char)code))
            {
                Put(Escaped(code));
                i += isPair ? 1 : 0;
                wasSpace = false;
            }
            else if (code == ' ')
            {
                if (mayBreak && !wasSpace && _column > _style.Width && i != 0 && i != text.Length - 1)
                {
                    NewLine();
                    if (IsSpace(text, i + 1))
                    {
                        Put('\\');
                    }
                }
                else
                {
                    Put(' ');
                }
                wasSpace = true;
            }
            else
            {
                Put((char)code);
                wasSpace = false;
            }
        }
        Indicator("\"");
        (_isWhitespace, _isIndention) = (false, false);
    }

    private static string Escaped(int code) => code switch
    {
        0 => "\\0",
        7 => "\\a",
        8 => "\\b",
        9 => "\\t",
        10 => "\\n",
        11 => "\\v",
        12 => "\\f",
        13 => "\\r",
        0x1b => "\\e",
        '"' => "\\\"",
        '\\' => @"\\",
        0x85 => "\\N",
        0xa0 => "\\_",
        0x2028 => "\\L",
        0x2029 => "\\P",
        <= 0xff => string.Create(CultureInfo.InvariantCulture, $"\\x{code:X2}"),
        <= 0xffff => string.Create(CultureInfo.InvariantCulture, $"\\u{code:X4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\U{code:X8}"),
    };

    private static bool IsSpace(string text, int at) => at < text.Length && text[at] == ' ';
}

/// <summary>What styles a scalar may have, by libyaml's rules.</summary>
internal readonly record struct YamlScalar(bool IsMultiline, bool AllowsFlowPlain, bool AllowsBlockPlain, bool AllowsSingleQuotes)
{
    internal static YamlScalar Of(string text)
    {
        if (text.Length == 0)
        {
            return new YamlScalar(false, false, true, true);
        }
        var isMarker = text.StartsWith("---", StringComparison.Ordinal) || text.StartsWith("...", StringComparison.Ordinal);
        var (inBlock, inFlow, hasBreaks, hasSpecial) = (isMarker, isMarker, false, false);
        var (spaceThenBreak, breakThenSpace, wasSpace, wasBreak) = (false, false, false, false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isFollowedByBlank = i + 1 == text.Length || IsBlank(text[i + 1]);
            inFlow |= i == 0 ? "#,[]{}&*!|>'\"%@`?:".Contains(c) || c == '-' && isFollowedByBlank : ",?[]{}:".Contains(c) || c == '#' && IsBlank(text[i - 1]);
            inBlock |= i == 0
                ? "#,[]{}&*!|>'\"%@`".Contains(c) || c is '?' or ':' or '-' && isFollowedByBlank
                : c == ':' && isFollowedByBlank || c == '#' && IsBlank(text[i - 1]);
            var isPair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            hasSpecial |= isPair || !IsPrintable(c);
            hasBreaks |= IsBreak(c);
            breakThenSpace |= c == ' ' && wasBreak;
            spaceThenBreak |= IsBreak(c) && wasSpace;
            (wasSpace, wasBreak) = (c == ' ', IsBreak(c));
        }
        var isRagged = text[0] == ' ' || IsBreak(text[0]) || wasSpace || wasBreak;
        var cannotBePlain = isRagged || breakThenSpace || spaceThenBreak || hasSpecial || hasBreaks;
        return new YamlScalar(hasBreaks, !cannotBePlain && !inFlow, !cannotBePlain && !inBlock, !breakThenSpace && !spaceThenBreak && !hasSpecial);
    }

    internal static bool IsBreak(char c) => c is '\n' or '\r' or '\x85' or '\u2028' or '\u2029';

    /// <summary>Beyond the first plane libyaml prints nothing as it is.</summary>
    internal static bool IsPrintable(int code) => code is '\n' or >= ' ' and <= '~' or >= 0xa0 and <= 0xd7ff or >= 0xe000 and <= 0xfffd and not 0xfeff;

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\0' || IsBreak(c);
}
