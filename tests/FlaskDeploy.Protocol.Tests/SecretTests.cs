using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Protocol.Tests;

public sealed class SecretTests : IDisposable
{
    private const string Password = "correct horse battery staple";
    private readonly SigningKey _operator = SigningKey.Create();
    private readonly SealingKey _host = SealingKey.Create();

    public void Dispose()
    {
        _operator.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void What_is_encoded_holds_references_and_the_host_puts_the_secrets_back()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var samples = new Samples(seed, spans: false);
            var (bundle, release, part) = (samples.Bundle(), samples.Release(), samples.HostPart());
            var sealer = new SecretSealer(_operator, "site");
            var references = sealer.References();
            var bytes = (BundleCodec.Encode(bundle, references), ReleaseCodec.Encode(release, references));
            part = part with { Secrets = sealer.Seal([references], [], "web1", _host.Public.Span) };
            var partBytes = ReleaseCodec.Encode(part, references);

            var sealedTable = ReleaseCodec.DecodeHostPart(partBytes).Value!.Secrets!;
            Assert.Equal(part.Secrets, sealedTable);
            var table = _host.Open(sealedTable, "web1", "site");
            Assert.True(table.IsGood, table.Problem);
            Assert.Equal(Printer.Print(bundle), Printer.Print(BundleCodec.Decode(bytes.Item1, table.Value).Value));
            Assert.Equal(Printer.Print(release), Printer.Print(ReleaseCodec.Decode(bytes.Item2, table.Value).Value));
        }
    }

    [Fact]
    public void Equal_content_gives_equal_bytes_and_other_content_other_ones()
    {
        static (byte[] Release, SealedSecrets Secrets) Push(SigningKey key, SealingKey host, string password)
        {
            var sealer = new SecretSealer(key, "site");
            var references = sealer.References();
            return (ReleaseCodec.Encode(Release(password), references), sealer.Seal([references], [], "web1", host.Public.Span)!);
        }

        var (first, second, other) = (Push(_operator, _host, Password), Push(_operator, _host, Password), Push(_operator, _host, Password + "!"));
        Assert.Equal(first.Release, second.Release);
        Assert.Equal(first.Secrets, second.Secrets);
        Assert.NotEqual(first.Release, other.Release);
        Assert.NotEqual(first.Secrets, other.Secrets);
        // No key or nonce is met by two plaintexts: not even the other half of the exchange is the same.
        Assert.False(first.Secrets.Ephemeral.Span.SequenceEqual(other.Secrets.Ephemeral.Span));
        using var elsewhere = SealingKey.Create();
        Assert.False(first.Secrets.Ephemeral.Span.SequenceEqual(Push(_operator, elsewhere, Password).Secrets.Ephemeral.Span));
    }

    [Fact]
    public void A_short_secret_is_not_found_by_hashing_guesses()
    {
        // All that somebody without the operator's key can know: the value, the deployment, every other key.
        var value = ValueCodec.ToBytes(Value.Of("1234"));
        using var stranger = SigningKey.Create();
        var references = new SecretSealer(_operator, "site").References();
        var bytes = ReleaseCodec.Encode(Release("1234"), references);
        Assert.True(bytes.AsSpan().IndexOf("1234"u8) < 0);
        foreach (var guess in new[] { SHA256.HashData(value), SHA256.HashData("1234"u8), HMACSHA256.HashData("site\0"u8, value), HMACSHA256.HashData(_operator.Public.SubjectPublicKeyInfo.Span, [.. "site\0"u8, .. value]) })
        {
            Assert.True(bytes.AsSpan().IndexOf(guess.AsSpan(0, 16)) < 0);
        }
        Assert.NotEqual(bytes, ReleaseCodec.Encode(Release("1234"), new SecretSealer(stranger, "site").References()));
        Assert.NotEqual(bytes, ReleaseCodec.Encode(Release("1234"), new SecretSealer(_operator, "shop").References()));
    }

    [Fact]
    public void Only_the_host_it_was_sealed_for_opens_it()
    {
        var secrets = Sealed();
        using var stranger = SealingKey.Create();
        Assert.Contains("another key", stranger.Open(secrets, "web1", "site").Problem, StringComparison.Ordinal);
        Assert.Contains("do not open", stranger.Open(secrets with { Key = stranger.Fingerprint }, "web1", "site").Problem, StringComparison.Ordinal);
        Assert.Contains("do not open", _host.Open(secrets, "web2", "site").Problem, StringComparison.Ordinal);
        Assert.Contains("do not open", _host.Open(secrets, "web1", "shop").Problem, StringComparison.Ordinal);
        Assert.True(_host.Open(secrets, "web1", "site").IsGood);
    }

    [Fact]
    public void Whatever_is_altered_is_refused()
    {
        var secrets = Sealed();
        for (var at = 0; at < secrets.Cipher.Length; at += 7)
        {
            Assert.NotNull(_host.Open(secrets with { Cipher = Flipped(secrets.Cipher, at) }, "web1", "site").Problem);
        }
        for (var at = 0; at < secrets.Ephemeral.Length; at++)
        {
            Assert.NotNull(_host.Open(secrets with { Ephemeral = Flipped(secrets.Ephemeral, at) }, "web1", "site").Problem);
        }
        Assert.NotNull(_host.Open(secrets with { Cipher = secrets.Cipher[..^1] }, "web1", "site").Problem);
        Assert.NotNull(_host.Open(secrets with { Cipher = default }, "web1", "site").Problem);
        Assert.NotNull(_host.Open(secrets with { Ephemeral = default }, "web1", "site").Problem);
    }

    [Fact]
    public void The_length_tells_little()
    {
        Assert.Equal(Sealed("a").Cipher.Length, Sealed(new string('a', 60)).Cipher.Length);
    }

    [Fact]
    public void Read_without_the_key_it_is_a_secret_with_nothing_in_it_and_what_is_not_ours_is_not_there()
    {
        var sealer = new SecretSealer(_operator, "site");
        var bytes = ReleaseCodec.Encode(Release(Password), sealer.References());
        Assert.IsType<SecretValue>(ReleaseCodec.Decode(bytes).Value!.ExtraVars[0].Value);
        Assert.Equal(Value.Null, ReleaseCodec.Decode(bytes).Value!.ExtraVars[0].Value.Reveal());
        Assert.IsType<UndefinedValue>(ReleaseCodec.Decode(bytes, SecretTable.Empty).Value!.ExtraVars[0].Value);
    }

    [Fact]
    public void A_host_vouches_for_its_key_and_nobody_else_does()
    {
        var token = "the token's secret";
        var voucher = SealingVoucher.Make(SealingVoucher.KeyFor(_operator, token), token, "Web1", _host.Public.Span);
        using var stranger = SigningKey.Create();
        using var relays = SealingKey.Create();
        Assert.True(SealingVoucher.Holds(_operator, voucher, "web1", _host.Public.Span));
        Assert.False(SealingVoucher.Holds(_operator, voucher, "web2", _host.Public.Span));
        Assert.False(SealingVoucher.Holds(_operator, voucher, "web1", relays.Public.Span));
        Assert.False(SealingVoucher.Holds(stranger, voucher, "web1", _host.Public.Span));
        Assert.False(SealingVoucher.Holds(_operator, [], "web1", _host.Public.Span));
        // What the controller knows, the token's secret, vouches for nothing.
        Assert.False(SealingVoucher.Holds(_operator, SealingVoucher.Make(SHA256.HashData(Encoding.UTF8.GetBytes(token)), token, "web1", relays.Public.Span), "web1", relays.Public.Span));
    }

    [Fact]
    public void A_sealing_key_survives_its_file()
    {
        using var again = SealingKey.FromPem(_host.ToPem());
        Assert.Equal(_host.Fingerprint, again.Fingerprint);
        Assert.True(again.Open(Sealed(), "web1", "site").IsGood);
        Assert.Throws<CryptographicException>(() => SealingKey.FromPem("no key"));
        Assert.Throws<CryptographicException>(() => SealingKey.FromPem(PemEncoding.WriteString("PUBLIC KEY", _host.Public.Span)));
    }

    private static ReleaseContent Release(string password) => new()
    {
        Bundle = Digest.Of("bundle"u8),
        Origin = "/srv/site.yml",
        ExtraVars = [KeyValuePair.Create("password", (Value)new SecretValue(Value.Of(password))), KeyValuePair.Create("url", (Value)new SecretValue(new TemplateValue("http://{{ password }}", SourceSpan.None)))],
    };

    private SealedSecrets Sealed(string password = Password)
    {
        var sealer = new SecretSealer(_operator, "site");
        var references = sealer.References();
        ReleaseCodec.Encode(Release(password), references);
        return sealer.Seal([references], [], "web1", _host.Public.Span)!;
    }

    private static byte[] Flipped(ReadOnlyMemory<byte> bytes, int at)
    {
        var copy = bytes.ToArray();
        copy[at] ^= 1;
        return copy;
    }
}
