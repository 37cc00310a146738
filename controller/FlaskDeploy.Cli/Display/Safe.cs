using System.Globalization;
using System.Text;

namespace FlaskDeploy.Cli.Display;

/// <summary>
/// What a host or a controller says is data: no byte of it may steer the terminal. Control characters, and those that turn
/// the direction of writing, come out as <c>\u001b</c>, which is also what JSON would write.
/// </summary>
internal static class Safe
{
    public static string Line(string text) => Escape(text, keepLines: false);

    /// <summary>Line feeds and tabs stay.</summary>
    public static string Lines(string text) => Escape(text.Replace("\r\n", "\n", StringComparison.Ordinal), keepLines: true);

    private static string Escape(string text, bool keepLines)
    {
        if (!text.Any(c => IsUnsafe(c, keepLines)))
        {
            return text;
        }
        var safe = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            _ = IsUnsafe(c, keepLines)
                ? safe.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") })
                : safe.Append(c);
        }
        return safe.ToString();
    }

    private static bool IsUnsafe(char c, bool keepLines) =>
        (char.IsControl(c) && !(keepLines && c is '\n' or '\t')) || c is >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069' or '\u2028' or '\u2029' or '\u200e' or '\u200f';
}
