using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Protocol;

/// <summary>
/// What an operator carries to a new host: the secret that lets it enrol, and whom it is to believe. Printed as
/// <c>fd1.</c> and base64url of: secret, CA, operators, address, the key for vouchers, and four bytes of SHA-256 over them against typing errors.
/// </summary>
/// <param name="Secret">The one-time secret that the controller made.</param>
/// <param name="Authority">SHA-256 of the controller's CA certificate (DER).</param>
/// <param name="Operators">Fingerprints of the operators' keys: what they sign, the host will do.</param>
/// <param name="Controller">HOST:PORT, or null where the operator names it.</param>
public sealed record EnrolmentToken(string Secret, Digest Authority, ImmutableArray<Digest> Operators, string? Controller)
{
    /// <summary>With it the host vouches for its sealing key (<see cref="SealingVoucher"/>); all zero: it does not.</summary>
    public Digest Voucher { get; init; }

    public const string Prefix = "fd1.";

    private const int ChecksumLength = 4;

    public override string ToString()
    {
        List<byte> bytes = [];
        Add(bytes, Secret);
        bytes.AddRange(Authority.ToBytes());
        bytes.Add(checked((byte)Operators.Length));
        foreach (var key in Operators)
        {
            bytes.AddRange(key.ToBytes());
        }
        Add(bytes, Controller ?? "");
        bytes.AddRange(Voucher.ToBytes());
        bytes.AddRange(SHA256.HashData([.. bytes]).AsSpan(0, ChecksumLength));
        return Prefix + Base64Url.EncodeToString([.. bytes]);
    }

    /// <summary>White space in it (a line wrapped by a terminal) does no harm; everything else that is wrong has a problem with a remedy.</summary>
    public static Decoded<EnrolmentToken> Parse(string? text)
    {
        var token = string.Concat((text ?? "").Where(c => !char.IsWhiteSpace(c)));
        if (token.Length == 0)
        {
            return Decoded<EnrolmentToken>.Bad("the token is empty");
        }
        if (!token.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return Decoded<EnrolmentToken>.Bad($"this is not an enrolment token: one begins with '{Prefix}'; 'flaskdeploy token create' prints it on its last line");
        }
        byte[] bytes;
        try
        {
            bytes = Base64Url.DecodeFromChars(token.AsSpan(Prefix.Length));
        }
        catch (FormatException)
        {
            return Decoded<EnrolmentToken>.Bad("the token holds characters that no token has, or an end of it is missing: copy the whole line again");
        }
        if (bytes.Length <= ChecksumLength || !SHA256.HashData(bytes.AsSpan(..^ChecksumLength)).AsSpan(0, ChecksumLength).SequenceEqual(bytes.AsSpan(^ChecksumLength..)))
        {
            return Decoded<EnrolmentToken>.Bad("the token is damaged, perhaps cut off: copy the whole line again");
        }
        var reader = new Reader(bytes.AsMemory(..^ChecksumLength));
        var secret = reader.Text();
        var authority = reader.Digest();
        var operators = Enumerable.Range(0, reader.Byte()).Select(_ => reader.Digest()).ToImmutableArray();
        var controller = reader.Text();
        var voucher = reader.Digest();
        return reader.IsDone && secret.Length > 0
            ? Decoded<EnrolmentToken>.Good(new(secret, authority, operators, controller.Length == 0 ? null : controller) { Voucher = voucher })
            : Decoded<EnrolmentToken>.Bad("the token is of a form that this version does not know: update flaskdeploy-agent");
    }

    public bool Equals(EnrolmentToken? other) =>
        other is not null && other.Secret == Secret && other.Authority == Authority && other.Operators.SequenceEqual(Operators) && other.Controller == Controller && other.Voucher == Voucher;

    public override int GetHashCode() => HashCode.Combine(Secret, Authority, Controller);

    private static void Add(List<byte> bytes, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)utf8.Length));
        bytes.AddRange(length);
        bytes.AddRange(utf8);
    }

    // Past the end it reads nothing and is never done.
    private sealed class Reader(ReadOnlyMemory<byte> bytes)
    {
        private ReadOnlyMemory<byte> _rest = bytes;
        private bool _failed;

        public bool IsDone => !_failed && _rest.IsEmpty;

        public byte Byte() => Take(1) is { Length: 1 } one ? one.Span[0] : (byte)0;

        public Digest Digest() => Take(Language.Bundles.Digest.Length) is { Length: > 0 } digest ? Language.Bundles.Digest.FromBytes(digest.Span) : default;

        public string Text() => Take(2) is { Length: 2 } length ? Encoding.UTF8.GetString(Take(BinaryPrimitives.ReadUInt16BigEndian(length.Span)).Span) : "";

        private ReadOnlyMemory<byte> Take(int count)
        {
            if (_failed || count > _rest.Length)
            {
                _failed = true;
                return default;
            }
            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }
    }
}
