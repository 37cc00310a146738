using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Yaml;

internal enum ScalarStyle
{
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Block,
}

/// <summary>
/// How a scalar stands in its file. YAML folds lines, drops indentation and undoes escapes, so a character of the text has
/// its place only by walking both side by side; that is done when somebody asks, which is when something is wrong with it.
/// </summary>
/// <param name="At">Position of <paramref name="Start"/>.</param>
/// <param name="Start">Of the raw text in the file's text, its quote or block header included.</param>
internal sealed record ScalarSource(string FileText, SourceSpan At, int Start, int End, ScalarStyle Style)
{
    internal SourceSpan SpanAt(string text, int offset)
    {
        var end = Math.Min(End, FileText.Length);
        var raw = Math.Clamp(Start, 0, end);
        raw = Style switch
        {
            ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted => Opening(raw, end),
            ScalarStyle.Block => AfterHeader(raw, end),
            _ => raw,
        };
        raw = SkipIndent(raw, end, text);
        for (var i = 0; i < text.Length && i < offset && raw < end; i++)
        {
            raw = Next(raw, end, text, i);
        }
        return PositionOf(raw);
    }

    // Tags and anchors stand before the quote.
    private int Opening(int raw, int end)
    {
        var quote = Style == ScalarStyle.SingleQuoted ? '\'' : '"';
        var at = FileText.IndexOf(quote, raw, end - raw);
        return at < 0 ? raw : at + 1;
    }

    private int AfterHeader(int raw, int end)
    {
        var at = FileText.IndexOf('\n', raw, end - raw);
        return at < 0 ? raw : at + 1;
    }

    private int SkipIndent(int raw, int end, string text)
    {
        if (Style == ScalarStyle.Block && text.Length > 0 && text[0] is not (' ' or '\n'))
        {
            while (raw < end && FileText[raw] is ' ' or '\n' or '\r')
            {
                raw++;
            }
        }
        return raw;
    }

    // The raw place of character i + 1, given that of character i.
    private int Next(int raw, int end, string text, int i)
    {
        var c = text[i];
        if (char.IsWhiteSpace(c))
        {
            return NextAfterSpace(raw, end, text, i);
        }
        if (Style == ScalarStyle.DoubleQuoted && FileText[raw] == '\\')
        {
            return Math.Min(end, raw + EscapeLength(raw, end));
        }
        if (Style == ScalarStyle.SingleQuoted && c == '\'')
        {
            return Math.Min(end, raw + 2);
        }
        raw++;
        // An escaped line break stands for nothing at all.
        while (Style == ScalarStyle.DoubleQuoted && raw + 1 < end && FileText[raw] == '\\' && FileText[raw + 1] is '\n' or '\r')
        {
            raw++;
            while (raw < end && char.IsWhiteSpace(FileText[raw]))
            {
                raw++;
            }
        }
        return raw;
    }

    private int NextAfterSpace(int raw, int end, string text, int i)
    {
        if (Style == ScalarStyle.DoubleQuoted && FileText[raw] == '\\')
        {
            return Math.Min(end, raw + EscapeLength(raw, end));
        }
        var next = i + 1 < text.Length ? text[i + 1] : '\0';
        if (FileText[raw] == text[i] && raw + 1 < end && (FileText[raw + 1] == next || FileText[raw + 1] is '\\' or '\''))
        {
            return raw + 1;
        }
        if (char.IsWhiteSpace(next))
        {
            // Inside a run of breaks: stay until the run ends, where the walk falls in step again.
            return FileText[raw] == text[i] && raw + 1 < end ? raw + 1 : raw;
        }
        while (raw < end && char.IsWhiteSpace(FileText[raw]))
        {
            raw++;
        }
        return raw;
    }

    private int EscapeLength(int raw, int end) => raw + 1 >= end ? 1 : FileText[raw + 1] switch
    {
        'x' => 4,
        'u' => 6,
        'U' => 10,
        _ => 2,
    };

    private SourceSpan PositionOf(int raw)
    {
        var line = At.Line;
        var lineStart = -1;
        for (var i = Math.Min(Start, FileText.Length); i < raw; i++)
        {
            if (FileText[i] == '\n')
            {
                line++;
                lineStart = i + 1;
            }
        }
        var column = lineStart < 0 ? At.Column + (raw - Start) : raw - lineStart + 1;
        return At with { Line = line, Column = column };
    }
}
