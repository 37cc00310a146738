using System.Text;

namespace FlaskDeploy.Language.Values;

/// <summary>Strings as Python prints them.</summary>
internal static class PythonText
{
    /// <summary>Python's <c>repr(str)</c>: single quotes, double ones where the text has only single ones inside.</summary>
    internal static string Quote(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var result = new StringBuilder(text.Length + 2).Append(quote);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\\' => result.Append(@"\\"),
                '\n' => result.Append(@"\n"),
                '\r' => result.Append(@"\r"),
                '\t' => result.Append(@"\t"),
                _ when rune.Value == quote => result.Append('\\').Append(quote),
                < 0x20 or 0x7f => result.Append($"\\x{rune.Value:x2}"),
                >= 0x80 and < 0xa0 or 0xad => result.Append($"\\x{rune.Value:x2}"),
                _ => result.Append(rune.ToString()),
            };
        }
        return result.Append(quote).ToString();
    }
}
