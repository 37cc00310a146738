using System.Collections.Frozen;
using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Every keyword that a playbook of Ansible 1.9 to 2.19 may use, and what becomes of it here. None is skipped in silence.</summary>
internal static class Keywords
{
    /// <summary>On plays, blocks and tasks alike.</summary>
    private static readonly ImmutableArray<string> Everywhere =
    [
        "name", "tags", "vars", "environment", "become", "become_user", "become_method", "become_exe", "become_flags", "sudo", "sudo_user",
        "su", "su_user", "ignore_errors", "no_log", "check_mode", "diff", "remote_user", "connection", "port", "collections", "run_once",
        "any_errors_fatal", "ignore_unreachable", "debugger", "throttle", "timeout", "module_defaults",
    ];

    public static FrozenSet<string> Play { get; } = Set(
    [
        .. Everywhere, "hosts", "user", "vars_files", "vars_prompt", "gather_facts", "gather_subset", "gather_timeout", "fact_path", "tasks",
        "pre_tasks", "post_tasks", "handlers", "roles", "force_handlers", "serial", "strategy", "max_fail_percentage", "order",
        "validate_argspec",
    ]);

    public static FrozenSet<string> Block { get; } = Set(
        [.. Everywhere, "block", "rescue", "always", "when", "notify", "delegate_to", "delegate_facts"]);

    public static FrozenSet<string> Task { get; } = Set(
    [
        .. Everywhere, "action", "local_action", "args", "when", "loop", "loop_control", "register", "changed_when", "failed_when", "until",
        "retries", "delay", "notify", "listen", "async", "poll", "always_run", "delegate_to", "delegate_facts", "first_available_file",
        "block", "rescue", "always",
    ]);

    /// <summary>Beside a role's name in <c>roles:</c>; every other word there is a parameter of the role.</summary>
    public static FrozenSet<string> RoleEntry { get; } = Set([.. Everywhere, "when", "delegate_to", "delegate_facts"]);

    /// <summary>Beside an include that the host carries out: all else would have to be asked of tasks that are not known yet.</summary>
    public static FrozenSet<string> DynamicInclude { get; } = Set(
        ["name", "args", "collections", "ignore_errors", "loop", "loop_control", "no_log", "register", "tags", "vars", "when", "debugger", "run_once", "timeout", "any_errors_fatal", "throttle"]);

    /// <summary>Words that take the place of a module and read another file.</summary>
    public static FrozenSet<string> Includes { get; } = Set(
        ["include", "include_tasks", "import_tasks", "include_role", "import_role", "import_playbook"]);

    public static FrozenSet<string> LoopKinds { get; } = Set(
        ["items", "list", "flattened", "fileglob", "dict", "nested", "cartesian", "together", "sequence", "indexed_items", "subelements", "first_found", .. LookupLoop.Kinds]);

    /// <summary>What to do instead, for keywords that are understood and cannot be kept yet.</summary>
    public static FrozenDictionary<string, string> Remedies { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["serial"] = "hosts run independently of each other: push with -l to take them group by group",
        ["max_fail_percentage"] = "hosts run independently of each other: push with -l to take them group by group",
        ["any_errors_fatal"] = "hosts run independently of each other: remove it",
        ["run_once"] = "give the task a play of its own for one host",
        ["throttle"] = "hosts run independently of each other: remove it",
        ["strategy"] = "hosts run independently of each other, as with 'free': remove it",
        ["vars_prompt"] = "give the value with -e NAME=VALUE",
        ["delegate_to"] = "give the task a play of its own for that host",
        ["local_action"] = "what runs on the operator's machine works with 'flaskdeploy apply' only",
        ["debugger"] = "remove it",
        ["gather_subset"] = "remove it: facts are cheap here",
        ["gather_timeout"] = "remove it: facts are gathered on the host itself",
        ["su"] = "write become: yes",
        ["su_user"] = "write become_user",
        ["become_exe"] = "remove it: the agent changes users by itself",
        ["become_flags"] = "remove it: the agent changes users by itself",
        ["validate_argspec"] = "remove it",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static FrozenSet<string> Set(ReadOnlySpan<string> words) => words.ToArray().ToFrozenSet(StringComparer.Ordinal);
}
