using System.Security.Cryptography;
using Google.Protobuf;

namespace FlaskDeploy.Protocol.Tests;

public sealed class EnvelopeTests : IDisposable
{
    private static readonly byte[] Payload = [1, 2, 3, 4, 5];

    private readonly SigningKey _key = SigningKey.Create();
    private readonly SigningKey _other = SigningKey.Create();

    public void Dispose()
    {
        _key.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData(EnvelopeType.Release, "release")]
    [InlineData(EnvelopeType.HostPart, "host-part")]
    [InlineData(EnvelopeType.Order, "order")]
    public void Opens_what_it_sealed(EnvelopeType type, string name)
    {
        var envelope = Envelopes.Seal(type, Payload, _key);
        Assert.Equal(name, envelope.Type);
        var opened = Envelopes.Open(V1.Envelope.Parser.ParseFrom(envelope.ToByteArray()), type, [_other.Public, _key.Public]);
        Assert.True(opened.IsGood, opened.Problem);
        Assert.Equal(Payload, opened.Payload);
        Assert.Equal(_key.Public, opened.By);
    }

    [Fact]
    public void Signs_the_text_that_the_protocol_states()
    {
        var envelope = Envelopes.Seal(EnvelopeType.HostPart, Payload, _key);
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(_key.Public.SubjectPublicKeyInfo.Span, out _);
        byte[] text = [.. "flaskdeploy envelope v1\nhost-part\n"u8, .. Payload];
        Assert.True(ecdsa.VerifyData(text, envelope.Signatures[0].Value.Span, HashAlgorithmName.SHA256));
        Assert.Equal(SHA256.HashData(_key.Public.SubjectPublicKeyInfo.Span), envelope.Signatures[0].Key.ToByteArray());
    }

    [Fact]
    public void Refuses_bytes_that_were_signed_as_another_type()
    {
        var envelope = Envelopes.Seal(EnvelopeType.Release, Payload, _key);
        Assert.Contains("something else", Envelopes.Open(envelope, EnvelopeType.Order, [_key.Public]).Problem, StringComparison.Ordinal);
        envelope.Type = "order";
        Assert.Contains("does not hold", Envelopes.Open(envelope, EnvelopeType.Order, [_key.Public]).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_every_flipped_bit_of_the_payload_and_of_the_signature()
    {
        for (var bit = 0; bit < Payload.Length * 8; bit++)
        {
            var envelope = Envelopes.Seal(EnvelopeType.Release, Payload, _key);
            envelope.Payload = Flip(envelope.Payload, bit);
            Assert.False(Envelopes.Open(envelope, EnvelopeType.Release, [_key.Public]).IsGood);
        }
        var sealedOne = Envelopes.Seal(EnvelopeType.Release, Payload, _key);
        for (var bit = 0; bit < 64 * 8; bit += 7)
        {
            var envelope = sealedOne.Clone();
            envelope.Signatures[0].Value = Flip(envelope.Signatures[0].Value, bit);
            Assert.False(Envelopes.Open(envelope, EnvelopeType.Release, [_key.Public]).IsGood);
        }
    }

    [Fact]
    public void Refuses_a_payload_that_grew_or_shrank()
    {
        var envelope = Envelopes.Seal(EnvelopeType.Release, Payload, _key);
        var longer = envelope.Clone();
        longer.Payload = ByteString.CopyFrom([.. Payload, 0]);
        Assert.False(Envelopes.Open(longer, EnvelopeType.Release, [_key.Public]).IsGood);
        var shorter = envelope.Clone();
        shorter.Payload = ByteString.CopyFrom(Payload[..^1]);
        Assert.False(Envelopes.Open(shorter, EnvelopeType.Release, [_key.Public]).IsGood);
    }

    [Fact]
    public void Refuses_the_signature_of_a_key_that_is_not_pinned()
    {
        var envelope = Envelopes.Seal(EnvelopeType.Release, Payload, _other);
        Assert.Contains("no operator that is trusted", Envelopes.Open(envelope, EnvelopeType.Release, [_key.Public]).Problem, StringComparison.Ordinal);
        Assert.False(Envelopes.Open(envelope, EnvelopeType.Release, []).IsGood);
        envelope.Signatures[0].Key = ByteString.CopyFrom(_key.Public.Fingerprint.ToBytes());
        Assert.Contains("does not hold", Envelopes.Open(envelope, EnvelopeType.Release, [_key.Public]).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Ignores_signatures_of_unknown_keys_beside_a_good_one()
    {
        var envelope = Envelopes.Seal(EnvelopeType.Release, Payload, _other);
        envelope.Signatures.Add(new V1.Signature());
        envelope.Signatures.AddRange(Envelopes.Seal(EnvelopeType.Release, Payload, _key).Signatures);
        Assert.Equal(_key.Public, Envelopes.Open(envelope, EnvelopeType.Release, [_key.Public]).By);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(72)]
    public void Refuses_a_signature_of_the_wrong_length(int length)
    {
        var envelope = Envelopes.Seal(EnvelopeType.Release, Payload, _key);
        var value = envelope.Signatures[0].Value.ToByteArray();
        Array.Resize(ref value, length);
        envelope.Signatures[0].Value = ByteString.CopyFrom(value);
        Assert.False(Envelopes.Open(envelope, EnvelopeType.Release, [_key.Public]).IsGood);
    }

    [Fact]
    public void Refuses_an_envelope_that_is_missing_or_not_signed_or_has_too_many_signatures()
    {
        Assert.NotNull(Envelopes.Open(null, EnvelopeType.Release, [_key.Public]).Problem);
        Assert.NotNull(Envelopes.Open(new V1.Envelope(), EnvelopeType.Release, [_key.Public]).Problem);
        var envelope = Envelopes.Seal(EnvelopeType.Release, Payload, _key);
        var signature = envelope.Signatures[0];
        envelope.Signatures.Clear();
        Assert.Contains("not signed", Envelopes.Open(envelope, EnvelopeType.Release, [_key.Public]).Problem, StringComparison.Ordinal);
        envelope.Signatures.AddRange(Enumerable.Repeat(signature, Envelopes.MaxSignatures + 1));
        Assert.Contains("signatures", Envelopes.Open(envelope, EnvelopeType.Release, [_key.Public]).Problem, StringComparison.Ordinal);
    }

    private static ByteString Flip(ByteString bytes, int bit)
    {
        var copy = bytes.ToByteArray();
        copy[bit / 8] ^= (byte)(1 << (bit % 8));
        return ByteString.CopyFrom(copy);
    }
}
