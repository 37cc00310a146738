using System.Collections.Immutable;
using FlaskDeploy.Controller.Rollouts;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.V1;
using Google.Protobuf;

namespace FlaskDeploy.Controller.Wire;

/// <summary>
/// Reads a push as far as the controller must: names, numbers and digests. All problems at once. Whether the
/// signatures hold is the agents' to say; the controller only finds out early what cannot be right.
/// </summary>
internal sealed class PushReader
{
    private readonly ImmutableArray<string>.Builder _problems = ImmutableArray.CreateBuilder<string>();

    private PushReader()
    {
    }

    public static (Push? Push, ImmutableArray<string> Problems) Read(PushRequest request)
    {
        var reader = new PushReader();
        var push = reader.ReadRequest(request);
        return (reader._problems.Count == 0 ? push : null, reader._problems.ToImmutable());
    }

    private Push? ReadRequest(PushRequest request)
    {
        if (!IsDeploymentName(request.Deployment))
        {
            _problems.Add("a deployment's name has 1 to 128 characters, none of them '/' or a control character");
            return null;
        }
        var release = request.Release is null ? null : ReadRelease(request.Release, request.Deployment);
        var parts = request.HostParts.Select(envelope => ReadPart(envelope, request.Deployment)).OfType<PushedPart>().ToImmutableArray();
        foreach (var twice in parts.GroupBy(part => part.Host, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            _problems.Add($"there are {twice.Count()} host parts of {twice.Key}");
        }
        var order = request.Order is null ? null : ReadOrder(request.Order, request.Deployment);
        if (request.Order is null)
        {
            _problems.Add("a push carries an order");
        }
        if (release is { IsCheckOnly: true } && order is { IsCheck: false })
        {
            _problems.Add("a release of sequence 0 is only to be checked, and the order says otherwise");
        }
        var named = Digests(request.Blobs, "the request");
        if (_problems.Count > 0)
        {
            return null;
        }
        IEnumerable<Digest> bundle = release?.Bundle is { } digest ? [digest] : [];
        return new Push
        {
            Deployment = request.Deployment,
            ExpectedHead = Number(request.ExpectedHead),
            ExpectedLastOrder = Number(request.ExpectedLastOrder),
            Release = release,
            Parts = parts,
            Order = order!,
            Blobs = [.. named.Concat(bundle).Concat(parts.SelectMany(part => part.Digests)).Distinct()],
        };
    }

    private PushedRelease? ReadRelease(Envelope envelope, string deployment)
    {
        if (Payload(envelope, "release", Release.Parser) is not { } release || Content(release.Content, "the release", V1.ReleaseContent.Parser) is not { } content)
        {
            return null;
        }
        SameDeployment(release.Deployment, deployment, "the release");
        if (content.Retired != content.Bundle.IsEmpty)
        {
            _problems.Add(content.Retired ? "the release is retired and names a bundle all the same" : "the release names no bundle and is not retired");
        }
        var bundle = content.Bundle.IsEmpty ? [] : Digests([content.Bundle], "the release");
        return new PushedRelease(
            Number(release.Sequence), envelope.ToByteArray(), Digest.Of(envelope.Payload.Span), bundle is [var only] ? only : null, content.Retired, content.Origin);
    }

    private PushedPart? ReadPart(Envelope envelope, string deployment)
    {
        if (Payload(envelope, "host-part", HostPart.Parser) is not { } part || Content(part.Content, $"the host part of {part.Host}", V1.HostPartContent.Parser) is not { } content)
        {
            return null;
        }
        SameDeployment(part.Deployment, deployment, $"the host part of {part.Host}");
        return Digests([part.Release], $"the host part of {part.Host}") is [var release]
            ? new PushedPart(
                part.Host, Number(part.Sequence), release, content.InventoryName.Length == 0 ? part.Host : content.InventoryName,
                envelope.ToByteArray(), Digest.Of(envelope.Payload.Span), Digests(content.Digests, $"the host part of {part.Host}"))
            : null;
    }

    private PushedOrder? ReadOrder(Envelope envelope, string deployment)
    {
        if (Payload(envelope, "order", Order.Parser) is not { } order)
        {
            return null;
        }
        SameDeployment(order.Deployment, deployment, "the order");
        var partial = order.Tags.Count > 0 || order.SkipTags.Count > 0 || order.StartAtTask.Length > 0;
        return new PushedOrder(Number(order.Number), Number(order.Sequence), [.. order.Hosts.Distinct(StringComparer.Ordinal)], order.Mode == V1.Order.Types.Mode.Check, partial, envelope.ToByteArray());
    }

    private T? Payload<T>(Envelope envelope, string type, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        if (envelope.Type != type)
        {
            _problems.Add($"an envelope of type '{envelope.Type}' stands where one of type '{type}' belongs");
            return null;
        }
        if (envelope.Signatures.Count == 0)
        {
            _problems.Add($"the {type} is not signed");
            return null;
        }
        return Content(envelope.Payload, $"the {type}", parser);
    }

    private T? Content<T>(ByteString bytes, string what, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException problem)
        {
            _problems.Add($"{what} cannot be read: {problem.Message}");
            return null;
        }
    }

    private ImmutableArray<Digest> Digests(IEnumerable<ByteString> digests, string what)
    {
        var read = digests.ToArray();
        if (read.Any(digest => digest.Length != Digest.Length))
        {
            _problems.Add($"{what} names a digest that has not {Digest.Length} bytes");
            return [];
        }
        return [.. read.Select(digest => Digest.FromBytes(digest.Span))];
    }

    private void SameDeployment(string named, string deployment, string what)
    {
        if (named != deployment)
        {
            _problems.Add($"{what} is for deployment '{named}', the request for '{deployment}'");
        }
    }

    private long Number(ulong number)
    {
        if (number <= long.MaxValue)
        {
            return (long)number;
        }
        _problems.Add($"{number} is too large a number");
        return 0;
    }

    private static bool IsDeploymentName(string name) => name.Length is > 0 and <= 128 && !name.Any(c => c == '/' || char.IsControl(c));
}
