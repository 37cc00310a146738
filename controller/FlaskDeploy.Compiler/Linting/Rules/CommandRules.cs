using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Compiler.Linting.Model;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Modules;

namespace FlaskDeploy.Compiler.Linting.Rules;

/// <summary>What is written as a command line.</summary>
internal static partial class CommandRules
{
    // By program: the modules that do it; of some only with these words, of others not with those.
    private sealed record Instead(string Modules, string[]? OnlyWith = null, string[]? NotWith = null);

    private static readonly FrozenDictionary<string, Instead> Programs = new Dictionary<string, Instead>(StringComparer.Ordinal)
    {
        ["yum"] = new("yum", ["install", "localinstall", "remove", "erase", "update", "upgrade"]),
        ["dnf"] = new("dnf", ["install", "remove", "erase", "update", "upgrade"]),
        ["rpm"] = new("yum", ["-i", "-ivh", "-U", "-Uvh", "-e", "--install", "--upgrade", "--erase", "--import"]),
        ["pip"] = new("pip", ["install", "uninstall"]),
        ["pip3"] = new("pip", ["install", "uninstall"]),
        ["git"] = new("git", ["clone", "pull", "checkout"]),
        ["systemctl"] = new("systemd", ["start", "stop", "restart", "reload", "enable", "disable", "daemon-reload", "mask", "unmask"]),
        ["service"] = new("service", ["start", "stop", "restart", "reload"]),
        ["chkconfig"] = new("service", ["on", "off", "--add"]),
        ["curl"] = new("get_url uri", ["-o", "-O", "-LO", "-OL", "-Lo", "-X", "--output", "--remote-name", "-sSLo", "-fsSLo", "-sLo"]),
        ["wget"] = new("get_url"),
        ["tar"] = new("unarchive", ["x", "-x", "xf", "xzf", "xvf", "xvzf", "zxf", "zxvf", "-xf", "-xzf", "-xvf", "-xvzf", "-zxf", "-zxvf", "-xjf", "--extract"]),
        ["unzip"] = new("unarchive", NotWith: ["-l", "-t", "-p"]),
        ["sed"] = new("lineinfile replace", ["-i", "-ie", "-ri", "-i.bak", "--in-place"]),
        ["mkdir"] = new("file"),
        ["rm"] = new("file"),
        ["touch"] = new("file"),
        ["ln"] = new("file"),
        ["cp"] = new("copy", NotWith: ["-u"]),
        ["chmod"] = new("file"),
        ["chown"] = new("file"),
        ["chgrp"] = new("file"),
        ["useradd"] = new("user"),
        ["usermod"] = new("user"),
        ["userdel"] = new("user"),
        ["groupadd"] = new("group"),
        ["groupdel"] = new("group"),
        ["crontab"] = new("cron", NotWith: ["-l"]),
        ["mount"] = new("mount", NotWith: ["-l", "-t"]),
        ["umount"] = new("mount"),
        ["sysctl"] = new("sysctl", ["-w", "-p"]),
        ["hostnamectl"] = new("hostname", ["set-hostname"]),
        ["setsebool"] = new("seboolean"),
        ["semanage"] = new("seport", ["port"], NotWith: ["-l", "--list"]),
        ["setenforce"] = new("selinux"),
        ["firewall-cmd"] = new("firewalld", NotWith: ["--state", "--list-all", "--query-service", "--query-port", "--reload"]),
        ["timedatectl"] = new("timezone", ["set-timezone"]),
        ["alternatives"] = new("alternatives", ["--set", "--install"]),
        ["mktemp"] = new("tempfile"),
        ["virtualenv"] = new("virtualenv"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static ImmutableArray<LintRule> All { get; } =
    [
        new("FD2201", "command-instead-of-module", LintSeverity.Warning, "a command where a module does the same")
        {
            Why = "A module looks first and says what it would change; a command can only run. Its result is checked, and drift of it is corrected.",
            Bad = "- name: Web server\n  command: yum install -y nginx\n",
            Good = "- name: Web server\n  yum:\n    name: nginx\n",
            Task = (task, found) =>
            {
                foreach (var command in Runs(task))
                {
                    if (InsteadOf(command) is { } modules && (task.Command!.Line.IsSimple || task.Command.Line.Commands.All(other => InsteadOf(other) is not null || other.Program is "cd" or "echo" or "true")))
                    {
                        found.At(task.Command.SpanAt(command.Offset), $"{command.Program} does what the module {string.Join(" or ", modules)} does", $"write it with {modules[0]}: it changes only what differs");
                    }
                }
            },
        },
        new("FD2202", "no-changed-when", LintSeverity.Warning, "a command that always counts as changed")
        {
            Why = "Nobody can see from outside what a command does: it runs with every push, always says changed, and in a reconvergence it is replayed only with the check that follows it. creates, removes or changed_when say more.",
            Bad = "- name: Database\n  command: /opt/app/bin/init-db\n",
            Good = "- name: Database\n  command: /opt/app/bin/init-db\n  args:\n    creates: /var/lib/app/db\n",
            Task = (task, found) =>
            {
                if (task.Command is { } command && task.Is("shell", "command", "raw") && !task.IsGuarded && !task.IsHandler && !(command.Line.Commands is [_, ..] commands && commands.All(IsQuery)) && task.Keyword("async") is null)
                {
                    found.At(task.ModuleSpan, $"this {task.Module} always counts as changed", "add creates or removes, or changed_when with what its output says");
                }
            },
        },
        new("FD2203", "command-instead-of-shell", LintSeverity.Info, "a shell for a command that needs none")
        {
            Why = "command passes each word as it is, whatever a variable in it contains; a shell interprets the words again.",
            Bad = "- name: Migrate\n  shell: /opt/app/bin/migrate --all\n  changed_when: false\n",
            Good = "- name: Migrate\n  command: /opt/app/bin/migrate --all\n  changed_when: false\n",
            Task = (task, found) =>
            {
                if (task is { Module: "shell", Command: { } command } && !task.Has("executable") && command.Line.IsSimple && command.Line.Commands[0].Program.Length > 0 && !NeedsShell(task.Play.Expand(command.Text)))
                {
                    found.At(task.ModuleSpan, "no shell is needed for this", "write command instead of shell");
                }
            },
        },
        new("FD2204", "no-shell-in-command", LintSeverity.Error, "operators of a shell in a command, which has none")
        {
            Why = "command runs one program and hands it pipes, redirections and && as plain words.",
            Bad = "- name: Count\n  command: ls /etc | wc -l\n  changed_when: false\n",
            Good = "- name: Count\n  shell: ls /etc | wc -l\n  changed_when: false\n",
            Task = (task, found) =>
            {
                if (task is { Module: "command", Command: { IsArgv: false } command } && command.Line.Commands is [var first, ..])
                {
                    var joined = command.Line.Commands.FirstOrDefault(other => other.Before is "&&" or "||" or "|" && other.Offset > 0);
                    // A sign in the middle of a word is part of it: name:>=1.0.
                    if (first.Redirections.FirstOrDefault(word => word.Offset == 0 || char.IsWhiteSpace(command.Text[word.Offset - 1])) is { Text: not null } redirection)
                    {
                        found.At(command.SpanAt(redirection.Offset), $"'{redirection.Text}' is passed to {first.Program} as a word: command has no shell", "write shell instead of command");
                    }
                    else if (joined is not null)
                    {
                        found.At(command.SpanAt(joined.Offset), $"'{joined.Before}' is passed to {first.Program} as a word: command has no shell", "write shell instead of command");
                    }
                    else if (first.Assignments.FirstOrDefault() is { Text: not null } assignment)
                    {
                        found.At(command.SpanAt(assignment.Offset), $"'{assignment.Text}' would be the program: command has no shell", "put it under environment:, or write shell");
                    }
                }
            },
        },
        new("FD2205", "risky-shell-pipe", LintSeverity.Info, "a pipe hides that its first program failed")
        {
            Why = "The status of a pipe is that of its last program: what failed before it counts as fine.",
            Bad = "- name: Load\n  shell: cat /srv/dump.sql | mysql app\n  changed_when: true\n",
            Good = "- name: Load\n  shell: set -o pipefail && cat /srv/dump.sql | mysql app\n  args:\n    executable: /bin/bash\n  changed_when: true\n",
            Task = (task, found) =>
            {
                if (task is { Module: "shell", Command: { } command } && !command.Text.Contains("pipefail", StringComparison.Ordinal) && task.Keyword("failed_when") is null && task.Keyword("ignore_errors") is null
                    && command.Line.Commands.FirstOrDefault(other => other.Before == "|" && other.Program is not ("grep" or "egrep" or "true" or "head")) is { } piped)
                {
                    found.At(command.SpanAt(piped.Offset), $"only the status of {(piped.Program.Length > 0 ? piped.Program : "the last program")} counts", "start with 'set -o pipefail &&' and executable: /bin/bash, or say with failed_when what is wrong");
                }
            },
        },
        new("FD2206", "sudo-in-command", LintSeverity.Warning, "sudo inside of a command")
        {
            Why = "sudo in the text asks for a password that nobody types, and hides from the playbook who runs what.",
            Bad = "- name: Reload\n  command: sudo /opt/app/bin/reload\n  changed_when: true\n",
            Good = "- name: Reload\n  command: /opt/app/bin/reload\n  become: true\n  changed_when: true\n",
            Task = (task, found) =>
            {
                foreach (var command in task.Command?.Line.Commands.Where(command => command.Program is "sudo" or "su") ?? [])
                {
                    found.At(task.Command!.SpanAt(command.Offset), $"{command.Program} inside of the command", "write become: true, and become_user where it is not root");
                }
            },
        },
        new("FD2207", "bashism", LintSeverity.Info, "words that only bash knows, for /bin/sh")
        {
            Why = "shell runs /bin/sh. On CentOS that is bash; where it is another shell, source and [[ are unknown commands.",
            Bad = "- name: Check\n  shell: source /opt/app/env && /opt/app/bin/check\n  changed_when: false\n",
            Good = "- name: Check\n  shell: . /opt/app/env && /opt/app/bin/check\n  changed_when: false\n",
            Task = (task, found) =>
            {
                if (task is { Module: "shell", Command: { } command } && !task.Has("executable"))
                {
                    foreach (var used in command.Line.Commands.Where(used => used.Program is "source" or "[[" or "pushd" or "popd" or "shopt"))
                    {
                        found.At(command.SpanAt(used.Offset), $"'{used.Program}' works only because /bin/sh is bash on CentOS", used.Program == "source" ? "write '.' instead of source, or executable: /bin/bash" : "add executable: /bin/bash");
                    }
                }
            },
        },
        new("FD2208", "quoted-tilde", LintSeverity.Error, "a tilde in quotes is no home")
        {
            Why = "A shell expands ~ only outside of quotes. In quotes it makes a directory that is literally named ~, while creates and the modules' own paths do expand it: the two then speak of different places.",
            Bad = "- hosts: all\n  vars:\n    HOME_DIR: \"~/site\"\n  tasks:\n  - name: Environment\n    shell: /usr/bin/python3 -m venv \"{{ HOME_DIR }}/venv\" && true\n    changed_when: true\n",
            Good = "- hosts: all\n  vars:\n    HOME_DIR: \"~/site\"\n  tasks:\n  - name: Environment\n    shell: /usr/bin/python3 -m venv {{ HOME_DIR }}/venv && true\n    changed_when: true\n",
            Task = (task, found) =>
            {
                foreach (var word in task is { Module: "shell", Command: { } line } ? line.Line.Commands.SelectMany(command => command.Words) : [])
                {
                    if (word.Quote != '\0' && task.Play.Expand(word.Plain) is ['~', '/', ..] path)
                    {
                        found.At(task.Command!.SpanAt(word.Offset), $"{word.Text} is '{path}' in quotes: the shell makes a directory literally named '~'", "leave the quotes away, or write $HOME instead of ~", "creates= and the paths of modules do expand it, so that they look in another place");
                    }
                }
            },
        },
        new("FD2209", "free-form-options", LintSeverity.Info, "options of the module inside of a command over several plain lines")
        {
            Why = "In plain text over several lines the command and creates= run into one another, and a blank with a # starts a comment that cuts off the rest without a word.",
            Bad = "- name: Environment\n  shell: /opt/app/bin/setup --all\n         creates=/opt/app/done && true\n",
            Good = "- name: Environment\n  shell: /opt/app/bin/setup --all && true\n  args:\n    creates: /opt/app/done\n",
            Task = (task, found) =>
            {
                foreach (var option in task.Command is null || !IsWrittenPlain(task) ? [] : task.Arguments.Where(argument => argument.Node is null && argument.Name is "creates" or "removes" or "chdir" && argument.Span.Line > task.ModuleSpan.Line))
                {
                    found.At(option.NameSpan, $"{option.Name}= stands in the text of the command", $"write it under args:, where a ' #' cannot cut it off");
                }
            },
        },
    ];

    // In a block or in quotes no '#' starts a comment.
    private static bool IsWrittenPlain(LintTask task) => task.Node.Entries.Any(entry => entry.Key.Span == task.ModuleSpan && entry.Value is YamlScalar { IsPlain: true });

    private static IEnumerable<ShellCommand> Runs(LintTask task) => task.Is("shell", "command", "raw") && task.Command is { } command ? command.Line.Commands : [];

    private static string[]? InsteadOf(ShellCommand command)
    {
        if (!Programs.TryGetValue(command.Program, out var instead)
            || instead.OnlyWith is { } only && !only.Any(word => command.Verb == word || command.HasOption(word) || command.Arguments.Any(argument => argument.Text == word))
            || instead.NotWith is { } not && command.HasOption(not)
            || command.Arguments.Length == 0
            // What the host's shell expands, no module does.
            || command.Arguments.Any(argument => argument.Text.AsSpan().ContainsAny('*', '`') || argument.Text.Contains("$(", StringComparison.Ordinal)))
        {
            return null;
        }
        var modules = instead.Modules.Split(' ').Where(name => ModuleCatalog.Find(name) is not null).ToArray();
        return modules.Length > 0 ? modules : null;
    }

    // Programs that only tell something; what is registered from them is no change either, but nobody is warned of it.
    private static bool IsQuery(ShellCommand command) => command.Program is "kill";

    private static bool NeedsShell(string text) => text.AsSpan().ContainsAny("$`*?[]~<>|&;\n#!{}\\()".AsSpan()) && !OnlyBraces().IsMatch(text) || Builtin().IsMatch(text);

    [GeneratedRegex(@"^([^$`*?\[\]~<>|&;\n#!{}\\()]|\{\{[^{}]*\}\})*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OnlyBraces();

    [GeneratedRegex(@"^\s*([A-Za-z_]+=|source\s|\.\s|cd\s|export\s|umask\s|ulimit\s|type\s|set\s|exit\b|if\s|for\s|while\s|test\s|command\s|alias\s|eval\s)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Builtin();
}
