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
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isPair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            var code = isPair ? char.ConvertToUtf32(c, text[++i]) : c;
            _ = code switch
            {
                '\\' => result.Append(@"\\"),
                '\n' => result.Append(@"\n"),
                '\r' => result.Append(@"\r"),
                '\t' => result.Append(@"\t"),
                _ when code == quote => result.Append('\\').Append(quote),
                _ when PythonChar.IsPrintable(code) => isPair ? result.Append(c).Append(text[i]) : result.Append(c),
                <= 0xff => result.Append($"\\x{code:x2}"),
                <= 0xffff => result.Append($"\\u{code:x4}"),
                _ => result.Append($"\\U{code:x8}"),
            };
        }
        return result.Append(quote).ToString();
    }
}
