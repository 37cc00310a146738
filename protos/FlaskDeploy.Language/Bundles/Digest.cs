using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace FlaskDeploy.Language.Bundles;

/// <summary>A SHA-256: the name of a blob.</summary>
[JsonConverter(typeof(DigestJsonConverter))]
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>
{
    public const int Length = 32;

    // Hex, because digests are compared, used as keys and shown far more often than they are computed.
    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    public static Digest Of(ReadOnlySpan<byte> content) => new(Convert.ToHexStringLower(SHA256.HashData(content)));

    public static Digest Of(Stream content) => new(Convert.ToHexStringLower(SHA256.HashData(content)));

    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static Digest FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Length ? new(Convert.ToHexStringLower(bytes)) : throw new ArgumentException($"A digest has {Length} bytes, not {bytes.Length}.", nameof(bytes));

    public static bool TryParse([NotNullWhen(true)] string? hex, out Digest digest)
    {
        var good = hex is { Length: 2 * Length } && hex.All(char.IsAsciiHexDigitLower);
        digest = good ? new(hex!) : default;
        return good;
    }

    public byte[] ToBytes() => Convert.FromHexString(ToString());

    public bool Equals(Digest other) => ToString() == other.ToString();

    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    public override int GetHashCode() => string.GetHashCode(ToString(), StringComparison.Ordinal);

    public int CompareTo(Digest other) => string.CompareOrdinal(ToString(), other.ToString());

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => _hex ?? new string('0', 2 * Length);

    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);
}
