using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>A variable that Ansible sets itself, and what it is here.</summary>
/// <param name="Meaning">What it holds; of one that is not there, why.</param>
public sealed record SpecialVariable(string Name, string Meaning)
{
    /// <summary>It is never defined here, unless somebody sets it.</summary>
    public bool IsRefused { get; init; }
}

/// <summary>
/// All that Ansible's documentation lists:
/// https://docs.ansible.com/ansible/latest/reference_appendices/special_variables.html
/// </summary>
public static class SpecialVariables
{
    /// <summary>Ansible's own default: hosts run by themselves, whatever -f says.</summary>
    public const int Forks = 5;

    /// <summary>Every task runs on the host that it is for.</summary>
    public static Value Connection { get; } = Value.Of("local");

    /// <summary>Of the Ansible that playbooks here are held against.</summary>
    public static MapValue Version { get; } = MapValue.From(
        ("full", Value.Of("2.14.18")), ("major", Value.Of(2)), ("minor", Value.Of(14)), ("revision", Value.Of(18)), ("string", Value.Of("2.14.18")));

    public static ImmutableArray<SpecialVariable> All { get; } =
    [
        Given("ansible_become_user", "whom tasks become, where the inventory or a variable says it"),
        Given("ansible_check_mode", "whether -C was said"),
        Refused("ansible_collection_name", "tasks belong to no collection here"),
        Refused("ansible_config_file", "no configuration of Ansible's is read on a host"),
        Given("ansible_connection", "local, unless the inventory says otherwise: every task runs on the host that it is for"),
        Given("ansible_dependent_role_names", "roles of the play that others depend on"),
        Given("ansible_diff_mode", "whether -D was said"),
        Given("ansible_facts", "the facts of the host, without their prefix"),
        Given("ansible_forks", "Ansible's default, 5: hosts run by themselves, whatever -f says"),
        Given("ansible_host", "the inventory's, else the host's name in it"),
        Given("ansible_index_var", "the name of the loop's index_var"),
        Refused("ansible_inventory_sources", "inventories stay with the operator; groups and group_names are what a host has of them"),
        Given("ansible_limit", "what -l was given; else not defined"),
        Given("ansible_local", "the host's own facts of /etc/ansible/facts.d, once setup has gathered them"),
        Given("ansible_loop", "with extended: about the loop"),
        Given("ansible_loop_var", "the name of the loop's loop_var"),
        Given("ansible_parent_role_names", "the roles that included or imported this one, the nearest first"),
        Given("ansible_parent_role_paths", "and their paths"),
        Given("ansible_play_batch", "the hosts that the play is for: there are no batches"),
        Given("ansible_play_hosts", "the hosts that the play is for, whatever --limit says; those that failed too"),
        Given("ansible_play_hosts_all", "the hosts that the play is for, whatever --limit says"),
        Given("ansible_play_name", "the play's name"),
        Given("ansible_play_role_names", "roles that the play itself names"),
        Given("ansible_playbook_python", "the host's Python, where it has one"),
        Given("ansible_python_interpreter", "the inventory's, else the host's Python"),
        Given("ansible_role_name", "the role that the task is of"),
        Given("ansible_role_names", "all roles of the play"),
        Given("ansible_run_tags", "what -t was given, else all"),
        Given("ansible_search_path", "where relative names of the operator's files are looked for"),
        Given("ansible_skip_tags", "what --skip-tags was given"),
        Given("ansible_user", "who tasks run as before they become somebody"),
        Given("ansible_verbosity", "how often -v was said"),
        Given("ansible_version", "of the Ansible that playbooks are held against: 2.14.18"),
        Given("group_names", "the groups that the host is in, without all and ungrouped"),
        Given("groups", "all groups with their hosts"),
        Given("hostvars", "the variables of this host, under its name"),
        Given("inventory_dir", "where the inventory's file lies, from the playbook's directory, where a template asks for it by name"),
        Given("inventory_file", "the inventory's file, likewise"),
        Given("inventory_hostname", "the host's name in the inventory"),
        Given("inventory_hostname_short", "up to its first dot"),
        Given("omit", "an argument that is this is as if it had not been written"),
        Given("play_hosts", "the same as ansible_play_hosts"),
        Given("playbook_dir", "the playbook's directory among the operator's files: '.'"),
        Given("role_name", "the role that the task is of"),
        Given("role_names", "roles that the play itself names"),
        Given("role_path", "the role's directory among the operator's files"),
    ];

    private static readonly ImmutableDictionary<string, UndefinedValue> Missing = All.Where(variable => variable.IsRefused)
        .ToImmutableDictionary(variable => variable.Name, variable => new UndefinedValue($"'{variable.Name}' is undefined: {variable.Meaning}"), StringComparer.Ordinal);

    /// <summary>Undefined with the reason; null: it is none of those that are refused.</summary>
    public static Value? Refused(string name) => Missing.GetValueOrDefault(name);

    private static SpecialVariable Given(string name, string meaning) => new(name, meaning);

    private static SpecialVariable Refused(string name, string because) => new(name, because) { IsRefused = true };
}
