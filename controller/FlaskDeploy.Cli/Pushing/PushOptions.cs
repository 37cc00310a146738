using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>What only lists and sends nothing.</summary>
[Flags]
internal enum Listing
{
    None = 0,
    Hosts = 1,
    Tasks = 2,
    Tags = 4,
    Syntax = 8,
}

/// <summary>What the operator asked of <c>push</c> or <c>apply</c>.</summary>
internal sealed record PushOptions
{
    public required string Playbook { get; init; }

    /// <summary>Playbooks whose plays come after that one's.</summary>
    public ImmutableArray<string> MorePlaybooks { get; init; } = [];

    /// <summary>All of them, for people.</summary>
    public string Playbooks => string.Join(' ', MorePlaybooks.Prepend(Playbook));

    public ImmutableArray<string> Inventories { get; init; } = [];

    public ImmutableArray<string> ExtraVars { get; init; } = [];

    public string? User { get; init; }

    public bool BecomeAll { get; init; }

    public string? BecomeUser { get; init; }

    public string? Limit { get; init; }

    public ImmutableArray<string> Tags { get; init; } = [];

    public ImmutableArray<string> SkipTags { get; init; } = [];

    public string? StartAtTask { get; init; }

    public bool Check { get; init; }

    public bool Diff { get; init; }

    public bool Rerun { get; init; }

    public bool ForceHandlers { get; init; }

    public int Verbosity { get; init; }

    public Listing Listing { get; init; }

    public string? Name { get; init; }

    public bool Replace { get; init; }

    public Policy Policy { get; init; }

    public TimeSpan? Interval { get; init; }

    /// <summary>When agents may correct by themselves.</summary>
    public MaintenanceWindows Windows { get; init; } = MaintenanceWindows.Always;

    /// <summary>How long to wait for hosts that are not connected.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to follow in all; null: as long as hosts are at work.</summary>
    public TimeSpan? Deadline { get; init; }

    public bool Json { get; init; }

    public bool NoFollow { get; init; }

    public bool DetailedExitCode { get; init; }

    public ImmutableArray<string> RolesPath { get; init; } = [];

    public bool AskVaultPassword { get; init; }

    public ImmutableArray<string> VaultPasswordFiles { get; init; } = [];

    /// <summary>Each ID@SOURCE, where the source is a file, a program or <c>prompt</c>.</summary>
    public ImmutableArray<string> VaultIds { get; init; } = [];

    /// <summary><c>--key</c>.</summary>
    public string? Key { get; init; }

    /// <summary>Each HOST=FINGERPRINT: a sealing key that the operator has seen on the host.</summary>
    public ImmutableArray<string> AcceptKeys { get; init; } = [];

    /// <summary>What was accepted though it means nothing here, each with its reason.</summary>
    public ImmutableArray<string> Remarks { get; init; } = [];

    public OrderMode Mode => (Check, Rerun) switch
    {
        (true, _) => OrderMode.Check,
        (_, true) => OrderMode.Apply,
        _ => OrderMode.Converge,
    };
}
