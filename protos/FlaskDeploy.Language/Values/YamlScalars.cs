using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Language.Values;

/// <summary>
/// What a plain scalar means: YAML 1.1 as PyYAML resolves it, because that is what playbooks were written against
/// (<c>yes</c> is true, <c>0644</c> is octal, <c>1:30</c> is ninety, <c>2024-01-02</c> a date).
/// </summary>
public static partial class YamlScalars
{
    public static Value Resolve(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => Value.Null,
        "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON" => Value.True,
        "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF" => Value.False,
        _ when text[0] is '-' or '+' or '.' or (>= '0' and <= '9') => Number(text) ?? MomentValue.Read(text) ?? Value.Of(text),
        _ => Value.Of(text),
    };

    /// <summary>A boolean as playbook keywords take it, from any scalar; null: it is none.</summary>
    public static bool? AsBoolean(string text) => text.ToLowerInvariant() switch
    {
        "yes" or "true" or "on" or "y" or "t" or "1" => true,
        "no" or "false" or "off" or "n" or "f" or "0" => false,
        _ => null,
    };

    /// <summary>Whether the text, written plain, would be read as something else than text.</summary>
    public static bool IsSpecial(string text) => text is "=" or "<<" or "!" or "&" or "*" || Resolve(text) is not TextValue || MomentValue.IsWritten(text);

    /// <summary>Null: it is no number.</summary>
    public static Value? Number(string text)
    {
        if (text.Length > 400)
        {
            return null;
        }
        if (Integer().IsMatch(text))
        {
            return new IntegerValue(ReadInteger(text.Replace("_", "", StringComparison.Ordinal)));
        }
        if (!Real().IsMatch(text))
        {
            return null;
        }
        var plain = text.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        var sign = plain[0] == '-' ? -1.0 : 1.0;
        plain = plain.TrimStart('-', '+');
        return plain switch
        {
            ".inf" => Value.Of(sign * double.PositiveInfinity),
            ".nan" => Value.Of(double.NaN),
            _ when plain.Contains(':') => Value.Of(sign * plain.Split(':').Aggregate(0.0, (sum, part) => sum * 60 + double.Parse(part, CultureInfo.InvariantCulture))),
            _ => double.TryParse(plain, CultureInfo.InvariantCulture, out var number) ? Value.Of(sign * number) : null,
        };
    }

    private static BigInteger ReadInteger(string text)
    {
        var sign = text[0] == '-' ? BigInteger.MinusOne : BigInteger.One;
        var digits = text.TrimStart('-', '+');
        return sign * (digits switch
        {
            "0" => BigInteger.Zero,
            ['0', 'b', .. var binary] => OfBase(binary, 2),
            ['0', 'x', .. var hexadecimal] => OfBase(hexadecimal, 16),
            ['0', .. var octal] => OfBase(octal, 8),
            _ when digits.Contains(':') => digits.Split(':').Aggregate(BigInteger.Zero, (sum, part) => sum * 60 + BigInteger.Parse(part, CultureInfo.InvariantCulture)),
            _ => BigInteger.Parse(digits, CultureInfo.InvariantCulture),
        });
    }

    private static BigInteger OfBase(string digits, int numberBase) =>
        digits.Aggregate(BigInteger.Zero, (sum, digit) => sum * numberBase + Convert.ToInt32(digit.ToString(), 16));

    [GeneratedRegex(@"^(?:[-+]?0b[0-1_]*[01][0-1_]*|[-+]?0[0-7_]*[0-7][0-7_]*|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]*[0-9a-fA-F][0-9a-fA-F_]*|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Integer();

    [GeneratedRegex(@"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z", RegexOptions.CultureInvariant)]
    private static partial Regex Real();
}
