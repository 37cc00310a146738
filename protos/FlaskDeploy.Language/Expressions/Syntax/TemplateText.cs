using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Source with newlines made <c>\n</c>, and where it stands in a file.</summary>
internal sealed class TemplateText(string source, SourceSpan start)
{
    internal string Text { get; } = source.Contains('\r') ? source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n') : source;

    internal SourceSpan Start { get; } = start;

    /// <summary>Whether it slices what is written out in it.</summary>
    internal bool SlicesConstants { get; set; }

    /// <summary>
    /// Lines of a block scalar have one indent, which is what the start's column says; so the columns of all lines are
    /// offset by it. In a file of its own that is nothing.
    /// </summary>
    internal SourceSpan At(int offset)
    {
        if (Start.IsNone || Start.Line == 0)
        {
            return Start;
        }
        var upTo = Text.AsSpan(0, Math.Clamp(offset, 0, Text.Length));
        var line = upTo.Count('\n');
        var column = upTo.Length - (upTo.LastIndexOf('\n') + 1);
        return new SourceSpan(Start.File, Start.Line + line, Start.Column == 0 ? 0 : Start.Column + column);
    }
}

/// <summary>Ends the reading of one template. Never leaves this folder: <see cref="Template.Parse(string, SourceSpan, DiagnosticBag)"/> makes a diagnostic of it.</summary>
internal sealed class SyntaxStop(int at, string message) : Exception(message)
{
    internal int At { get; } = at;
}
