using System.Collections.Immutable;
using System.Security.Cryptography;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Protocol;
using Google.Protobuf;

namespace FlaskDeploy.Agent.Wire;

/// <summary>An assignment whose signatures hold and whose parts agree; its blobs may still be missing.</summary>
internal sealed record VerifiedAssignment(ReleaseStatement Release, HostPartStatement Part, OrderStatement? Order, ReleaseContent Content, HostPartContent PartContent)
{
    /// <summary>The envelopes as they came, without the order: what is kept.</summary>
    public required byte[] Stored { get; init; }

    /// <summary>What a run needs on this host's disk.</summary>
    public IEnumerable<Digest> Blobs => Content.Bundle is { } bundle ? PartContent.Digests.Prepend(bundle).Distinct() : [];

    public Digest ContentDigest => ContentDigests.Of(Release.Content.Span, Part.Content.Span);
}

internal static class ContentDigests
{
    /// <summary>Of what a push says for this host, without its sequence: equal digests ask for the same.</summary>
    public static Digest Of(ReadOnlySpan<byte> release, ReadOnlySpan<byte> part)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(release));
        hash.AppendData(SHA256.HashData(part));
        return Digest.FromBytes(hash.GetHashAndReset());
    }
}

/// <summary>Why an assignment is not taken: for the operator, with what to do about it.</summary>
internal sealed record Refusal(string Reason, string Remedy);

/// <summary>
/// Nothing is believed because it was sent. Signatures of pinned keys first, before anything else looks at the bytes; then
/// that the parts belong together and to this host; then that sequences do not go back; then that this agent can run it.
/// </summary>
internal sealed class AssignmentVerifier(string host, ImmutableArray<OperatorKey> operators, ModuleRegistry modules)
{
    public (VerifiedAssignment? Assignment, Refusal? Refusal) Verify(V1.Assignment assignment, DeploymentRecord? known)
    {
        if (Open(assignment.Release, EnvelopeType.Release, "release") is { Problem: { } badRelease })
        {
            return (null, badRelease);
        }
        if (Open(assignment.HostPart, EnvelopeType.HostPart, "host part") is { Problem: { } badPart })
        {
            return (null, badPart);
        }
        var releaseBytes = assignment.Release.Payload.Memory;
        var release = StatementCodec.DecodeRelease(releaseBytes);
        var part = StatementCodec.DecodeHostPart(assignment.HostPart.Payload.Memory);
        OrderStatement? order = null;
        if (assignment.Order is not null)
        {
            if (Open(assignment.Order, EnvelopeType.Order, "order") is { Problem: { } badOrder })
            {
                return (null, badOrder);
            }
            var decoded = StatementCodec.DecodeOrder(assignment.Order.Payload.Memory);
            if (!decoded.IsGood)
            {
                return (null, Malformed(decoded.Problem!));
            }
            order = decoded.Value;
        }
        if ((release.Problem ?? part.Problem) is { } problem)
        {
            return (null, Malformed(problem));
        }
        return Agree(release.Value!, part.Value!, order, Digest.Of(releaseBytes.Span), known, assignment);
    }

    /// <summary>What this host kept: believed as little as what is sent, for a disk can be written to as well.</summary>
    public (VerifiedAssignment? Assignment, Refusal? Refusal) VerifyStored(byte[] stored)
    {
        try
        {
            return Verify(V1.Assignment.Parser.ParseFrom(stored), known: null);
        }
        catch (InvalidProtocolBufferException e)
        {
            return (null, Malformed(e.Message));
        }
    }

    /// <summary>Whether this agent knows the format, the language and everything that the bundle names.</summary>
    public Refusal? CheckRequirements(Bundle bundle)
    {
        if (bundle.Format > BundleVersions.Format || bundle.Language > BundleVersions.Language)
        {
            return new Refusal(
                $"the bundle has format {bundle.Format} and language version {bundle.Language}, this agent knows {BundleVersions.Format} and {BundleVersions.Language}",
                $"upgrade flaskdeploy-agent on this host to a version with language version {bundle.Language}");
        }
        var missing = bundle.Requirements.Modules.Where(name => modules.Find(name) is null).Select(name => $"module {name}")
            .Concat(bundle.Requirements.Filters.Where(name => !ExpressionCatalog.Filters.Contains(name)).Select(name => $"filter {name}"))
            .Concat(bundle.Requirements.Tests.Where(name => !ExpressionCatalog.Tests.Contains(name)).Select(name => $"test {name}"))
            .Concat(bundle.Requirements.Lookups.Where(name => !ExpressionCatalog.Lookups.Contains(name)).Select(name => $"lookup {name}"))
            .ToList();
        return missing.Count == 0 ? null : new Refusal($"this agent ({AgentVersion.Text}) has no {string.Join(", no ", missing)}", "upgrade flaskdeploy-agent on this host");
    }

    private (VerifiedAssignment?, Refusal?) Agree(
        ReleaseStatement release, HostPartStatement part, OrderStatement? order, Digest releaseDigest, DeploymentRecord? known, V1.Assignment assignment)
    {
        if (!DeploymentStore.IsValidName(release.Deployment))
        {
            return (null, Malformed($"'{release.Deployment}' is no name of a deployment"));
        }
        if (part.Host != host)
        {
            return (null, new Refusal($"the host part is for '{part.Host}', this host is '{host}'", "push again"));
        }
        if (part.Deployment != release.Deployment || part.Sequence != release.Sequence || part.Release != releaseDigest)
        {
            return (null, new Refusal("release and host part are not of one revision", "push again"));
        }
        if (order is not null && (order.Deployment != release.Deployment || order.Sequence != release.Sequence || !order.Hosts.IsEmpty && !order.Hosts.Contains(host)))
        {
            return (null, new Refusal("the order is not for this revision on this host", "push again"));
        }
        var content = ReleaseCodec.Decode(release.Content);
        var partContent = ReleaseCodec.DecodeHostPart(part.Content);
        if ((content.Problem ?? partContent.Problem) is { } problem)
        {
            return (null, Malformed(problem));
        }
        var stored = new V1.Assignment { Release = assignment.Release, HostPart = assignment.HostPart }.ToByteArray();
        var verified = new VerifiedAssignment(release, part, order, content.Value!, partContent.Value!) { Stored = stored };
        // Signed under zero: to be checked only, by whoever holds it; it can never become this host's revision.
        if (release.Sequence == 0)
        {
            return order?.Mode == OrderMode.Check ? (verified, null) : (null, new Refusal("the release was signed for a check only", "push it without --check"));
        }
        if (known is not null && (ulong)release.Sequence < known.Sequence)
        {
            return (null, new Refusal($"r{release.Sequence} is older than r{known.Sequence}, which this host has accepted; sequences never go back", "push again"));
        }
        return (verified, null);
    }

    private (byte[]? Payload, Refusal? Problem) Open(V1.Envelope? envelope, EnvelopeType type, string what)
    {
        var opened = Envelopes.Open(envelope, type, operators);
        return opened.IsGood
            ? (opened.Payload, null)
            : (null, new Refusal($"the {what} is not to be believed: {opened.Problem}", "push with a key that this host trusts: it pinned the operators' keys of its enrolment token"));
    }

    private static Refusal Malformed(string problem) => new($"the assignment cannot be read: {problem}", "push again; a newer CLI may need a newer agent");
}
