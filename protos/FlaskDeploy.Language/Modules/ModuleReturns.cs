using System.Collections.Frozen;
using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules;

/// <summary>One value of what <c>register</c> keeps, as data.</summary>
/// <param name="When">"always", or when it is there.</param>
public sealed record ReturnSpec(string Name, ArgumentType Type, string When, string Summary)
{
    /// <summary>Null says that there is nothing to tell, and fits any type.</summary>
    public bool Fits(Value value) => value.Reveal() switch
    {
        NullValue => true,
        BoolValue => Type is ArgumentType.Boolean or ArgumentType.Any,
        IntegerValue => Type is ArgumentType.Integer or ArgumentType.Real or ArgumentType.Any,
        RealValue => Type is ArgumentType.Real or ArgumentType.Any,
        TextValue => Type is ArgumentType.Text or ArgumentType.Path or ArgumentType.Any,
        ListValue => Type is ArgumentType.List or ArgumentType.Any,
        MapValue => Type is ArgumentType.Map or ArgumentType.Any,
        _ => Type == ArgumentType.Any,
    };
}

/// <summary>
/// What each module returns, beside the specs of what it takes. A test runs every case of every module and holds this to what
/// came back: nothing else is returned, and nothing here is never returned.
/// </summary>
public static class ModuleReturns
{
    private const string Always = "always";
    private const string Changed = "when it changed something";

    private static readonly ReturnSpec Message = new("msg", ArgumentType.Text, Always, "what was done, in words");
    private static readonly ReturnSpec BackupFile = new("backup_file", ArgumentType.Path, "with backup, when it changed something", "where what was there before is kept");

    private static readonly ImmutableArray<ReturnSpec> Attributes =
    [
        new("uid", ArgumentType.Integer, "when the path is there", "its owner's number"),
        new("gid", ArgumentType.Integer, "when the path is there", "its group's number"),
        new("owner", ArgumentType.Text, "when the path is there", "its owner's name"),
        new("group", ArgumentType.Text, "when the path is there", "its group's name"),
        new("mode", ArgumentType.Text, "when the path is there", "its permissions, octal"),
        new("size", ArgumentType.Integer, "when the path is there", "its bytes"),
        new("state", ArgumentType.Text, Always, "file, directory, link, hard or absent"),
    ];

    private static readonly ImmutableArray<ReturnSpec> Output =
    [
        new("rc", ArgumentType.Integer, Always, "its exit code"),
        new("stdout", ArgumentType.Text, Always, "what it printed, without the newlines at the end"),
        new("stderr", ArgumentType.Text, Always, "what it printed as errors"),
        new("stdout_lines", ArgumentType.List, Always, "what it printed, by line"),
        new("stderr_lines", ArgumentType.List, Always, "what it printed as errors, by line"),
        new("start", ArgumentType.Text, "when it ran", "when it began"),
        new("end", ArgumentType.Text, "when it ran", "when it ended"),
        new("delta", ArgumentType.Text, "when it ran", "how long it took"),
    ];

    private static readonly ImmutableArray<ReturnSpec> Packages =
    [
        Message,
        new("rc", ArgumentType.Integer, Always, "0 where all went well"),
        new("results", ArgumentType.List, Always, "a line for each package that was installed or removed; with list, what was listed"),
        new("changes", ArgumentType.Map, Changed, "installed and removed: lists of name-version-release.architecture"),
    ];

    private static readonly ImmutableArray<ReturnSpec> Unit =
    [
        new("name", ArgumentType.Text, "with name", "the unit, as it was written"),
        new("state", ArgumentType.Text, "with state", "started or stopped"),
        new("enabled", ArgumentType.Boolean, "with enabled", "whether it starts at boot"),
        new("status", ArgumentType.Map, "with name", "what systemd told before: LoadState, ActiveState, SubState, UnitFileState, MainPID"),
    ];

    private static readonly ReturnSpec Facts = new("ansible_facts", ArgumentType.Map, Always, "what later tasks find as variables");

    /// <summary>What the run itself adds to the result of any module.</summary>
    public static ImmutableArray<ReturnSpec> Common { get; } =
    [
        new("changed", ArgumentType.Boolean, Always, "whether the host was changed, or changed_when said so"),
        new("failed", ArgumentType.Boolean, Always, "whether it went wrong, or failed_when said so"),
        new("skipped", ArgumentType.Boolean, "when it was skipped", "a condition did not hold, or there was nothing to do"),
        new("skipped_reason", ArgumentType.Text, "when it was skipped", "why"),
        new("msg", ArgumentType.Text, "when it failed, or had something to say", "why it failed, or what was done"),
        new("results", ArgumentType.List, "in a loop", "the result of each item, with item in it"),
        new("attempts", ArgumentType.Integer, "with until", "how often it was tried"),
        new("warnings", ArgumentType.List, "when there are some", "what is probably not meant"),
        new("diff", ArgumentType.Any, "of modules that edit", "before and after"),
    ];

    private static readonly FrozenDictionary<string, ImmutableArray<ReturnSpec>> ByModule = new Dictionary<string, ImmutableArray<ReturnSpec>>
    {
        ["add_host"] = [new("add_host", ArgumentType.Map, Always, "the host, its groups and its variables")],
        ["alternatives"] = [],
        ["assemble"] =
        [
            new("dest", ArgumentType.Path, Always, "the file"), new("src", ArgumentType.Path, Always, "the directory of its parts"), BackupFile,
            new("checksum", ArgumentType.Text, Always, "the file's SHA-1"), new("md5sum", ArgumentType.Text, Always, "the file's MD5"), .. Attributes,
        ],
        ["assert"] =
        [
            new("assertion", ArgumentType.Any, "when one does not hold", "which one"),
            new("evaluated_to", ArgumentType.Boolean, "when one does not hold", "false"),
        ],
        ["async_status"] =
        [
            new("ansible_job_id", ArgumentType.Text, Always, "the job"), new("started", ArgumentType.Integer, "with mode=status", "1"),
            new("finished", ArgumentType.Integer, "with mode=status", "1 where it has ended"), new("erased", ArgumentType.Text, "with mode=cleanup, when it was there", "the job"),
            new("cmd", ArgumentType.Any, "when it has ended", "what ran"), .. Output.Select(spec => spec with { When = "when it has ended" }),
        ],
        ["authorized_key"] =
        [
            new("user", ArgumentType.Text, Always, "whose keys they are"), new("keyfile", ArgumentType.Path, Always, "the file that holds them"),
            new("key", ArgumentType.Text, Always, "the key as it was given"), new("state", ArgumentType.Text, Always, "present or absent"),
            new("exclusive", ArgumentType.Boolean, Always, "whether other keys are removed"), new("manage_dir", ArgumentType.Boolean, Always, "whether the directory is made, too"),
            new("key_options", ArgumentType.Text, Always, "the options as they were given, or null"), new("comment", ArgumentType.Text, Always, "the same of the comment"),
            new("path", ArgumentType.Path, Always, "the file that was asked for, or null"),
        ],
        ["blockinfile"] = [BackupFile, new("rc", ArgumentType.Integer, "when the file is missing", "257, as Ansible has it")],
        ["command"] = [new("cmd", ArgumentType.List, Always, "the command and its words"), .. Output],
        ["copy"] =
        [
            new("dest", ArgumentType.Path, Always, "the path on the host"), new("src", ArgumentType.Path, Always, "the file on the operator's side"),
            new("checksum", ArgumentType.Text, "of a file", "its SHA-1"), new("md5sum", ArgumentType.Text, "of a file", "its MD5"), BackupFile, .. Attributes,
        ],
        ["cron"] =
        [
            new("jobs", ArgumentType.List, Always, "the names of the jobs that are there"), new("envs", ArgumentType.List, Always, "the names of the variables that are there"),
            new("cron_file", ArgumentType.Path, "with cron_file", "the file in /etc/cron.d"), new("state", ArgumentType.Text, "when a file of cron was removed", "absent"), BackupFile,
        ],
        ["debug"] = [],
        ["dnf"] = Packages,
        ["fail"] = [],
        ["fetch"] =
        [
            new("dest", ArgumentType.Path, "when it was brought", "where it lies on the operator's machine"), new("file", ArgumentType.Path, "when nothing was to be brought", "the path on the host"),
            new("checksum", ArgumentType.Text, "when it was brought", "the SHA-1 of what was brought"), new("md5sum", ArgumentType.Text, "when it was brought", "its MD5"),
            new("remote_checksum", ArgumentType.Text, Changed, "the SHA-1 on the host"), new("remote_md5sum", ArgumentType.Text, Changed, "nothing, as Ansible has it"),
        ],
        ["file"] =
        [
            new("path", ArgumentType.Path, "of a file or a directory", "the path"), new("dest", ArgumentType.Path, "of a link, or of what was touched", "the path"),
            new("src", ArgumentType.Path, "of a link", "what it points to"), .. Attributes,
        ],
        ["find"] =
        [
            new("files", ArgumentType.List, Always, "what was found: path and what stat tells of it"), new("matched", ArgumentType.Integer, Always, "how many they are"),
            new("examined", ArgumentType.Integer, Always, "how many were looked at"), new("skipped_paths", ArgumentType.Map, Always, "what could not be looked at, and why"),
        ],
        ["firewalld"] = [],
        ["get_url"] = [new("url", ArgumentType.Text, Always, "where it is from"), new("dest", ArgumentType.Path, Always, "where it is"), BackupFile, .. Attributes],
        ["getent"] = [Facts],
        ["git"] =
        [
            new("before", ArgumentType.Text, Always, "the commit that was there; nothing where there was no clone"), new("after", ArgumentType.Text, Always, "the commit that is there"),
            new("remote_url_changed", ArgumentType.Boolean, "of a clone", "whether it was of another repository"),
        ],
        ["group"] =
        [
            new("name", ArgumentType.Text, Always, "the group"), new("gid", ArgumentType.Integer, "when it is there", "its number"),
            new("state", ArgumentType.Text, Always, "present or absent"), new("system", ArgumentType.Boolean, "when it is there", "whether it was asked for as a system's one"),
        ],
        ["group_by"] = [new("add_group", ArgumentType.Text, Always, "the group"), new("parent_groups", ArgumentType.List, Always, "the groups that it is in")],
        ["hostname"] = [new("name", ArgumentType.Text, Always, "the name"), Facts],
        ["include_vars"] =
        [
            Facts, new("ansible_included_var_files", ArgumentType.List, Always, "the files that were read"),
            new("message", ArgumentType.Text, "when it failed", "why"),
        ],
        ["ini_file"] = [BackupFile],
        ["known_hosts"] =
        [
            new("name", ArgumentType.Text, Always, "the host"), new("key", ArgumentType.Text, Always, "the line as it was given"), new("path", ArgumentType.Path, Always, "the file"),
            new("hash_host", ArgumentType.Boolean, Always, "whether the name is hidden"), new("state", ArgumentType.Text, Always, "present or absent"),
        ],
        ["launch"] =
        [
            new("name", ArgumentType.Text, Always, "what it is known by"), new("cmd", ArgumentType.List, Always, "the command and its words"), new("log", ArgumentType.Path, Always, "where its output goes"),
            new("port", ArgumentType.Integer, Always, "the port that it listens on; nothing without one"), new("pid", ArgumentType.Integer, "when it runs", "its process"),
            new("start_time", ArgumentType.Integer, "when it ran already", "when the kernel says that the process began; with the pid it names one process for ever"),
        ],
        ["lineinfile"] =
        [
            new("backup", ArgumentType.Path, Always, "where what was there before is kept; empty without one"),
            new("found", ArgumentType.Integer, "with state=absent", "how many lines were removed"), new("rc", ArgumentType.Integer, "when the file is missing", "257, as Ansible has it"),
        ],
        ["meta"] = [],
        ["mount"] =
        [
            new("name", ArgumentType.Path, Always, "where it is mounted"), new("src", ArgumentType.Text, "with src", "what is mounted"), new("fstype", ArgumentType.Text, "with fstype", "its file system"),
            new("opts", ArgumentType.Text, Always, "its options"), new("dump", ArgumentType.Text, Always, "the fifth field of fstab"), new("passno", ArgumentType.Text, Always, "the sixth field of fstab"),
            new("fstab", ArgumentType.Path, Always, "the file that says so"), new("boot", ArgumentType.Text, Always, "yes or no: whether it is mounted at boot"),
            new("backup_file", ArgumentType.Path, Always, "where the former fstab is kept; empty without one"),
        ],
        ["package"] = Packages,
        ["package_facts"] = [Facts],
        ["pause"] =
        [
            new("delta", ArgumentType.Integer, Always, "seconds that were waited"), new("echo", ArgumentType.Boolean, Always, "whether an answer would be shown"), new("rc", ArgumentType.Integer, Always, "0"),
            new("stdout", ArgumentType.Text, Always, "how long it was, in words"), new("stderr", ArgumentType.Text, Always, "empty"), new("user_input", ArgumentType.Text, Always, "empty: nobody is asked"),
        ],
        ["ping"] = [new("ping", ArgumentType.Text, Always, "pong, or what data says")],
        ["pip"] =
        [
            new("name", ArgumentType.List, "with name", "the packages"), new("version", ArgumentType.Text, "with version", "the version"),
            new("requirements", ArgumentType.Path, "with requirements", "the file of requirements"), new("virtualenv", ArgumentType.Path, "with virtualenv", "the environment"),
            new("state", ArgumentType.Text, Always, "as it was asked for"), new("cmd", ArgumentType.List, "when pip ran", "the command and its words"),
            .. Output.Where(spec => spec.Name.StartsWith("std", StringComparison.Ordinal)).Select(spec => spec with { When = "when pip ran" }),
        ],
        ["npm"] = [],
        ["raw"] = Output,
        ["replace"] = [BackupFile, new("rc", ArgumentType.Integer, Always, "0; 257 when the file is missing")],
        ["rpm_key"] = [],
        ["script"] = [new("cmd", ArgumentType.Text, Always, "the script with its arguments"), .. Output],
        ["seboolean"] =
        [
            new("name", ArgumentType.Text, Always, "the switch"), new("state", ArgumentType.Boolean, Always, "on or off"),
            new("persistent", ArgumentType.Boolean, Always, "whether it is kept over a boot"),
        ],
        ["seport"] =
        [
            new("ports", ArgumentType.List, Always, "the ports"), new("proto", ArgumentType.Text, Always, "tcp or udp"),
            new("setype", ArgumentType.Text, Always, "the type"), new("state", ArgumentType.Text, Always, "present or absent"),
        ],
        ["selinux"] =
        [
            new("configfile", ArgumentType.Path, Always, "the file that says so"), new("policy", ArgumentType.Text, Always, "the policy"), new("state", ArgumentType.Text, Always, "enforcing, permissive or disabled"),
            new("reboot_required", ArgumentType.Boolean, Always, "whether it takes a boot"),
        ],
        ["service"] = Unit,
        ["service_facts"] = [Facts],
        ["set_fact"] = [Facts],
        ["setup"] = [Facts],
        ["shell"] = [new("cmd", ArgumentType.Text, Always, "the command line"), .. Output],
        ["slurp"] =
        [
            new("content", ArgumentType.Text, Always, "the bytes, in base64"), new("encoding", ArgumentType.Text, Always, "base64"), new("source", ArgumentType.Path, Always, "the path"),
        ],
        ["stat"] = [new("stat", ArgumentType.Map, Always, "exists; where it does: path, mode, uid, gid, pw_name, gr_name, size, mtime, isreg, isdir, islnk, lnk_source, readable, writeable, executable, checksum ...")],
        ["stop"] = [new("stopped", ArgumentType.List, Always, "the processes that were ended")],
        ["supervisorctl"] =
        [
            new("name", ArgumentType.Text, Always, "the process or group"), new("state", ArgumentType.Text, Always, "as it was asked for"),
            new("affected", ArgumentType.List, "with started and stopped, when it changed something", "the processes that were started or stopped"),
        ],
        ["sysctl"] = [],
        ["systemd"] = Unit,
        ["tempfile"] = [new("path", ArgumentType.Path, Always, "what was made"), .. Attributes],
        ["template"] =
        [
            new("dest", ArgumentType.Path, Always, "the path on the host"), new("src", ArgumentType.Path, Always, "the template on the operator's side"),
            new("checksum", ArgumentType.Text, Always, "the SHA-1 of what it came to"), new("md5sum", ArgumentType.Text, Always, "its MD5"), BackupFile, .. Attributes,
        ],
        ["timezone"] = [],
        ["unarchive"] =
        [
            new("dest", ArgumentType.Path, Always, "where it is laid out"), new("src", ArgumentType.Path, Always, "the archive"), new("handler", ArgumentType.Text, Always, "TgzArchive or ZipArchive, as Ansible has them"),
            new("files", ArgumentType.List, "with list_files", "what is in it"), new("extract_results", ArgumentType.Map, Changed, "rc, out and err of what unpacked it"), .. Attributes,
        ],
        ["uri"] =
        [
            new("url", ArgumentType.Text, Always, "where the answer is from"), new("status", ArgumentType.Integer, Always, "its HTTP status"), new("redirected", ArgumentType.Boolean, Always, "whether it is another address than was asked"),
            new("elapsed", ArgumentType.Integer, Always, "seconds it took"), new("content", ArgumentType.Text, "with return_content", "the answer"), new("json", ArgumentType.Any, "when the answer is JSON", "the answer, read"),
            new("content_type", ArgumentType.Text, "when the answer says so; so are its other headers, in small letters with _ for -", "a header"),
            new("content_length", ArgumentType.Text, "when the answer says so", "a header"),
            new("cookies", ArgumentType.Map, "when the status is one that was asked for", "names and values of the cookies that the answer sets"),
            new("cookies_string", ArgumentType.Text, "when the status is one that was asked for", "the same as a Cookie header has them"),
            new("path", ArgumentType.Path, "with dest", "the file that the answer was written to"), new("dest", ArgumentType.Path, "with dest", "the same"),
            .. Attributes.Select(spec => spec with { When = "with dest" }),
            new("checksum", ArgumentType.Text, "with dest", "SHA-1 of the file"), new("md5sum", ArgumentType.Text, "with dest", "MD5 of the file"),
        ],
        ["user"] =
        [
            new("name", ArgumentType.Text, Always, "the account"), new("state", ArgumentType.Text, Always, "present or absent"), new("uid", ArgumentType.Integer, "when it is there", "its number"),
            new("group", ArgumentType.Integer, "when it is there", "its group's number"), new("groups", ArgumentType.Text, "with groups", "further groups, commas between them"),
            new("append", ArgumentType.Boolean, "when it is there", "whether other groups stay"), new("comment", ArgumentType.Text, "when it is there", "its description"),
            new("home", ArgumentType.Path, "when it is there", "its directory"), new("shell", ArgumentType.Path, "when it is there", "its shell"),
            new("create_home", ArgumentType.Boolean, "when it was made", "whether the directory is made"), new("move_home", ArgumentType.Boolean, "when it was there", "whether the directory moves with it"),
            new("system", ArgumentType.Boolean, "when it was made", "whether it is a system's one"), new("password", ArgumentType.Text, "with password", "never the password"),
            new("force", ArgumentType.Boolean, "with state=absent", "as it was asked for"), new("remove", ArgumentType.Boolean, "with state=absent", "whether its directory goes, too"),
            new("ssh_key_file", ArgumentType.Path, "with generate_ssh_key", "the key"), new("ssh_public_key", ArgumentType.Text, "with generate_ssh_key", "the public half"),
            new("ssh_fingerprint", ArgumentType.Text, "with generate_ssh_key", "its fingerprint"),
        ],
        ["validate_argument_spec"] =
        [
            new("validate_args_context", ArgumentType.Map, Always, "whose arguments they are"), new("argument_errors", ArgumentType.List, "when it failed", "what is wrong, a line each"),
            new("argument_spec_data", ArgumentType.Map, "when it failed", "the specification"),
        ],
        ["virtualenv"] = [new("path", ArgumentType.Path, Always, "the environment"), new("python", ArgumentType.Path, Always, "its python"), new("state", ArgumentType.Text, Always, "present or absent")],
        ["wait_for"] =
        [
            new("state", ArgumentType.Text, Always, "what was waited for"), new("elapsed", ArgumentType.Integer, Always, "seconds it took"),
            new("port", ArgumentType.Integer, Always, "the port; nothing without one"), new("path", ArgumentType.Path, Always, "the path; nothing without one"),
            new("search_regex", ArgumentType.Text, Always, "what was looked for; nothing without one"), new("match_groups", ArgumentType.List, Always, "the groups of the match"),
            new("match_groupdict", ArgumentType.Map, Always, "its named groups"),
        ],
        ["wait_for_connection"] = [new("elapsed", ArgumentType.Integer, Always, "0: the agent is on the host")],
        ["yum"] = [.. Packages, new("failures", ArgumentType.List, "when it failed", "what could not be installed or removed")],
        ["yum_repository"] = [new("repo", ArgumentType.Text, Always, "its id"), new("state", ArgumentType.Text, Always, "present or absent")],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>By the canonical name, without what all of them return.</summary>
    public static ImmutableArray<ReturnSpec> Of(string module) => ByModule.GetValueOrDefault(module, []);

    /// <summary>Whether the module is one of those that are written down here, were it with nothing.</summary>
    public static bool Covers(string module) => ByModule.ContainsKey(module);
}
