using System.Collections.Immutable;
using FlaskDeploy.Compiler.Vaults;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Compiler;

/// <summary>What the operator asked for: a playbook, for whom, with what.</summary>
public sealed record CompilationRequest
{
    /// <summary>As the operator named it; relative paths start at the machine's current directory.</summary>
    public required string PlaybookPath { get; init; }

    /// <summary>Playbooks whose plays come after that one's, in the same directory.</summary>
    public ImmutableArray<string> MorePlaybooks { get; init; } = [];

    /// <summary>Paths of inventories, or lists of hosts with a comma in them: <c>web1,web2</c>. None: the machine itself, as <c>localhost</c>.</summary>
    public ImmutableArray<string> Inventories { get; init; } = [];

    /// <summary>Each <c>k=v</c> text, JSON or YAML in braces, or <c>@file</c>. Later ones win.</summary>
    public ImmutableArray<string> ExtraVars { get; init; } = [];

    /// <summary><c>-u</c>: who tasks run as where neither play nor inventory says it.</summary>
    public string? User { get; init; }

    /// <summary><c>-b</c>: every play becomes another user unless it says otherwise.</summary>
    public bool BecomeAll { get; init; }

    public string? BecomeUser { get; init; }

    /// <summary><c>-l</c>: a pattern that narrows the hosts of every play.</summary>
    public string? Limit { get; init; }

    /// <summary>Where roles are looked for after the playbook's own <c>roles/</c>; empty: <c>ANSIBLE_ROLES_PATH</c> or ansible.cfg, else Ansible's own places.</summary>
    public ImmutableArray<string> RolesPath { get; init; } = [];

    public ImmutableArray<VaultPassword> VaultPasswords { get; init; } = [];

    /// <summary>Asks the operator for what <c>vars_prompt</c> wants: the text to show, and whether it is to be typed unseen. Null: nobody can be asked.</summary>
    public Func<string, bool, string?>? Ask { get; init; }

    /// <summary>The bundle is for this machine, with no controller between: tasks delegated to localhost are at home.</summary>
    public bool ForLocalApply { get; init; }

    public Policy Policy { get; init; } = Policy.Correct;

    /// <summary>Of reconvergence; null: the agent's own.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>When agents may correct by themselves.</summary>
    public MaintenanceWindows Windows { get; init; } = MaintenanceWindows.Always;
}
