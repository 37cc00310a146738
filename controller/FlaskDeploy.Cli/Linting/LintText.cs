using FlaskDeploy.Cli.Display;
using FlaskDeploy.Compiler.Linting;

namespace FlaskDeploy.Cli.Linting;

/// <summary>Findings as compilers print them, so that editors find the place.</summary>
internal static class LintText
{
    public static IEnumerable<string> Lines(LintResult result, Style style)
    {
        foreach (var finding in result.Findings)
        {
            var name = finding.Rule is { } rule ? $" [{rule.Name}]" : "";
            var remedy = finding.Remedy is { } text ? $"; {text}" : "";
            yield return style.Paint(ToneOf(finding.Severity), Safe.Line($"{finding.Span}: {Word(finding.Severity)} {finding.Code}{name}: {finding.Summary}{remedy}"));
            if (finding.Detail is { } detail)
            {
                yield return "    " + Safe.Lines(detail).Replace("\n", "\n    ", StringComparison.Ordinal);
            }
        }
        yield return $"{Counted(result.Files, "file")}: {Counted(result.Count(LintSeverity.Error), "error")}, {Counted(result.Count(LintSeverity.Warning), "warning")}, {result.Count(LintSeverity.Info)} info{(result.LeftOut > 0 ? $"; {result.LeftOut} left out as ansible-lint's configuration says" : "")}";
    }

    public static IEnumerable<string> Rules(Style style)
    {
        var table = new Table("CODE", "NAME", "SEVERITY", "WHAT");
        foreach (var rule in LintRules.All)
        {
            table.Add(rule.Code, rule.Name, new Cell(Word(rule.Severity), ToneOf(rule.Severity)), rule.Title);
        }
        return table.Print(style);
    }

    public static string Word(LintSeverity severity) => severity switch
    {
        LintSeverity.Error => "error",
        LintSeverity.Warning => "warning",
        _ => "info",
    };

    private static Tone ToneOf(LintSeverity severity) => severity switch
    {
        LintSeverity.Error => Tone.Failed,
        LintSeverity.Warning => Tone.Changed,
        _ => Tone.Faint,
    };

    private static string Counted(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}
