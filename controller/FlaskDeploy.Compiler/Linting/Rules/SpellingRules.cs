using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Compiler.Linting.Model;
using FlaskDeploy.Compiler.Yaml;

namespace FlaskDeploy.Compiler.Linting.Rules;

/// <summary>Spellings of older versions: all understood here, and by no current Ansible or not for long.</summary>
internal static partial class SpellingRules
{
    public static ImmutableArray<LintRule> All { get; } =
    [
        new("FD2601", "deprecated-sudo", LintSeverity.Info, "sudo and su as keywords")
        {
            Why = "Ansible 2.9 was the last to take them. become says the same.",
            Bad = "- name: Tools\n  yum: name=lsof\n  sudo: yes\n",
            Good = "- name: Tools\n  yum: name=lsof\n  become: yes\n",
            Task = (task, found) => Sudo(task.Node, found),
            Play = (play, found) => Sudo(play.Node, found),
        },
        new("FD2602", "deprecated-include", LintSeverity.Info, "include")
        {
            Why = "Whether include is read before the run or during it depends on what is written; Ansible 2.16 has removed it.",
            Bad = "- include: part.yml\n",
            Good = "- import_tasks: part.yml\n",
            Task = (task, found) =>
            {
                if (task.Module == "include")
                {
                    found.At(task.ModuleSpan, "include is no longer taken by a current Ansible", "write import_tasks, or include_tasks where the host decides which file it is");
                }
            },
        },
        new("FD2603", "no-jinja-when", LintSeverity.Warning, "braces in a condition")
        {
            Why = "A condition is an expression already. Braces inside of it put the value in as text, which is then read as an expression again: a value with a blank or a quote breaks it.",
            Bad = "- name: Say\n  debug: msg=hello\n  when: \"{{ ansible_os_family == 'RedHat' }}\"\n",
            Good = "- name: Say\n  debug: msg=hello\n  when: ansible_os_family == 'RedHat'\n",
            Play = (play, found) =>
            {
                foreach (var role in (play.Node?["roles"] as YamlSequence)?.Items.OfType<YamlMapping>() ?? [])
                {
                    Braces(role, "when", found);
                }
            },
            Task = (task, found) =>
            {
                foreach (var keyword in (ReadOnlySpan<string>)["when", "changed_when", "failed_when", "until"])
                {
                    Braces(task.Node, keyword, found);
                }
            },
        },
        new("FD2604", "prefer-loop", LintSeverity.Info, "with_items")
        {
            Why = "loop says the same, and does not flatten nested lists without being asked.",
            Bad = "- name: Say\n  debug: msg={{ item }}\n  with_items: [a, b]\n",
            Good = "- name: Say\n  debug: msg={{ item }}\n  loop: [a, b]\n",
            Task = (task, found) =>
            {
                foreach (var entry in task.Node.Entries.Where(entry => entry.Name is "with_items" or "with_list" or "with_dict"))
                {
                    found.At(entry.Key.Span, $"{entry.Name} is the older spelling of loop", entry switch
                    {
                        { Name: "with_dict" } => "write loop: \"{{ NAME | dict2items }}\"",
                        { Name: "with_items", Value: YamlScalar } => "write loop: \"{{ NAME | flatten(1) }}\", or without flatten where no item is a list",
                        { Name: "with_items", Value: YamlSequence items } when items.Items.Any(item => item is YamlSequence || item is YamlScalar scalar && Language.Expressions.Template.HasMarkup(scalar.Text)) => "write loop; items that are lists have to be written out, or joined with + and flatten(1)",
                        _ => "write loop",
                    });
                }
            },
        },
        new("FD2605", "deprecated-bare-vars", LintSeverity.Warning, "the bare name of a variable as a loop's items")
        {
            Why = "Ansible 1.9 took it for the variable; since 2.2 it is the text itself, and the task runs once, with the name.",
            Bad = "- hosts: all\n  vars:\n    packages: [a, b]\n  tasks:\n  - name: Say\n    debug: msg={{ item }}\n    with_items: packages\n",
            Good = "- hosts: all\n  vars:\n    packages: [a, b]\n  tasks:\n  - name: Say\n    debug: msg={{ item }}\n    with_items: \"{{ packages }}\"\n",
            Task = (task, found) =>
            {
                foreach (var entry in task.Node.Entries.Where(entry => entry.Name is "with_items" or "with_dict" or "with_list" or "with_flattened" or "with_nested" or "with_together" or "with_cartesian" or "with_indexed_items" or "with_random_choice"))
                {
                    if (entry.Value is YamlScalar { IsNull: false } scalar && (Syntax.Names.IsBareVariable(scalar.Text) || Call().IsMatch(scalar.Text)))
                    {
                        found.At(scalar.Span, $"'{scalar.Text}' is a name without braces", $"write \"{{{{ {scalar.Text} }}}}\"");
                    }
                }
            },
        },
        new("FD2606", "deprecated-test-filter", LintSeverity.Info, "a test written as a filter")
        {
            Why = "result|failed and its like were removed in Ansible 2.9; 'result is failed' says the same.",
            Bad = "- name: Ask\n  command: uptime\n  changed_when: false\n  register: answer\n- name: Say\n  debug: msg=hello\n  when: answer|success\n",
            Good = "- name: Ask\n  command: uptime\n  changed_when: false\n  register: answer\n- name: Say\n  debug: msg=hello\n  when: answer is success\n",
            Task = (task, found) =>
            {
                foreach (var scalar in task.Keyword("when") is { } entry ? YamlWalk.Scalars(entry.Value) : [])
                {
                    var compact = scalar.Text.Replace(" ", "", StringComparison.Ordinal);
                    if (((ReadOnlySpan<string>)["failed", "success", "succeeded", "changed", "skipped"]).ToArray().FirstOrDefault(test => compact.EndsWith("|" + test, StringComparison.Ordinal)) is { } old)
                    {
                        found.At(scalar.Span, $"'|{old}' is a test written as a filter", $"write 'is {old}'");
                    }
                }
            },
        },
    ];

    // result.stdout.split('x')
    [GeneratedRegex(@"^[A-Za-z_]\w*(\.\w+)+\(.*\)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Call();

    private static void Braces(YamlMapping node, string keyword, LintFinder found)
    {
        foreach (var scalar in (node[keyword] is { } value ? YamlWalk.Scalars(value) : []).Where(scalar => scalar.Text.Contains("{{", StringComparison.Ordinal)))
        {
            found.At(scalar.Span, $"braces in {keyword}, which is an expression already", "write the names without {{ }}");
        }
    }

    private static void Sudo(YamlMapping? node, LintFinder found)
    {
        foreach (var entry in (node?.Entries ?? []).Where(entry => entry.Name is "sudo" or "sudo_user" or "su" or "su_user"))
        {
            found.At(entry.Key.Span, $"no current Ansible takes '{entry.Name}'", $"write {(entry.Name.EndsWith("_user", StringComparison.Ordinal) ? "become_user" : "become")}");
        }
    }
}
