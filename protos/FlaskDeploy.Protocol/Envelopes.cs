using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;

namespace FlaskDeploy.Protocol;

/// <summary>What may be signed. Bytes signed as one type are never good as another.</summary>
public enum EnvelopeType
{
    Release,
    HostPart,
    Order,
}

/// <summary>An envelope that was opened: the signed bytes and whose signature held, or why it is not believed.</summary>
public sealed class Opened
{
    private Opened(byte[]? payload, OperatorKey? by, string? problem)
    {
        Payload = payload;
        By = by;
        Problem = problem;
    }

    public byte[]? Payload { get; }

    public OperatorKey? By { get; }

    /// <summary>In lower case, without a full stop.</summary>
    public string? Problem { get; }

    [MemberNotNullWhen(true, nameof(Payload), nameof(By))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsGood => Problem is null;

    internal static Opened Good(byte[] payload, OperatorKey by) => new(payload, by, null);

    internal static Opened Bad(string problem) => new(null, null, problem);
}

/// <summary>Seals and opens what envelope.proto describes.</summary>
public static class Envelopes
{
    /// <summary>More signatures than this are not tried: each costs a host CPU time before anything is trusted.</summary>
    public const int MaxSignatures = 16;

    /// <summary>The bytes are taken as they are and never serialised again.</summary>
    public static V1.Envelope Seal(EnvelopeType type, ReadOnlyMemory<byte> payload, SigningKey key) => new()
    {
        Type = NameOf(type),
        Payload = ByteString.CopyFrom(payload.Span),
        Signatures =
        {
            new V1.Signature
            {
                Key = ByteString.CopyFrom(key.Public.Fingerprint.ToBytes()),
                Value = ByteString.CopyFrom(key.Sign(SignedText(type, payload.Span))),
            },
        },
    };

    /// <summary>Good when the type is the expected one and one signature of a pinned key holds. Throws for no content of the envelope.</summary>
    public static Opened Open(V1.Envelope? envelope, EnvelopeType expected, IReadOnlyCollection<OperatorKey> pinned)
    {
        var name = NameOf(expected);
        if (envelope is null)
        {
            return Opened.Bad($"there is no {name}");
        }
        if (envelope.Type != name)
        {
            return Opened.Bad($"it was signed as something else than a {name}");
        }
        if (envelope.Signatures.Count == 0)
        {
            return Opened.Bad($"the {name} is not signed");
        }
        if (envelope.Signatures.Count > MaxSignatures)
        {
            return Opened.Bad($"the {name} has {envelope.Signatures.Count} signatures, more than {MaxSignatures}");
        }
        var payload = envelope.Payload.ToByteArray();
        var text = SignedText(expected, payload);
        var known = false;
        foreach (var signature in envelope.Signatures)
        {
            var key = pinned.FirstOrDefault(key => signature.Key.Span.SequenceEqual(key.Fingerprint.ToBytes()));
            if (key is null)
            {
                continue;
            }
            known = true;
            if (signature.Value.Length == 64 && key.Verifies(text, signature.Value.Span))
            {
                return Opened.Good(payload, key);
            }
        }
        return Opened.Bad(known ? $"the signature of the {name} does not hold: it was altered" : $"the {name} is signed by no operator that is trusted here");
    }

    public static string NameOf(EnvelopeType type) => type switch
    {
        EnvelopeType.Release => "release",
        EnvelopeType.HostPart => "host-part",
        EnvelopeType.Order => "order",
        _ => throw new UnreachableException(),
    };

    private static byte[] SignedText(EnvelopeType type, ReadOnlySpan<byte> payload) =>
        [.. Encoding.ASCII.GetBytes($"flaskdeploy envelope v1\n{NameOf(type)}\n"), .. payload];
}
