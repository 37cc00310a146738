using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Compiler.Linting.Model;
using FlaskDeploy.Compiler.Yaml;

namespace FlaskDeploy.Compiler.Linting.Rules;

/// <summary>Names that are missing, and names that nobody uses.</summary>
internal static partial class NameRules
{
    private static readonly ImmutableArray<string> Reserved = ["item", "vars", "hostvars", "groups", "group_names", "inventory_hostname", "environment", "omit", "play_hosts", "playbook_dir", "role_path"];

    public static ImmutableArray<LintRule> All { get; } =
    [
        new("FD2501", "name", LintSeverity.Info, "a task without a name")
        {
            Why = "The run, the history and explain show tasks by their names; --start-at-task finds them by it.",
            Bad = "- file: path=/srv/app state=directory\n",
            Good = "- name: Directory\n  file: path=/srv/app state=directory\n",
            Task = (task, found) =>
            {
                if (!task.IsBlock && (task.Node["name"] is null or YamlScalar { Text: "" } or YamlScalar { IsNull: true }) && task.Module is not ("meta" or "include" or "include_tasks" or "import_tasks" or "include_role" or "import_role" or "include_vars" or "debug"))
                {
                    found.At(task.Span, $"this {task.Module} has no name", "add name: and what it is for");
                }
            },
        },
        new("FD2502", "unused-register", LintSeverity.Warning, "a result that nobody reads")
        {
            NeedsEverything = true,
            Why = "Either the task that should read it misspells the name, or the line can go.",
            Bad = "- name: Ask\n  command: uptime\n  changed_when: false\n  register: uptime_result\n",
            Good = "- name: Ask\n  command: uptime\n  changed_when: false\n  register: uptime_result\n- name: Say\n  debug: var=uptime_result.stdout\n",
            Project = (project, found) =>
            {
                foreach (var task in project.Files.SelectMany(file => file.Tasks))
                {
                    if (task.KeywordText("register") is { Length: > 1 } name && name[0] != '_' && project.Names.Of(name) == 1)
                    {
                        found.At(task.Node["register"]!.Span, $"nothing reads '{name}'", "remove it, or look for a name that is spelt otherwise");
                    }
                }
            },
        },
        new("FD2506", "loop-result", LintSeverity.Warning, "the result of a loop read as that of one task")
        {
            Why = "With a loop, what register keeps has a list, results, with one entry for each item; stdout, rc and the like stand in the entries only, and reading them from the whole is an undefined variable.",
            Bad = "- name: Ask\n  command: \"id {{ item }}\"\n  loop: [app, web]\n  changed_when: false\n  register: accounts\n- name: Say\n  debug: msg={{ accounts.stdout }}\n",
            Good = "- name: Ask\n  command: \"id {{ item }}\"\n  loop: [app, web]\n  changed_when: false\n  register: accounts\n- name: Say\n  debug: msg={{ accounts.results | map(attribute='stdout') | list }}\n",
            Project = (project, found) =>
            {
                var tasks = project.Files.SelectMany(file => file.Tasks).Where(task => !task.IsBlock).ToList();
                var registered = tasks.Where(task => task.KeywordText("register") is { Length: > 0 }).ToLookup(task => task.KeywordText("register")!, StringComparer.Ordinal);
                var looped = registered.Where(tasks => tasks.Key.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && tasks.All(task => task.HasLoop)).Select(tasks => tasks.Key).ToHashSet(StringComparer.Ordinal);
                foreach (var task in looped.Count == 0 ? [] : tasks)
                {
                    foreach (var scalar in task.Scalars)
                    {
                        foreach (var match in OfOne().Matches(scalar.Text).Where(match => looped.Contains(match.Groups["name"].Value) && match.Groups["name"].Value != task.KeywordText("register")))
                        {
                            found.At(scalar.SpanAt(match.Index), $"'{match.Groups["name"].Value}' is the result of a loop: it has no {match.Groups["key"].Value}", $"read {match.Groups["name"].Value}.results, which has one for each item");
                        }
                    }
                }
            },
        },
        new("FD2503", "unused-variable", LintSeverity.Info, "a variable that nobody reads")
        {
            NeedsEverything = true,
            Why = "Its name stands nowhere else in what was looked at: in no task, template or file of variables.",
            Bad = "- hosts: all\n  vars:\n    site_prot: 80\n  tasks:\n  - name: Say\n    debug: msg=hello\n",
            Good = "- hosts: all\n  vars:\n    site_port: 80\n  tasks:\n  - name: Say\n    debug: msg={{ site_port }}\n",
            Project = (project, found) =>
            {
                // What a group or a host is given may be for playbooks elsewhere.
                foreach (var variable in project.Files.Where(file => file.Kind == LintFileKind.Playbook || file.Variables.Any(variable => variable.IsOfRole)).SelectMany(file => file.Variables))
                {
                    if (!variable.Name.StartsWith("ansible_", StringComparison.Ordinal) && project.Names.Of(variable.Name) == 1)
                    {
                        found.At(variable.Span, $"nothing reads '{variable.Name}'", "remove it, or look for a name that is spelt otherwise");
                    }
                }
            },
        },
        new("FD2504", "unused-handler", LintSeverity.Warning, "a handler that nobody notifies")
        {
            NeedsEverything = true,
            Why = "It never runs: what notifies it is missing, or misspells its name.",
            Bad = "- hosts: all\n  tasks:\n  - name: Say\n    debug: msg=hello\n  handlers:\n  - name: Restart\n    service: name=app state=restarted\n",
            Good = "- hosts: all\n  tasks:\n  - name: Directory\n    file: path=/srv/app state=directory\n    notify: Restart\n  handlers:\n  - name: Restart\n    service: name=app state=restarted\n",
            Project = (project, found) =>
            {
                // A role's handlers may be for the roles around it.
                var tasks = project.Files.SelectMany(file => file.Tasks).ToList();
                var notified = tasks.Select(task => task.Node["notify"]).OfType<YamlNode>().SelectMany(YamlWalk.Scalars).Select(scalar => scalar.Text).ToList();
                if (notified.Exists(Language.Expressions.Template.HasMarkup))
                {
                    return;
                }
                var known = notified.Concat(notified.Select(name => name[(name.LastIndexOf(" : ", StringComparison.Ordinal) is >= 0 and var at ? at + 3 : 0)..])).ToHashSet(StringComparer.Ordinal);
                foreach (var handler in project.Files.Where(file => file.Kind == LintFileKind.Playbook).SelectMany(file => file.Tasks).Where(task => task is { IsHandler: true, IsBlock: false } && task.Keyword("name") is not null))
                {
                    if (!known.Contains(handler.Name) && handler.Keyword("listen") is null && !Language.Expressions.Template.HasMarkup(handler.Name))
                    {
                        found.At(handler.Span, $"nothing notifies '{handler.Name}'", "notify it, or remove it");
                    }
                }
            },
        },
        new("FD2505", "reserved-name", LintSeverity.Warning, "a variable with a name that the language keeps for itself")
        {
            Why = "The language gives these names a value of its own; which of the two is read depends on the place.",
            Bad = "- hosts: all\n  vars:\n    groups: [a, b]\n  tasks:\n  - name: Say\n    debug: msg=hello\n",
            Good = "- hosts: all\n  vars:\n    site_groups: [a, b]\n  tasks:\n  - name: Say\n    debug: msg={{ site_groups }}\n",
            File = (file, found) =>
            {
                foreach (var variable in file.Variables.Where(variable => Reserved.Contains(variable.Name)))
                {
                    found.At(variable.Span, $"'{variable.Name}' is a name of the language", "call it otherwise");
                }
            },
        },
    ];

    [GeneratedRegex(@"(?<![\w.'""])(?<name>[A-Za-z_]\w*)\.(?<key>stdout|stderr|rc|stdout_lines|stderr_lines|stat|content|dest)\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OfOne();
}
