using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>The <c>wordwrap</c> filter, which is Python's textwrap: blanks where a line breaks go.</summary>
internal static class WordWrap
{
    internal static Value Run(Call call)
    {
        var width = call.Int(0, 79);
        if (width <= 0)
        {
            throw call.Error($"invalid width {width} (must be > 0)");
        }
        var newline = call.Has(2) ? call.Text(2, "\n") : "\n";
        var lines = Methods.SplitLines(Subject(call), keepEnds: false)
            .Select(line => string.Join(newline, Wrap(line, width, call.Flag(1, true), call.Flag(3, true))));
        return Value.Of(string.Join(newline, lines));
    }

    private static string Subject(Call call) => call.Subject is TextValue text ? text.Text : throw call.Error($"wants a string, not {call.Subject.TypeName}");

    private static List<string> Wrap(string line, int width, bool breaksLong, bool breaksOnHyphens)
    {
        var chunks = new Stack<string>(Chunks(line, breaksOnHyphens).Reverse());
        var lines = new List<string>();
        while (chunks.Count > 0)
        {
            var current = new StringBuilder();
            if (lines.Count > 0 && PythonChar.Trim(chunks.Peek()).Length == 0)
            {
                chunks.Pop();
            }
            var last = "";
            while (chunks.Count > 0 && current.Length + chunks.Peek().Length <= width)
            {
                current.Append(last = chunks.Pop());
            }
            if (chunks.Count > 0 && chunks.Peek().Length > width)
            {
                if (breaksLong)
                {
                    var chunk = chunks.Pop();
                    var room = width - current.Length;
                    var end = room;
                    if (breaksOnHyphens && room > 0 && chunk.Length > room && chunk.LastIndexOf('-', room - 1) is var hyphen and > 0 && chunk.AsSpan(0, hyphen).ContainsAnyExcept('-'))
                    {
                        end = hyphen + 1;
                    }
                    current.Append(last = chunk[..end]);
                    chunks.Push(chunk[end..]);
                }
                else if (current.Length == 0)
                {
                    current.Append(last = chunks.Pop());
                }
            }
            if (last.Length > 0 && PythonChar.Trim(last).Length == 0)
            {
                current.Length -= last.Length;
            }
            if (current.Length > 0)
            {
                lines.Add(current.ToString());
            }
        }
        return lines;
    }

    // Words and the blanks between them; a word also ends after a hyphen between letters.
    private static IEnumerable<string> Chunks(string line, bool breaksOnHyphens)
    {
        var start = 0;
        for (var i = 1; i <= line.Length; i++)
        {
            var isEnd = i == line.Length || char.IsWhiteSpace(line[i]) != char.IsWhiteSpace(line[i - 1])
                || breaksOnHyphens && line[i - 1] == '-' && i - 2 >= start && char.IsLetter(line[i - 2]) && char.IsLetter(line[i]) && i + 1 < line.Length && (char.IsLetter(line[i + 1]) || line[i + 1] == '-');
            if (isEnd)
            {
                yield return line[start..i];
                start = i;
            }
        }
    }
}
