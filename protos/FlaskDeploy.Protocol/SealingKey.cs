using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Protocol;

/// <summary>A host's private key for what is sealed to it: P-256. It is made on the host and never leaves it.</summary>
public sealed class SealingKey : IDisposable
{
    internal const int TagLength = 16;

    // The order of P-256's group (SEC 2, secp256r1).
    private static readonly BigInteger Order = BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);

    private readonly ECDiffieHellman _key;

    private SealingKey(ECDiffieHellman key)
    {
        _key = key;
        Public = key.ExportSubjectPublicKeyInfo();
        Fingerprint = Digest.Of(Public.Span);
    }

    /// <summary>SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> Public { get; }

    /// <summary>SHA-256 of <see cref="Public"/>: what operators know the key by.</summary>
    public Digest Fingerprint { get; }

    public static SealingKey Create() => new(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));

    /// <exception cref="CryptographicException">The text holds no private key of this kind.</exception>
    public static SealingKey FromPem(string pem)
    {
        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportFromPem(pem);
            if (!IsP256(key) || key.ExportParameters(includePrivateParameters: true).D is null)
            {
                throw new CryptographicException("it is no private key of P-256");
            }
            return new(key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new CryptographicException($"the sealing key cannot be read: {e.Message}", e);
        }
    }

    public string ToPem() => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>Opens what was sealed to this key, for this host and deployment: anything else, and anything altered, is a problem that says so.</summary>
    public Decoded<SecretTable> Open(SealedSecrets secrets, string host, string deployment)
    {
        if (secrets.Key != Fingerprint)
        {
            return Decoded<SecretTable>.Bad("its secrets were sealed to another key than this host has now");
        }
        const string Altered = "its secrets do not open: they were altered, or sealed for another host or deployment";
        if (secrets.Cipher.Length < TagLength || ParsePublic(secrets.Ephemeral.Span) is not { } theirs)
        {
            return Decoded<SecretTable>.Bad(Altered);
        }
        var plain = new byte[secrets.Cipher.Length - TagLength];
        using (theirs)
        {
            try
            {
                var context = Context(host, deployment, Public.Span);
                using var cipher = Cipher(_key, theirs, secrets.Ephemeral.Span, context, out var nonce);
                cipher.Decrypt(nonce, secrets.Cipher.Span[..plain.Length], secrets.Cipher.Span[plain.Length..], plain, context);
            }
            catch (CryptographicException)
            {
                return Decoded<SecretTable>.Bad(Altered);
            }
        }
        var parsed = DecodeContext.Parse(V1.SecretTable.Parser, plain);
        if (!parsed.IsGood)
        {
            return Decoded<SecretTable>.Bad(parsed.Problem);
        }
        var values = new DecodeContext([]);
        return values.Finish(new SecretTable(parsed.Value.Entries.Select(entry =>
            KeyValuePair.Create(Convert.ToHexStringLower(entry.Reference.Span), (Value)new SecretValue(ValueCodec.Decode(entry.Value, values)))).DistinctBy(entry => entry.Key).ToList(),
            parsed.Value.Blobs.Select(blob => new SecretBlob(new SealedBlob(values.Digest(blob.Digest), blob.Key.ToByteArray()), values.Digest(blob.Content), values.Signed(blob.Size, "the size of a file"))).DistinctBy(blob => blob.Sealed.Cipher).ToList()));
    }

    /// <summary>A key of its own for each purpose on this host, from which this one cannot be found.</summary>
    public byte[] Derive(string purpose) => Keys.Derive(_key.ExportParameters(includePrivateParameters: true).D!, purpose);

    public void Dispose() => _key.Dispose();

    internal static byte[] Context(string host, string deployment, ReadOnlySpan<byte> hostKey) =>
        [.. Encoding.UTF8.GetBytes($"flaskdeploy sealed secrets v1\n{host}\n{deployment}\n"), .. SHA256.HashData(hostKey)];

    /// <summary>A private key out of 32 bytes that nobody else can find; the same of the same.</summary>
    internal static ECDiffieHellman FromSecret(ReadOnlySpan<byte> secret)
    {
        // 48 bytes, so that the remainder is as good as evenly spread (FIPS 186-5, A.2.1).
        var wide = new BigInteger(HKDF.Expand(HashAlgorithmName.SHA256, secret.ToArray(), 48, "scalar"u8.ToArray()), isUnsigned: true, isBigEndian: true);
        var scalar = ((wide % (Order - 1)) + 1).ToByteArray(isUnsigned: true, isBigEndian: true);
        var d = new byte[32];
        scalar.CopyTo(d, d.Length - scalar.Length);
        return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = d });
    }

    internal static AesGcm Cipher(ECDiffieHellman ours, ECDiffieHellman theirs, ReadOnlySpan<byte> ephemeral, ReadOnlySpan<byte> context, out byte[] nonce)
    {
        var shared = ours.DeriveRawSecretAgreement(theirs.PublicKey);
        var derived = HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, 32 + 12, SHA256.HashData(ephemeral), context.ToArray());
        nonce = derived[32..];
        return new AesGcm(derived.AsSpan(0, 32), TagLength);
    }

    internal static ECDiffieHellman? ParsePublic(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out var read);
            if (read == subjectPublicKeyInfo.Length && IsP256(key))
            {
                return key;
            }
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // No key at all, or, which .NET tells as a matter of the platform, not a point of the curve: said by the null.
        }
        key.Dispose();
        return null;
    }

    private static bool IsP256(ECDiffieHellman key) => key.KeySize == 256 && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value;
}

internal static class Keys
{
    public static byte[] Derive(byte[] secret, string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, salt: null, Encoding.ASCII.GetBytes($"flaskdeploy {purpose} v1"));
}
