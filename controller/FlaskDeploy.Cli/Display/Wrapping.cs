using System.Text;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Cli.Display;

/// <summary>Breaks the long lines of a page of Markdown, so that it reads well on a terminal; code stays as it is.</summary>
internal static partial class Wrapping
{
    private const int Width = 80;

    public static string Of(string page)
    {
        var text = new StringBuilder();
        var isCode = false;
        foreach (var written in page.Split('\n'))
        {
            // On a terminal nobody follows a link to a file.
            var line = Link().Replace(written, "${text} (flaskdeploy doc ${page})");
            isCode ^= line.StartsWith("```", StringComparison.Ordinal);
            text.Append(isCode || line.Length <= Width ? line : Broken(line)).Append('\n');
        }
        text.Length--;
        return text.ToString();
    }

    private static string Broken(string line)
    {
        var content = line.TrimStart(' ');
        var indent = line.Length - content.Length + (content.StartsWith("- ", StringComparison.Ordinal) ? 2 : 0);
        var text = new StringBuilder(line[..(line.Length - content.Length)]);
        var column = text.Length;
        var isFirst = true;
        foreach (var word in Words(content))
        {
            // A bullet does not stand alone.
            if (!isFirst && column >= indent && column + 1 + word.Length > Width)
            {
                text.Append('\n').Append(' ', indent).Append(word);
                column = indent + word.Length;
            }
            else
            {
                text.Append(isFirst ? "" : " ").Append(word);
                column += word.Length + (isFirst ? 0 : 1);
            }
            isFirst = false;
        }
        return text.ToString();
    }

    // What stands between backticks is one word.
    private static IEnumerable<string> Words(string text)
    {
        var start = 0;
        var isQuoted = false;
        for (var at = 0; at < text.Length; at++)
        {
            isQuoted ^= text[at] == '`';
            if (text[at] == ' ' && !isQuoted)
            {
                yield return text[start..at];
                start = at + 1;
            }
        }
        yield return text[start..];
    }

    [GeneratedRegex(@"\[(?<text>[^\]]+)\]\((\.\./)?(?<page>\w+)\.md(#\w+)?\)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
