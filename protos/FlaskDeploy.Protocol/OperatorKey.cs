using System.Security.Cryptography;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Protocol;

/// <summary>The public half of an operator's key, as agents pin it. Equal by fingerprint.</summary>
public sealed class OperatorKey : IEquatable<OperatorKey>
{
    private readonly byte[] _subjectPublicKeyInfo;

    private OperatorKey(byte[] subjectPublicKeyInfo)
    {
        _subjectPublicKeyInfo = subjectPublicKeyInfo;
        Fingerprint = Digest.Of(subjectPublicKeyInfo);
    }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo.</summary>
    public Digest Fingerprint { get; }

    /// <summary>DER.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    public static Decoded<OperatorKey> Parse(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out var read);
            if (read != subjectPublicKeyInfo.Length || !IsP256(key))
            {
                return Decoded<OperatorKey>.Bad("the key is not an ECDSA P-256 public key");
            }
            // One key has one fingerprint: only the canonical spelling is taken.
            return key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(subjectPublicKeyInfo)
                ? Decoded<OperatorKey>.Good(new(subjectPublicKeyInfo.ToArray()))
                : Decoded<OperatorKey>.Bad("the key is not written in its canonical form");
        }
        // Of a point that is not on the curve .NET says that the platform lacks it.
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return Decoded<OperatorKey>.Bad($"the key cannot be read ({e.Message.TrimEnd('.')})");
        }
    }

    internal static OperatorKey Of(ECDsa key) => new(key.ExportSubjectPublicKeyInfo());

    internal static bool IsP256(ECDsa key) => key.KeySize == 256 && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value;

    internal bool Verifies(byte[] text, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_subjectPublicKeyInfo, out _);
        return key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    public bool Equals(OperatorKey? other) => other is not null && other.Fingerprint == Fingerprint;

    public override bool Equals(object? obj) => Equals(obj as OperatorKey);

    public override int GetHashCode() => Fingerprint.GetHashCode();
}
