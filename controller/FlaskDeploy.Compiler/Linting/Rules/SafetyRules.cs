using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Compiler.Linting.Model;
using FlaskDeploy.Compiler.Yaml;

namespace FlaskDeploy.Compiler.Linting.Rules;

/// <summary>Secrets that are told, and doors that are left open.</summary>
internal static partial class SafetyRules
{
    public static ImmutableArray<LintRule> All { get; } =
    [
        new("FD2701", "plain-password", LintSeverity.Warning, "a password in plain text")
        {
            Why = "Whoever may read the playbook, its history or a backup of it knows the password.",
            Bad = "- hosts: all\n  vars:\n    db_password: hunter2\n  tasks:\n  - name: Say\n    debug: msg={{ db_password | length }}\n",
            Good = "- hosts: all\n  vars:\n    db_password: \"{{ vault_db_password | default('') }}\"\n  tasks:\n  - name: Say\n    debug: msg={{ db_password | length }}\n",
            File = (file, found) =>
            {
                foreach (var variable in file.Variables.Where(variable => IsSecret(variable.Name)))
                {
                    if (variable.Value is YamlScalar { IsNull: false, Tag: null } scalar && scalar.Text.Length > 0 && !Language.Expressions.Template.HasMarkup(scalar.Text) && scalar.Text[0] is not ('/' or '$') && !IsPlainTruth(scalar.Text))
                    {
                        found.At(scalar.Span, $"'{variable.Name}' stands here in plain text", "keep it in a vault, or give it with -e or vars_prompt");
                    }
                }
            },
        },
        new("FD2702", "no-log-password", LintSeverity.Warning, "a password that is logged")
        {
            Why = "The command line stands in the events, the history and the list of processes. no_log keeps it out of the first two. Arguments of modules that are secrets are never shown, but the items of a loop are.",
            Bad = "- hosts: all\n  tasks:\n  - name: Account\n    command: /opt/app/bin/adduser --password {{ app_password }}\n    changed_when: true\n",
            Good = "- hosts: all\n  tasks:\n  - name: Account\n    command: /opt/app/bin/adduser --password {{ app_password }}\n    changed_when: true\n    no_log: true\n",
            Task = (task, found) =>
            {
                if (task.Command is { } command && !HidesLog(task) && Reference().Match(command.Text) is { Success: true } match)
                {
                    found.At(command.SpanAt(match.Index), $"'{match.Groups["name"].Value}' is told with the command line", "add no_log: true, or hand it over with stdin or environment");
                }
                // The argument itself is never shown; the item that it came from is.
                if (task.HasLoop && !HidesLog(task) && (task.Keyword("loop_control")?.Value as YamlMapping)?.Find("label") is null
                    && task.Arguments.FirstOrDefault(argument => Item().IsMatch(argument.Text) && (task.Spec?.Find(argument.Name)?.Secret ?? IsSecret(argument.Name))) is { } secret)
                {
                    found.At(secret.Span, $"each item is shown, with what {secret.Name} takes from it", "add no_log: true, or loop_control with a label that is no secret");
                }
            },
        },
        new("FD2707", "unhashed-password", LintSeverity.Error, "a password where its hash is wanted")
        {
            Why = "user writes its password into /etc/shadow as it is: there it is taken for a hash, and nobody can log in with the word that was meant. It stands in plain text in that file, too.",
            Bad = "- name: Account\n  user:\n    name: app\n    password: swordfish\n",
            Good = "- hosts: all\n  tasks:\n  - name: Account\n    user:\n      name: app\n      password: \"{{ app_password | default('x') | password_hash('sha512', 'fixedsalt') }}\"\n",
            Task = (task, found) =>
            {
                if (task.Module == "user" && task.Argument("password") is { HasMarkup: false, Text: [not ('$' or '!' or '*' or '_'), ..] } password && password.Text.Length != 13)
                {
                    found.At(password.Span, "this is no hash, and user wants one", "write {{ NAME | password_hash('sha512', 'SALT') }}");
                }
            },
        },
        new("FD2703", "certificates-unchecked", LintSeverity.Warning, "certificates or signatures are not checked")
        {
            Why = "Whoever stands between can give the host something else, which root then installs or runs.",
            Bad = "- name: Package\n  yum:\n    name: app\n    disable_gpg_check: true\n",
            Good = "- name: Package\n  yum:\n    name: app\n",
            Task = (task, found) =>
            {
                foreach (var argument in task.Arguments.Where(argument => argument.Name is "validate_certs" or "gpgcheck" or "sslverify" && argument.IsFalse || argument.Name == "disable_gpg_check" && argument.IsTrue))
                {
                    found.At(argument.NameSpan, $"{argument.Name}: what comes over the line is not checked", "leave it away, and install the authority or the key instead");
                }
            },
        },
        new("FD2704", "world-writable", LintSeverity.Warning, "a mode that lets everybody write")
        {
            Why = "Any account of the machine can then change what others run or read.",
            Bad = "- name: Directory\n  file: path=/srv/app state=directory mode=0777\n",
            Good = "- name: Directory\n  file: path=/srv/app state=directory mode=0755\n",
            Task = (task, found) =>
            {
                foreach (var mode in task.Arguments.Where(argument => argument.Name is "mode" or "directory_mode"))
                {
                    var digits = mode.Text.TrimStart('0');
                    // With the sticky bit it is what /tmp has.
                    if (digits.Length == 3 && digits.All(c => c is >= '0' and <= '7') && digits[2] is '2' or '3' or '6' or '7' && digits.Length == 3)
                    {
                        found.At(mode.Span, $"{mode.Name} {mode.Text} lets everybody write", "leave the last digit at 5 or less");
                    }
                }
            },
        },
        new("FD2705", "download-and-run", LintSeverity.Warning, "a download that a shell runs at once")
        {
            Why = "What runs as root is whatever the other side answers at that moment, a half of it included where the line breaks.",
            Bad = "- name: Install\n  shell: curl -sL https://example.com/setup | bash -\n  changed_when: true\n",
            Good = "- name: Fetch\n  get_url:\n    url: https://example.com/setup\n    dest: /opt/setup\n    checksum: sha256:0000000000000000000000000000000000000000000000000000000000000000\n    mode: '0755'\n",
            Task = (task, found) =>
            {
                var commands = task.Command?.Line.Commands ?? [];
                foreach (var (first, second) in commands.Zip(commands.Skip(1)))
                {
                    if (first.Program is "curl" or "wget" && second is { Before: "|", Program: "sh" or "bash" or "sudo" or "python" or "python3" })
                    {
                        found.At(task.Command!.SpanAt(first.Offset), $"{second.Program} runs what {first.Program} fetches", "fetch it with get_url and a checksum, then run it");
                    }
                }
            },
        },
        new("FD2706", "remove-by-variable", LintSeverity.Warning, "rm -r of a path that a variable starts")
        {
            Why = "Where the variable is empty, 'rm -rf {{ dir }}/*' removes the whole machine.",
            Bad = "- hosts: all\n  tasks:\n  - name: Clean\n    shell: rm -rf {{ app_dir }}/*\n    changed_when: true\n",
            Good = "- hosts: all\n  tasks:\n  - name: Clean\n    file:\n      path: \"{{ app_dir }}\"\n      state: absent\n",
            Task = WordRule.Of("rm", part => part.Arguments.Any(word => word.Text.StartsWith('-') && word.Text.AsSpan().ContainsAny('r', 'R'))
                    ? part.Arguments.FirstOrDefault(word => word.Plain.StartsWith("{{", StringComparison.Ordinal) && word.Plain.Contains("}}/", StringComparison.Ordinal)) : default,
                path => $"{path.Text} is a path from / where the variable is empty", "remove the directory with file and state: absent, or test the variable first"),
        },
    ];

    [GeneratedRegex(@"\{\{[^}]*\bitem\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Item();

    // A template may come to yes.
    private static bool HidesLog(LintTask task) => task.Inherited("no_log") is { } entry && !(entry.Value is YamlScalar scalar && Language.Values.YamlScalars.AsBoolean(scalar.Text) == false);

    private static bool IsSecret(string name) => SecretName().IsMatch(name);

    private static bool IsPlainTruth(string text) => Language.Values.YamlScalars.Resolve(text) is Language.Values.BoolValue;

    [GeneratedRegex(@"(^|_)(password|passwd|passphrase|secret|secret_key|api_key|apikey|private_key|auth_token|access_token)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"\{\{\s*(?<name>([A-Za-z0-9_.]*_)?(password|passwd|passphrase|secret|api_key))\b[^}]*\}\}", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Reference();
}
