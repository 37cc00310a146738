using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>What the agent does about drift.</summary>
public enum Policy
{
    Correct,
    Report,
    Off,
}

/// <summary>What release.proto's ReleaseContent says. Equal serialised bytes are equal content.</summary>
public sealed record ReleaseContent
{
    /// <summary>Null: retired.</summary>
    public required Digest? Bundle { get; init; }

    public ImmutableArray<Group> Groups { get; init; } = [];

    /// <summary>The inventory's hosts, each with what it has beside its groups and no secret: only where a template asks for another host's variables.</summary>
    public ImmutableArray<Peer> Hosts { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, Value>> ExtraVars { get; init; } = [];

    public string Selector { get; init; } = "all";

    public Policy Policy { get; init; }

    public bool Retired { get; init; }

    /// <summary>The playbook's path where it was pushed.</summary>
    public required string Origin { get; init; }

    /// <summary>Of reconvergence; null: the agent's own.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>When the agent may correct by itself, in the host's time zone.</summary>
    public MaintenanceWindows Windows { get; init; } = MaintenanceWindows.Always;
}

/// <param name="Hosts">All hosts of it and of its children, by inventory name: what the magic variable <c>groups</c> shows.</param>
public sealed record Group(string Name, ImmutableArray<KeyValuePair<string, Value>> Vars, ImmutableArray<string> Children, ImmutableArray<string> Hosts, int Priority)
{
    /// <summary>It is not there until a task makes it (<c>group_by</c>): its variables wait for it.</summary>
    public bool IsMadeByTasks { get; init; }
}

/// <summary>What release.proto's HostPartContent says.</summary>
public sealed record HostPartContent
{
    public required string InventoryName { get; init; }

    /// <summary>Host vars, merged in their precedence.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Vars { get; init; } = [];

    /// <summary>Names of groups, weakest first, <c>all</c> among them.</summary>
    public ImmutableArray<string> Groups { get; init; } = [];

    /// <summary>Indexes of the plays that are for this host.</summary>
    public ImmutableArray<int> Plays { get; init; } = [];

    /// <summary>The blobs that this host may read, the bundle among them.</summary>
    public ImmutableArray<Digest> Digests { get; init; } = [];

    /// <summary>Who tasks run as where a play names nobody.</summary>
    public string? User { get; init; }

    /// <summary>What the references to secrets stand for, for this host alone; null: nothing secret is used.</summary>
    public SealedSecrets? Secrets { get; init; }

    /// <summary>What lookups asked the operator's machine for this host. Sorted, each once.</summary>
    public ImmutableArray<LookupAnswer> Answers { get; init; } = [];

    /// <summary>The host is another machine than the one that this is carried out on: its plays look at none, and no fact is its.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>The inventory's other hosts, with all that they have. Only of what is applied on the spot.</summary>
    public ImmutableArray<Peer> Peers { get; init; } = [];
}

/// <summary>Another host, as far as the inventory knows it.</summary>
/// <param name="Vars">What it has from the inventory, or what of it is its own and not its groups'.</param>
/// <param name="Groups">Weakest first, <c>all</c> among them.</param>
/// <param name="IsHere">Another name of the same machine: tasks may be delegated to it.</param>
public sealed record Peer(string Name, ImmutableArray<KeyValuePair<string, Value>> Vars, ImmutableArray<string> Groups, bool IsHere);

/// <summary>What release.proto's SealedSecrets says. Equal by its bytes.</summary>
/// <param name="Key">Of the sealing key that it is for.</param>
public sealed record SealedSecrets(Digest Key, ReadOnlyMemory<byte> Ephemeral, ReadOnlyMemory<byte> Cipher)
{
    public bool Equals(SealedSecrets? other) =>
        other is not null && other.Key == Key && other.Ephemeral.Span.SequenceEqual(Ephemeral.Span) && other.Cipher.Span.SequenceEqual(Cipher.Span);

    public override int GetHashCode() => HashCode.Combine(Key, Cipher.Length);
}

public enum OrderMode
{
    /// <summary>Apply what the host has not applied completely; else look for drift and correct it.</summary>
    Converge,

    /// <summary>Every task, as Ansible would: <c>--rerun</c>.</summary>
    Apply,

    /// <summary>Change nothing.</summary>
    Check,

    /// <summary>Correct nothing by yourself for a while.</summary>
    Pause,

    /// <summary>End a pause, and try again what is held.</summary>
    Resume,
}
