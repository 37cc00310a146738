using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>What the controller has of a deployment, as far as a push needs it.</summary>
internal sealed record DeploymentView
{
    public static DeploymentView None { get; } = new();

    public long Head { get; init; }

    public long LastOrder { get; init; }

    /// <summary>The head's release, as it was signed: payload bytes. Null: there is none.</summary>
    public byte[]? Release { get; init; }

    public ImmutableArray<HostView> Hosts { get; init; } = [];
}

/// <param name="Named">As asked for.</param>
/// <param name="Host">Its identity; empty: the controller knows none by that name.</param>
/// <param name="HostPart">Payload bytes of the newest one of this deployment.</param>
internal sealed record HostView(string Named, string Host, bool Connected, byte[]? HostPart)
{
    public string AgentVersion { get; init; } = "";

    /// <summary>Zero where the agent was never heard.</summary>
    public int BundleFormat { get; init; }

    public int Language { get; init; }

    public ImmutableHashSet<string> Modules { get; init; } = [];

    /// <summary>SubjectPublicKeyInfo, as the controller relays it: to be believed by <see cref="HostKeys"/> only.</summary>
    public ReadOnlyMemory<byte> SealingKey { get; init; }

    public ReadOnlyMemory<byte> Voucher { get; init; }
}

/// <summary>One host that the push is for.</summary>
internal sealed record Target(string InventoryName, string Host, byte[] PartContent);

/// <summary>How the order is to be carried out.</summary>
internal sealed record OrderWish
{
    public OrderMode Mode { get; init; }

    public ImmutableArray<string> Tags { get; init; } = [];

    public ImmutableArray<string> SkipTags { get; init; } = [];

    public string? StartAtTask { get; init; }

    public bool Diff { get; init; }

    public int Verbosity { get; init; }

    /// <summary>As <c>-l</c> was written; null: it was not.</summary>
    public string? Limit { get; init; }
}

/// <summary>What is to be signed and sent. Without a release it is an order over the revision that is there.</summary>
internal sealed record PushPlan
{
    /// <summary>
    /// Of a release that is only to be checked. Revisions count from one and an agent never goes back, so nothing can make
    /// a revision out of what was signed under zero: -C stays without consequences whoever holds the envelopes.
    /// </summary>
    public const long CheckOnly = 0;

    public required string Deployment { get; init; }

    public required DeploymentView Seen { get; init; }

    public ReleaseStatement? Release { get; init; }

    /// <summary>Their <see cref="HostPartStatement.Release"/> is the digest of the encoded <see cref="Release"/>.</summary>
    public ImmutableArray<HostPartStatement> HostParts { get; init; } = [];

    public required OrderStatement Order { get; init; }

    public bool IsNewRevision => Release is { Sequence: not CheckOnly };

    /// <summary>
    /// Equal content makes no revision: the release's bytes are those of the head, and each host's part is of the head and
    /// has the bytes that it would get. Hosts outside of the push do not come into it.
    /// </summary>
    public static PushPlan Make(string deployment, DeploymentView seen, byte[] content, IReadOnlyList<Target> targets, OrderWish wish)
    {
        var order = new OrderStatement
        {
            Deployment = deployment,
            Sequence = seen.Head,
            Number = seen.LastOrder + 1,
            Mode = wish.Mode,
            Hosts = [.. targets.Select(target => target.Host)],
            Tags = wish.Tags,
            SkipTags = wish.SkipTags,
            StartAtTask = wish.StartAtTask,
            Diff = wish.Diff,
            Verbosity = wish.Verbosity,
            Limit = wish.Limit,
        };
        if (IsHead(seen, content, targets))
        {
            return new PushPlan { Deployment = deployment, Seen = seen, Order = order };
        }
        var sequence = wish.Mode == OrderMode.Check ? CheckOnly : seen.Head + 1;
        var release = new ReleaseStatement { Deployment = deployment, Sequence = sequence, Content = content };
        var digest = Digest.Of(StatementCodec.Encode(release));
        return new PushPlan
        {
            Deployment = deployment,
            Seen = seen,
            Release = release,
            HostParts = [.. targets.Select(target => new HostPartStatement { Deployment = deployment, Sequence = sequence, Host = target.Host, Release = digest, Content = target.PartContent })],
            Order = order with { Sequence = sequence },
        };
    }

    /// <summary>The path that the head was pushed from, or null where there is none or it cannot be read.</summary>
    public static string? OriginOf(DeploymentView seen) =>
        seen.Release is { } payload && StatementCodec.DecodeRelease(payload).Value is { } release ? ReleaseCodec.Decode(release.Content).Value?.Origin : null;

    private static bool IsHead(DeploymentView seen, byte[] content, IReadOnlyList<Target> targets)
    {
        if (seen.Release is not { } payload || StatementCodec.DecodeRelease(payload).Value is not { } release || release.Sequence != seen.Head || !release.Content.Span.SequenceEqual(content))
        {
            return false;
        }
        var digest = Digest.Of(payload);
        return targets.All(target =>
            seen.Hosts.FirstOrDefault(host => host.Host == target.Host)?.HostPart is { } bytes
            && StatementCodec.DecodeHostPart(bytes).Value is { } part
            && part.Sequence == seen.Head && part.Release == digest && part.Content.Span.SequenceEqual(target.PartContent));
    }
}
