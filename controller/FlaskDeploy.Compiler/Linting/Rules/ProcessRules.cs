using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Compiler.Linting.Model;

namespace FlaskDeploy.Compiler.Linting.Rules;

/// <summary>Sites that are found, killed and started by commands: the founding playbook's last four tasks.</summary>
internal static partial class ProcessRules
{
    public static ImmutableArray<LintRule> All { get; } =
    [
        new("FD2301", "launch-in-background", LintSeverity.Warning, "a process put into the background by a shell")
        {
            Why = "Who started it, from what, and whether it still runs is known to nobody; a push with another port or path leaves the old one running, because no task names it. The module launch keeps the process, restarts it when what it was started from changes, and moves it.",
            Bad = "- name: Site\n  shell: nohup python3 /srv/app.py >/srv/log 2>&1 &\n  changed_when: true\n",
            Good = "- name: Site\n  launch:\n    command: python3 /srv/app.py\n    port: 5000\n",
            Task = (task, found) =>
            {
                if (task.Command is { IsShell: true } command && command.Line.Commands.FirstOrDefault(part => part.After == "&" || part.Program is "nohup" or "setsid" or "disown") is { } launched)
                {
                    found.At(command.SpanAt(launched.Offset), "a shell puts this into the background: nothing knows it afterwards", "use the module launch with its command and port",
                        command.Text.Contains("{{", StringComparison.Ordinal) ? "with another value of its variables, the process of the old one stays up: no task names it" : null);
                }
            },
        },
        new("FD2302", "redirect-order", LintSeverity.Warning, "2>&1 before the redirection of stdout")
        {
            Why = "Redirections count from left to right: 2>&1 >file sends stderr where stdout was before, which is the pipe of the task. A process that stays holds it open, and loses what it writes when the reader goes.",
            Bad = "- name: Report\n  shell: /opt/app/report 2>&1 >/dev/null\n  changed_when: false\n",
            Good = "- name: Report\n  shell: /opt/app/report >/dev/null 2>&1\n  changed_when: false\n",
            Task = (task, found) =>
            {
                foreach (var part in task.Command is { IsShell: true } command ? command.Line.Commands : [])
                {
                    var joined = part.Redirections.FirstOrDefault(word => word.Text == "2>&1");
                    if (joined.Text is not null && part.Redirections.Any(word => word.Offset > joined.Offset && word.Text[0] is '>' or '1'))
                    {
                        found.At(task.Command!.SpanAt(joined.Offset), "stderr stays on the task's pipe: 2>&1 stands before the redirection of stdout", "write it behind: >FILE 2>&1");
                    }
                }
            },
        },
        new("FD2303", "kill-by-port", LintSeverity.Warning, "a search for the listener of a port that finds its clients as well")
        {
            Why = "lsof -i:PORT lists every process with a connection of that port: the listener, its clients, perhaps our own agent. What is killed is then a matter of luck.",
            Bad = "- name: Find\n  command: lsof -t -i:5000\n  register: pids\n  changed_when: false\n  failed_when: pids.rc > 1\n",
            Good = "- name: Find\n  command: lsof -t -i:5000 -sTCP:LISTEN\n  register: pids\n  changed_when: false\n  failed_when: pids.rc > 1\n",
            Task = (task, found) =>
            {
                foreach (var part in task.Command?.Line.Commands ?? [])
                {
                    if (part.Program == "lsof" && part.Arguments.Any(word => word.Text.StartsWith("-i", StringComparison.Ordinal) && !word.Text.StartsWith("-iTCP -s", StringComparison.Ordinal))
                        && !part.Arguments.Any(word => word.Text.StartsWith("-sTCP", StringComparison.OrdinalIgnoreCase)))
                    {
                        found.At(task.Command!.SpanAt(part.Offset), "lsof -i lists clients of the port as well as its listener", "add -sTCP:LISTEN, or use the modules launch and stop");
                    }
                }
            },
        },
        new("FD2304", "kill-registered", LintSeverity.Warning, "kill with the whole output of another task")
        {
            Why = "Where the output has several lines, the shell takes the second for a command of its own: rc 127, and the second process lives on.",
            Bad = "- name: Find\n  command: pgrep -f app.py\n  register: pids\n  changed_when: false\n  failed_when: false\n- name: Kill\n  shell: kill {{ pids.stdout }}\n  when: pids.stdout != ''\n",
            Good = "- name: Find\n  command: pgrep -f app.py\n  register: pids\n  changed_when: false\n  failed_when: false\n- name: Kill\n  shell: kill {{ pids.stdout_lines | join(' ') }}\n  when: pids.stdout != ''\n",
            Task = WordRule.Of("kill", part => part.Arguments.FirstOrDefault(word => Output().IsMatch(word.Text)),
                _ => "with several pids, the second line runs as a command of its own", "write {{ NAME.stdout_lines | join(' ') }}"),
        },
        new("FD2305", "kill-without-privilege", LintSeverity.Warning, "found as root, killed as somebody else")
        {
            Why = "Root sees the processes of everybody; the play's user may signal only its own. The kill fails for exactly those that only root could find.",
            Bad = "- name: Find\n  command: lsof -t -i:5000 -sTCP:LISTEN\n  become: true\n  register: pids\n  changed_when: false\n  failed_when: false\n- name: Kill\n  command: kill {{ pids.stdout_lines | join(' ') }}\n  when: pids.stdout != ''\n",
            Good = "- name: Find\n  command: lsof -t -i:5000 -sTCP:LISTEN\n  become: true\n  register: pids\n  changed_when: false\n  failed_when: false\n- name: Kill\n  command: kill {{ pids.stdout_lines | join(' ') }}\n  become: true\n  when: pids.stdout != ''\n",
            Play = (play, found) =>
            {
                foreach (var kill in play.Tasks.Where(task => task.Becomes == false && task.Command?.Line.Commands.Any(part => part.Program is "kill" or "pkill") == true))
                {
                    var finder = play.Tasks.Find(task => task.KeywordText("register") is { Length: > 0 } name && task.Becomes == true && kill.Command!.Text.Contains(name + ".", StringComparison.Ordinal));
                    if (finder is not null)
                    {
                        found.At(kill.ModuleSpan, $"what '{finder.Name}' finds as root is killed as the play's user", "give both the same become");
                    }
                }
            },
        },
        new("FD2306", "wait-for-old-process", LintSeverity.Warning, "a wait that the process just killed can satisfy")
        {
            Why = "A killed process listens until it is gone. wait_for then finds the port open, though it is still the old one that answers, and the new one may never have started.",
            Bad = "- name: Kill\n  command: kill 1234\n- name: Start\n  shell: nohup /opt/app/bin/serve >/dev/null 2>&1 &\n- name: Wait\n  wait_for:\n    port: 5000\n",
            Good = "- name: Kill\n  command: kill 1234\n- name: Wait until it is gone\n  wait_for:\n    port: 5000\n    state: stopped\n- name: Start\n  shell: nohup /opt/app/bin/serve >/dev/null 2>&1 &\n- name: Wait\n  wait_for:\n    port: 5000\n",
            Play = (play, found) =>
            {
                var isDying = false;
                foreach (var task in play.Tasks)
                {
                    isDying |= task.Command?.Line.Commands.Any(part => part.Program is "kill" or "pkill" or "killall") == true;
                    if (task.Module != "wait_for")
                    {
                        continue;
                    }
                    if (isDying && task.Has("port") && (task.Text("state") ?? "started") is ("started" or "present"))
                    {
                        found.At(task.ModuleSpan, "the process that was just killed can still hold the port: the wait may see the old one", "put a wait_for with state: stopped between the kill and the start");
                    }
                    isDying = false;
                }
            },
        },
        new("FD2307", "script-wants-arguments", LintSeverity.Error, "a script that is started without the arguments it reads")
        {
            Why = "The script takes sys.argv[N] and is given fewer: it ends with an IndexError, in the background, where nobody sees it.",
            // Beside the examples lies a site.py that reads sys.argv[1].
            Bad = "- name: Site\n  command: python3 /srv/site.py\n  changed_when: true\n",
            Good = "- name: Site\n  command: python3 /srv/site.py 5000\n  changed_when: true\n",
            Project = (project, found) =>
            {
                foreach (var task in project.Files.SelectMany(file => file.Tasks).Where(task => task.Command is not null))
                {
                    foreach (var part in task.Command!.Line.Commands)
                    {
                        Check(project, task, part, found);
                    }
                }
            },
        },
    ];

    private static void Check(LintProject project, LintTask task, ShellCommand part, LintFinder found)
    {
        var at = part.Words.FindIndex(word => task.Play.Expand(word.Plain).EndsWith(".py", StringComparison.Ordinal));
        if (at <= 0 || !part.Words.Take(at).Any(word => word.Plain.Contains("python", StringComparison.Ordinal)))
        {
            return;
        }
        var name = task.Play.Expand(part.Words[at].Plain).Split('/')[^1];
        if (project.FindFile(name) is not { } script)
        {
            return;
        }
        var wanted = Argument().Matches(script.Text).Select(match => match.Groups["n"].Value.Length > 3 ? 0 : int.Parse(match.Groups["n"].Value, System.Globalization.CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();
        if (wanted > part.Words.Length - at - 1 && !script.Text.Contains("len(sys.argv", StringComparison.Ordinal))
        {
            found.At(task.Command!.SpanAt(part.Words[at].Offset), $"{name} reads sys.argv[{wanted}] and is given {(part.Words.Length - at - 1 is 0 ? "no argument" : $"{part.Words.Length - at - 1}")}", "add what it wants behind its name, such as the port");
        }
    }

    private static int FindIndex(this ImmutableArray<ShellWord> words, Func<ShellWord, bool> holds)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (holds(words[i]))
            {
                return i;
            }
        }
        return -1;
    }

    [GeneratedRegex(@"^""?\{\{\s*[A-Za-z_][A-Za-z0-9_]*\.stdout\s*\}\}""?$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Output();

    [GeneratedRegex(@"sys\.argv\[(?<n>[0-9]+)\]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Argument();
}
