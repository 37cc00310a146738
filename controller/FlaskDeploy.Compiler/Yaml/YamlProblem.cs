using FlaskDeploy.Language.Diagnostics;
using YamlDotNet.Core;

namespace FlaskDeploy.Compiler.Yaml;

/// <summary>Says what the parser could not read in words that help whoever wrote it.</summary>
internal static class YamlProblem
{
    public static Diagnostic Explain(string file, string text, YamlException problem)
    {
        var span = new SourceSpan(file, (int)problem.Start.Line, (int)problem.Start.Column);
        var line = LineOf(text, (int)problem.Start.Line);
        if (FindTab(text, (int)problem.Start.Line) is { } tab && (tab.Line == span.Line || problem.Message.Contains("tab", StringComparison.Ordinal)))
        {
            return new Diagnostic(CompilerCodes.TabIndentation, Severity.Error, new SourceSpan(file, tab.Line, tab.Column), "a tab stands in the indentation") { Remedy = "indent with spaces" };
        }
        var message = Plain(problem.Message);
        return new Diagnostic(CompilerCodes.YamlSyntax, Severity.Error, span, $"this is not YAML: {message}") { Remedy = Remedy(message, line) };
    }

    /// <summary>Of a scanner that broke where it stood: mostly in a list or mapping in brackets that goes on into the next line's key.</summary>
    /// <param name="here">How far it had come.</param>
    public static Diagnostic Explain(string text, SourceSpan here, Exception problem) => OpenBracket(text, here) is { } open
        ? new Diagnostic(CompilerCodes.YamlSyntax, Severity.Error, here with { Line = open.Line, Column = open.Column }, $"this is not YAML: the '{open.Bracket}' that opens here is never closed")
        {
            Remedy = $"close it with '{(open.Bracket == '[' ? ']' : '}')}', or put the whole value in quotes where it is a text",
        }
        : new Diagnostic(CompilerCodes.YamlSyntax, Severity.Error, here, "this is not YAML") { Detail = problem.Message };

    private static (char Bracket, int Line, int Column)? OpenBracket(string text, SourceSpan here)
    {
        var lines = text.Split('\n');
        var closed = 0;
        for (var number = Math.Min(here.Line, lines.Length); number > 0; number--)
        {
            var line = number == here.Line ? lines[number - 1][..Math.Min(here.Column, lines[number - 1].Length)] : lines[number - 1];
            for (var at = line.Length - 1; at >= 0; at--)
            {
                closed += line[at] is ']' or '}' ? 1 : 0;
                if (line[at] is '[' or '{' && --closed < 0)
                {
                    return (line[at], number, at + 1);
                }
            }
        }
        return null;
    }

    // The parser does not say which tab it met; it is the first from there on.
    private static (int Line, int Column)? FindTab(string text, int fromLine)
    {
        foreach (var (index, line) in text.Split('\n').Index().Skip(fromLine - 1))
        {
            var indent = line.Length - line.TrimStart(' ', '-', '\t').Length;
            if (line.AsSpan(0, indent).IndexOf('\t') is >= 0 and var at)
            {
                return (index + 1, at + 1);
            }
        }
        return null;
    }

    private static string Plain(string message)
    {
        var text = message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        return text.Length == 0 ? "it cannot be read" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private static string? Remedy(string message, string line)
    {
        var value = line.Contains(": ", StringComparison.Ordinal) ? line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..].TrimStart() : "";
        return (message, value) switch
        {
            (_, ['{', '{', ..]) => "a value that starts with '{{' needs quotes around the whole of it",
            (_, ['"' or '\'', ..]) when message.Contains("did not find expected key", StringComparison.Ordinal) => "the quotes end before the value does: put the whole value in quotes",
            (_, ['@' or '`' or '%', ..]) => $"a value that starts with '{value[0]}' needs quotes",
            _ when message.Contains("invalid mapping", StringComparison.Ordinal) => "a value with ': ' inside needs quotes; else look at the indentation of this line",
            _ when message.Contains("while parsing a flow", StringComparison.Ordinal) => "a bracket that opens before this is not closed, or a comma is missing",
            _ when message.Contains("unexpected end of stream", StringComparison.Ordinal) => "a quote that opens here is never closed",
            _ when message.Contains("did not find expected", StringComparison.Ordinal) => "look at the indentation of this line and the one before",
            _ => null,
        };
    }

    private static string LineOf(string text, int number) => text.Split('\n').ElementAtOrDefault(number - 1) ?? "";
}
