using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Compiler.Linting.Model;
using FlaskDeploy.Compiler.Yaml;

namespace FlaskDeploy.Compiler.Linting.Rules;

/// <summary>Conditions that mean something else than they say.</summary>
internal static partial class ConditionRules
{
    public static ImmutableArray<LintRule> All { get; } =
    [
        new("FD2801", "literal-compare", LintSeverity.Info, "a comparison with true or false")
        {
            Why = "-e flag=true and an inventory of lines give a text, and 'true' == true is false. With the filter bool both are understood.",
            Bad = "- name: Say\n  debug: msg=hello\n  when: site_enabled == true\n",
            Good = "- name: Say\n  debug: msg=hello\n  when: site_enabled | bool\n",
            Task = (task, found) =>
            {
                foreach (var scalar in Conditions(task))
                {
                    if (!Literal().IsMatch(scalar.Text))
                    {
                        continue;
                    }
                    var match = Literal().Match(scalar.Text);
                    var (left, word) = (match.Groups["left"].Value, match.Groups["value"].Value);
                    var not = char.ToLowerInvariant(word[0]) == 't' == (match.Groups["sign"].Value == "==") ? "" : "not ";
                    // What a module returned is a boolean for certain.
                    var (says, remedy) = left.Contains('.', StringComparison.Ordinal)
                        ? ($"'{match.Value.Trim()}' compares a boolean with a boolean", $"write '{not}{left}'")
                        : ($"'{match.Value.Trim()}' takes no text for a boolean, and -e {left}={word} gives one", $"write '{not}{left} | bool'");
                    found.At(scalar.SpanAt(match.Index), says, remedy);
                }
            },
        },
        new("FD2802", "constant-condition", LintSeverity.Warning, "a text after 'or', which is always true")
        {
            Why = "x == 'a' or 'b' is read as (x == 'a') or 'b', and a text that is not empty counts as true: the condition holds for every x.",
            Bad = "- name: Say\n  debug: msg=hello\n  when: ansible_distribution == 'CentOS' or 'Rocky'\n",
            Good = "- name: Say\n  debug: msg=hello\n  when: ansible_distribution in ['CentOS', 'Rocky']\n",
            Task = (task, found) =>
            {
                foreach (var scalar in Conditions(task))
                {
                    if (TextAfterOr().Match(scalar.Text) is { Success: true } match)
                    {
                        found.At(scalar.SpanAt(match.Groups["text"].Index), $"{match.Groups["text"].Value} stands alone after 'or', and is always true", "compare it as well, or write: NAME in ['a', 'b']");
                    }
                }
            },
        },
    ];

    // Texts only: a boolean of YAML is no expression.
    private static IEnumerable<YamlScalar> Conditions(LintTask task) =>
        ((string[])["when", "changed_when", "failed_when", "until"]).Select(task.Keyword).OfType<YamlEntry>().SelectMany(entry => YamlWalk.Scalars(entry.Value));

    [GeneratedRegex(@"(?<![\w.\])'""])(?<!\|\s*)(?<left>(?![Tt]rue\b|[Ff]alse\b)[A-Za-z_][\w.]*)\s*(?<sign>==|!=)\s*(?<value>[Tt]rue|[Ff]alse)\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Literal();

    [GeneratedRegex(@"(==|!=)\s*('[^']*'|""[^""]*"")\s+or\s+(?<text>'[^']+'|""[^""]+"")\s*($|\)|or\b|and\b)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TextAfterOr();
}
