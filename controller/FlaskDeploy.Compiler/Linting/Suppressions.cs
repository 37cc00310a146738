using System.Text.RegularExpressions;
using FlaskDeploy.Compiler.Linting.Model;

namespace FlaskDeploy.Compiler.Linting;

/// <summary>
/// What comments silence: <c># noqa</c> all of a line, <c># noqa: FD2201 no-changed-when</c> what it names, by code or
/// name, ours or ansible-lint's. As there it counts for the line it stands on and for the task around it; without a rule, for
/// the task only on its first line or its module's. A task tagged <c>skip_ansible_lint</c> is left in peace.
/// </summary>
internal sealed partial class Suppressions
{
    private readonly Dictionary<int, string[]> _lines = [];
    private readonly List<(int First, int Last, string[] Words)> _ranges = [];

    public Suppressions(LintFile file)
    {
        if (file.Text.Contains("noqa", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var (index, line) in file.Text.Split('\n').Index())
            {
                if (Comment().Match(line) is { Success: true } match)
                {
                    _lines[index + 1] = match.Groups["rules"].Value.Split([' ', ',', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
                }
            }
        }
        foreach (var task in file.Tasks.Where(task => !task.IsBlock))
        {
            var last = LastLine(task);
            for (var line = task.Span.Line; line <= last; line++)
            {
                // Without a rule, in a script that the task holds, it is for another linter.
                if (_lines.TryGetValue(line, out var words) && (words.Length > 0 || line == task.Span.Line || line == task.ModuleSpan.Line))
                {
                    _ranges.Add((task.Span.Line, last, words));
                }
            }
            if (task.Node["tags"] is { } tags && YamlWalk.Scalars(tags).Any(tag => tag.Text.Split(',', StringSplitOptions.TrimEntries).Contains("skip_ansible_lint")))
            {
                _ranges.Add((task.Span.Line, last, []));
            }
        }
    }

    public bool Silence(LintFinding finding) =>
        _lines.TryGetValue(finding.Span.Line, out var words) && Names(words, finding)
        || _ranges.Exists(range => finding.Span.Line >= range.First && finding.Span.Line <= range.Last && Names(range.Words, finding));

    private static bool Names(string[] words, LintFinding finding) =>
        words.Length == 0 || words.Any(word => LintRule.IsCalled(word, finding.Code, finding.Rule?.Name));

    private static int LastLine(LintTask task) =>
        YamlWalk.Scalars(task.Node).Select(scalar => scalar.Span.Line).Concat(task.Node.Entries.Select(entry => entry.Key.Span.Line)).DefaultIfEmpty(task.Span.Line).Max();

    [GeneratedRegex(@"(^|\s)#\s*noqa\b:?(?<rules>[^#]*)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Comment();
}
