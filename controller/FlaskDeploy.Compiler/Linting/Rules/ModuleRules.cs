using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Compiler.Linting.Model;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Modules;

namespace FlaskDeploy.Compiler.Linting.Rules;

/// <summary>How modules are used.</summary>
internal static partial class ModuleRules
{
    public static ImmutableArray<LintRule> All { get; } =
    [
        new("FD2401", "package-latest", LintSeverity.Warning, "state: latest where being installed is enough")
        {
            Why = "Each push may bring a newer package, restart what depends on it, and give two hosts two versions; each one also asks the repositories.",
            Bad = "- name: Tools\n  yum: name=lsof state=latest\n",
            Good = "- name: Tools\n  yum: name=lsof state=present\n",
            Task = (task, found) =>
            {
                if (task.Is("yum", "dnf", "package", "pip") && task.Argument("state") is { Text: "latest" } state && task.Text("name") is not "*" && task.Argument("update_only")?.IsTrue != true)
                {
                    found.At(state.NameSpan, $"{task.Module} with state latest: each push may bring another version", "write state: present, and name the version where it matters");
                }
            },
        },
        new("FD2402", "pip-unpinned", LintSeverity.Info, "a Python distribution without a version")
        {
            Why = "What pip installs depends on the day. On an old Python it may be a version that no longer works there: pip 8 of CentOS 7 pulls packages for Python 3 only.",
            Bad = "- name: Flask\n  pip:\n    name: flask\n    virtualenv: /srv/venv\n",
            Good = "- name: Flask\n  pip:\n    name: flask==3.0.3\n    virtualenv: /srv/venv\n",
            Task = (task, found) =>
            {
                if (task.Module == "pip" && task.Text("state") is not ("absent" or "latest") && !task.Has("version") && task.Argument("name") is { HasMarkup: false } name
                    && name.Texts.FirstOrDefault(text => text.Trim().Length > 0 && !text.TrimStart().StartsWith('.') && !text.AsSpan().ContainsAny("=<>~/@{")) is { } unpinned)
                {
                    found.At(name.Span, $"which version of {unpinned} comes depends on the day", $"write {unpinned}==VERSION, or a file of requirements");
                }
            },
        },
        new("FD2403", "pip-into-system", LintSeverity.Info, "Python distributions for the whole machine")
        {
            Why = "As root and without a virtual environment pip writes beside, and over, what the distribution's own packages have put there.",
            Bad = "- name: Flask\n  pip:\n    name: flask==3.0.3\n  become: true\n",
            Good = "- name: Flask\n  pip:\n    name: flask==3.0.3\n    virtualenv: /srv/venv\n",
            Task = (task, found) =>
            {
                if (task.Module == "pip" && task.Becomes == true && !task.Has("virtualenv") && !task.Has("executable") && task.Text("state") != "absent" && task.Inherited("become_user") is null)
                {
                    found.At(task.ModuleSpan, "pip installs for the whole machine, beside the distribution's packages", "give it a virtualenv, or take the distribution's package");
                }
            },
        },
        .. ModuleCatalog.Find("git") is null ? ImmutableArray<LintRule>.Empty : [GitLatest],
        new("FD2405", "risky-file-permissions", LintSeverity.Info, "a file whose permissions nobody says")
        {
            Why = "A new file follows the umask of whoever runs the task, which differs between hosts and users.",
            Bad = "- name: Configuration\n  copy:\n    content: x\n    dest: /etc/app.conf\n",
            Good = "- name: Configuration\n  copy:\n    content: x\n    dest: /etc/app.conf\n    mode: '0644'\n",
            Task = (task, found) =>
            {
                if (task.Is("copy", "template", "get_url", "assemble") && !task.Has("mode") || task.Is("lineinfile", "blockinfile", "ini_file") && task.Argument("create")?.IsTrue == true && !task.Has("mode"))
                {
                    found.At(task.ModuleSpan, $"{task.Module} without mode: a new file follows the umask", "add mode: '0644', or what it shall be");
                }
                else if (task.Module == "file" && task.Text("state") is "directory" or "touch" && !task.Has("mode"))
                {
                    var isDirectory = task.Text("state") == "directory";
                    // With recurse the mode would be that of all files below.
                    found.At(task.ModuleSpan, $"file without mode: a new {(isDirectory ? "directory" : "file")} follows the umask",
                        task.Argument("recurse")?.IsTrue == true ? "make the directory with a task of its own that has a mode: with recurse it would be that of every file in it" : $"add mode: '{(isDirectory ? "0755" : "0644")}', or what it shall be");
                }
            },
        },
        new("FD2406", "relative-host-path", LintSeverity.Warning, "a path on the host that depends on the current directory")
        {
            Why = "Which directory a task runs in depends on its user and on how it runs; the same playbook then writes to different places.",
            Bad = "- name: Directory\n  file:\n    path: app/data\n    state: directory\n",
            Good = "- name: Directory\n  file:\n    path: /srv/app/data\n    state: directory\n",
            Task = (task, found) =>
            {
                if (task.Has("chdir"))
                {
                    return;
                }
                foreach (var argument in task.Arguments.Where(argument => argument.Name is not "executable" && task.Spec?.Find(argument.Name)?.Type == ArgumentType.Path && argument.Text.Length > 0))
                {
                    var path = task.Play.Expand(argument.Text);
                    // Empty where a variable is: a condition then leaves the task out.
                    if (path is [not ('/' or '~' or '$' or '{'), ..] && !(task.Is("file", "mount") && argument.Name == "src"))
                    {
                        found.At(argument.Span, $"{argument.Name} '{path}' depends on the directory that the task runs in", "write a path that starts with / or ~");
                    }
                }
            },
        },
        new("FD2407", "no-relative-paths", LintSeverity.Info, "a source that climbs out of its directory")
        {
            Why = "files/ and templates/ beside the playbook and in roles are searched anyway; a path with ../ breaks when the file with the task moves.",
            Bad = "- name: Configuration\n  copy:\n    src: ../other/app.conf\n    dest: /etc/app.conf\n    mode: '0644'\n",
            Good = "- name: Configuration\n  copy:\n    content: x\n    dest: /etc/app.conf\n    mode: '0644'\n",
            Task = (task, found) =>
            {
                if (task.Is("copy", "template", "script", "unarchive") && task.Argument("src") is { } source && source.Text.StartsWith("../", StringComparison.Ordinal) && !(task.Argument("remote_src")?.IsTrue ?? false))
                {
                    found.At(source.Span, $"src '{source.Text}' climbs out of its directory", "put the file into files/ or templates/ and name it alone");
                }
            },
        },
        new("FD2408", "ignore-errors", LintSeverity.Warning, "every error of a task is ignored")
        {
            Why = "What was meant is usually one of them, such as 'nothing found'. The others, a missing program or a full disk, are ignored as well.",
            Bad = "- name: Find\n  command: pgrep app\n  register: pids\n  changed_when: false\n  ignore_errors: true\n",
            Good = "- name: Find\n  command: pgrep app\n  register: pids\n  changed_when: false\n  failed_when: pids.rc > 1\n",
            Task = (task, found) =>
            {
                if (task.Keyword("ignore_errors") is { Value: YamlScalar scalar } entry && Language.Values.YamlScalars.AsBoolean(scalar.Text) == true && task.Keyword("failed_when") is null)
                {
                    found.At(entry.Key.Span, "all errors of this task are ignored", task.Command is not null && task.KeywordText("register") is { } name ? $"say which are none: failed_when: {name}.rc > 1" : "register the result and say with failed_when which are errors");
                }
            },
        },
        new("FD2409", "no-handler", LintSeverity.Info, "a task that waits for another one's change")
        {
            Why = "A handler runs once at the end, also when the run stopped in between and went on later; a task with 'when: x.changed' is forgotten then.",
            Bad = "- name: Configuration\n  file: path=/etc/app state=directory\n  register: conf\n- name: Restart\n  service: name=app state=restarted\n  when: conf.changed\n",
            Good = "- hosts: all\n  tasks:\n  - name: Configuration\n    file: path=/etc/app state=directory\n    notify: Restart\n  handlers:\n  - name: Restart\n    service: name=app state=restarted\n",
            Task = (task, found) =>
            {
                if (!task.IsHandler && !task.IsBlock && task.Keyword("when") is { } entry && YamlWalk.Scalars(entry.Value).ToList() is [var when] && Changed().IsMatch(when.Text))
                {
                    found.At(when.Span, $"this task waits for '{when.Text.Trim()}'", "make it a handler, and notify it");
                }
            },
        },
        new("FD2410", "needless-become", LintSeverity.Info, "other rights for a task that needs none")
        {
            Why = "Saying something or setting a variable asks nothing of the machine.",
            Bad = "- name: Say\n  debug: msg=hello\n  become: true\n",
            Good = "- name: Say\n  debug: msg=hello\n",
            Task = (task, found) =>
            {
                if (task.Is("debug", "set_fact", "assert", "fail", "pause", "meta", "include_vars", "add_host", "group_by") && (task.Keyword("become") ?? task.Keyword("sudo")) is { } entry && task.Becomes == true)
                {
                    found.At(entry.Key.Span, $"{task.Module} needs no other rights", "remove it");
                }
            },
        },
        new("FD2411", "partial-become", LintSeverity.Warning, "become_user without become")
        {
            Why = "become_user alone changes nobody: the task runs as the play's user.",
            Bad = "- name: Reload\n  command: /opt/app/bin/reload\n  become_user: app\n  changed_when: true\n",
            Good = "- name: Reload\n  command: /opt/app/bin/reload\n  become: true\n  become_user: app\n  changed_when: true\n",
            Play = (play, found) =>
            {
                // What a task, or a role, that becomes takes over from the play.
                if (play.Node is { } node && node.Find("become_user") is { } entry && node.Find("become") is null && node.Find("sudo") is null && node.Find("roles") is null
                    && play.Tasks.TrueForAll(task => task.Keyword("become") is null && !task.Module.Contains("include", StringComparison.Ordinal) && !task.Module.Contains("import", StringComparison.Ordinal)))
                {
                    found.At(entry.Key.Span, "become_user without become changes nobody", "add become: true");
                }
            },
            Task = (task, found) =>
            {
                // A role's file of tasks may stand in a play that becomes.
                if (task.Play.Node is not null && task.Keyword("become_user") is { } entry && task.Inherited("become") is null && task.Inherited("sudo") is null)
                {
                    found.At(entry.Key.Span, "become_user without become changes nobody", "add become: true");
                }
            },
        },
        new("FD2412", "restart-each-push", LintSeverity.Warning, "a service that every push restarts")
        {
            Why = "As a task, state: restarted is done by each push, whether or not something changed: a site that is right goes down for a moment. A handler does it when it is notified, once. A reconvergence restarts nothing: it takes restarted as started.",
            Bad = "- name: Web server\n  service: name=nginx state=restarted\n",
            Good = "- hosts: all\n  tasks:\n  - name: Directory\n    file: path=/srv/app state=directory mode=0755\n    notify: Restart\n  handlers:\n  - name: Restart\n    service: name=nginx state=restarted\n",
            Task = (task, found) =>
            {
                if (task.Is("service", "systemd", "systemd_service", "supervisorctl") && !task.IsHandler && task.Inherited("when") is null && !IsWithin(task, "when") && task.Argument("state") is { Text: "restarted" or "reloaded" } state)
                {
                    found.At(state.NameSpan, $"each push has {task.Text("name") ?? "it"} {state.Text}", "make it a handler and notify it, or write state: started");
                }
            },
        },
        new("FD2413", "user-groups-replaced", LintSeverity.Info, "groups that take a user out of all others")
        {
            Why = "Without append the user is in these groups and in no other: who was made an administrator by hand, or by another role, is none afterwards.",
            Bad = "- name: Account\n  user:\n    name: app\n    groups: docker\n",
            Good = "- name: Account\n  user:\n    name: app\n    groups: docker\n    append: yes\n",
            Task = (task, found) =>
            {
                if (task.Module == "user" && task.Argument("groups") is { } groups && !task.Has("append") && task.Text("state") != "absent" && groups.Texts.Any(text => text.Length > 0))
                {
                    found.At(groups.NameSpan, "the user is taken out of all groups that are not listed", "add append: yes, or append: no where that is meant");
                }
            },
        },
        new("FD2414", "firewalld-after-boot", LintSeverity.Info, "a rule of the firewall that counts only after a reload")
        {
            Why = "permanent alone writes the configuration of the next boot. Until firewalld is reloaded, the port stays as it was.",
            Bad = "- name: Port\n  firewalld:\n    port: 5000/tcp\n    state: enabled\n    permanent: yes\n",
            Good = "- name: Port\n  firewalld:\n    port: 5000/tcp\n    state: enabled\n    permanent: yes\n    immediate: yes\n",
            Task = (task, found) =>
            {
                if (task.Module == "firewalld" && task.Argument("permanent") is { IsTrue: true } permanent && !task.Has("immediate") && !task.Has("offline") && task.Keyword("notify") is null && task.Keyword("register") is null)
                {
                    found.At(permanent.NameSpan, "it counts only after firewalld is reloaded", "add immediate: yes");
                }
            },
        },
    ];

    private static bool IsWithin(LintTask task, string keyword) => task.Block is { } block && (block.Keyword(keyword) is not null || IsWithin(block, keyword));

    [GeneratedRegex(@"^\s*[A-Za-z_]\w*\s*(\.changed|\['changed'\]|\|\s*changed|\s+is\s+changed)(\s*==\s*[Tt]rue|\s*\|\s*bool)?\s*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Changed();

    // Of a module that the catalog may lack: the compiler refuses the whole task then.
    private static LintRule GitLatest => new("FD2404", "git-latest", LintSeverity.Warning, "a checkout without a version")
    {
        Why = "What is deployed is then whatever the default branch holds at that moment, and two hosts may get two versions.",
        Bad = "- name: Code\n  git:\n    repo: https://example.com/app.git\n    dest: /srv/app\n",
        Good = "- name: Code\n  git:\n    repo: https://example.com/app.git\n    dest: /srv/app\n    version: v1.4.2\n",
        Task = (task, found) =>
        {
            if (task.Module == "git" && (task.Text("version") ?? "HEAD") == "HEAD")
            {
                found.At(task.ModuleSpan, "which commit is checked out depends on the moment", "name a tag or a commit with version");
            }
        },
    };
}
