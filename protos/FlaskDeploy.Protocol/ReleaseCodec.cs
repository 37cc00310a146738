using FlaskDeploy.Language.Bundles;
using Google.Protobuf;

namespace FlaskDeploy.Protocol;

/// <summary>
/// What a release and a host part say, as bytes and back. Equal content gives equal bytes (no message of it has a
/// protobuf map), so bytes are what "unchanged" is decided by. With references, each secret is one of them in the bytes;
/// read without a table of what they stand for, each is a secret with nothing in it.
/// </summary>
public static class ReleaseCodec
{
    /// <exception cref="ArgumentException">A variable holds what cannot be sent (<see cref="ValueCodec.Encode(Language.Values.Value)"/>).</exception>
    public static byte[] Encode(ReleaseContent content, SecretReferences? secrets = null) => new V1.ReleaseContent
    {
        Format = BundleVersions.Format,
        Bundle = content.Bundle is { } bundle ? ByteString.CopyFrom(bundle.ToBytes()) : ByteString.Empty,
        Groups = { content.Groups.Select(group => Encode(group, new(null, secrets))) },
        ExtraVars = { ValueCodec.EncodeVars(content.ExtraVars, new(null, secrets)) },
        Selector = content.Selector,
        Policy = (V1.Policy)content.Policy,
        Retired = content.Retired,
        Origin = content.Origin,
        IntervalSeconds = (ulong)(content.Interval?.TotalSeconds ?? 0),
        MaintenanceWindows = content.Windows.Text,
        Hosts = { content.Hosts.Select(host => Encode(host, new(null, secrets))) },
    }.ToByteArray();

    public static Decoded<ReleaseContent> Decode(ReadOnlyMemory<byte> bytes, SecretTable? secrets = null)
    {
        var parsed = DecodeContext.Parse(V1.ReleaseContent.Parser, bytes);
        if (!parsed.IsGood)
        {
            return Decoded<ReleaseContent>.Bad(parsed.Problem);
        }
        var message = parsed.Value;
        if (message.Format != BundleVersions.Format)
        {
            return Decoded<ReleaseContent>.Bad($"it has format {message.Format}, and this version reads format {BundleVersions.Format}");
        }
        var context = new DecodeContext([], secrets);
        if (message.Bundle.IsEmpty != message.Retired)
        {
            context.Fail(message.Retired ? "it is retired and names a bundle" : "it names no bundle and is not retired");
        }
        // Longer than any reconvergence makes sense, and far from where a TimeSpan overflows.
        if (message.IntervalSeconds > 366 * 24 * 3600)
        {
            context.Fail($"its interval of {message.IntervalSeconds} seconds is longer than a year");
        }
        return context.Finish(new ReleaseContent
        {
            Bundle = message.Bundle.IsEmpty ? null : context.Digest(message.Bundle),
            Groups = Repeated.Select(message.Groups, group => Decode(group, context)),
            ExtraVars = ValueCodec.DecodeVars(message.ExtraVars, context),
            Selector = message.Selector,
            Policy = Known((Policy)message.Policy, context),
            Retired = message.Retired,
            Origin = message.Origin,
            Windows = Windows(message.MaintenanceWindows, context),
            Hosts = Repeated.Select(message.Hosts, host => Decode(host, context)),
            Interval = message.IntervalSeconds == 0 || context.Problem is not null ? null : TimeSpan.FromSeconds(message.IntervalSeconds),
        });
    }

    /// <exception cref="ArgumentException">A variable holds what cannot be sent.</exception>
    public static byte[] Encode(HostPartContent content, SecretReferences? secrets = null) => new V1.HostPartContent
    {
        InventoryName = content.InventoryName,
        Vars = { ValueCodec.EncodeVars(content.Vars, new(null, secrets)) },
        Groups = { content.Groups },
        Plays = { content.Plays.Select(play => (uint)play) },
        Digests = { content.Digests.Select(digest => ByteString.CopyFrom(digest.ToBytes())) },
        User = content.User ?? "",
        Secrets = content.Secrets is null ? null : new()
        {
            Key = ByteString.CopyFrom(content.Secrets.Key.ToBytes()),
            Ephemeral = ByteString.CopyFrom(content.Secrets.Ephemeral.Span),
            Cipher = ByteString.CopyFrom(content.Secrets.Cipher.Span),
        },
        Elsewhere = content.IsElsewhere,
        Answers = { content.Answers.Select(answer => Encode(answer, new(null, secrets))) },
        Peers = { content.Peers.Select(peer => Encode(peer, new(null, secrets))) },
    }.ToByteArray();

    public static Decoded<HostPartContent> DecodeHostPart(ReadOnlyMemory<byte> bytes, SecretTable? secrets = null)
    {
        var parsed = DecodeContext.Parse(V1.HostPartContent.Parser, bytes);
        if (!parsed.IsGood)
        {
            return Decoded<HostPartContent>.Bad(parsed.Problem);
        }
        var context = new DecodeContext([], secrets);
        return context.Finish(new HostPartContent
        {
            InventoryName = parsed.Value.InventoryName,
            Vars = ValueCodec.DecodeVars(parsed.Value.Vars, context),
            Groups = [.. parsed.Value.Groups],
            Plays = Repeated.Select(parsed.Value.Plays, play => context.Small(play, "the number of a play")),
            Digests = Repeated.Select(parsed.Value.Digests, context.Digest),
            User = parsed.Value.User.Length == 0 ? null : parsed.Value.User,
            Secrets = parsed.Value.Secrets is { } secret ? new(context.Digest(secret.Key), secret.Ephemeral.ToByteArray(), secret.Cipher.ToByteArray()) : null,
            IsElsewhere = parsed.Value.Elsewhere,
            Answers = Repeated.Select(parsed.Value.Answers, answer => Decode(answer, context)),
            Peers = Repeated.Select(parsed.Value.Peers, peer => Decode(peer, context)),
        });
    }

    private static V1.Peer Encode(Peer peer, EncodeScope scope) => new() { Name = peer.Name, Vars = { ValueCodec.EncodeVars(peer.Vars, scope) }, Groups = { peer.Groups }, IsHere = peer.IsHere };

    private static Peer Decode(V1.Peer peer, DecodeContext context) => new(peer.Name, ValueCodec.DecodeVars(peer.Vars, context), [.. peer.Groups], peer.IsHere);

    private static V1.LookupAnswer Encode(LookupAnswer answer, EncodeScope scope) => new()
    {
        Name = answer.Name,
        Terms = ValueCodec.Encode(answer.Terms, scope),
        Options = ValueCodec.Encode(answer.Options, scope),
        Result = ValueCodec.Encode(answer.Result, scope),
        Problem = answer.Problem ?? "",
    };

    private static LookupAnswer Decode(V1.LookupAnswer answer, DecodeContext context) => new(
        answer.Name,
        ValueCodec.Decode(answer.Terms, context),
        ValueCodec.Decode(answer.Options, context),
        ValueCodec.Decode(answer.Result, context),
        answer.Problem.Length == 0 ? null : answer.Problem);

    private static V1.Group Encode(Group group, EncodeScope scope) => new()
    {
        Name = group.Name,
        Vars = { ValueCodec.EncodeVars(group.Vars, scope) },
        Children = { group.Children },
        Hosts = { group.Hosts },
        Priority = group.Priority,
        MadeByTasks = group.IsMadeByTasks,
    };

    private static Group Decode(V1.Group group, DecodeContext context) =>
        new(group.Name, ValueCodec.DecodeVars(group.Vars, context), [.. group.Children], [.. group.Hosts], group.Priority) { IsMadeByTasks = group.MadeByTasks };

    // Read wrongly, they would be open when nobody expects it.
    private static MaintenanceWindows Windows(string text, DecodeContext context)
    {
        var (windows, problem) = MaintenanceWindows.Parse(text);
        if (problem is not null)
        {
            context.Fail($"its maintenance windows '{text}' cannot be read: {problem}");
        }
        return windows ?? MaintenanceWindows.Always;
    }

    private static Policy Known(Policy policy, DecodeContext context)
    {
        if (policy is < Policy.Correct or > Policy.Off)
        {
            context.Fail($"it has policy {(int)policy}, which this version does not know");
        }
        return policy;
    }
}
