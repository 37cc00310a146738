using System.Security.Cryptography;
using System.Text;

namespace FlaskDeploy.Protocol;

/// <summary>
/// How an operator knows a host's sealing key, which the controller relays and could exchange for its own. The token carries
/// a key that the operator's CLI derived and the controller never sees; with it the host vouches for its sealing key, and
/// the CLI, which can derive it again, believes no other. Whoever has the token can vouch, as whoever has it can enrol.
/// </summary>
public static class SealingVoucher
{
    private const int IdLength = 16;

    /// <summary>The voucher's key for a token, to go into it.</summary>
    public static byte[] KeyFor(SigningKey key, string tokenSecret) => KeyFor(key, IdOf(tokenSecret));

    /// <summary>What the host sends with its sealing key.</summary>
    public static byte[] Make(ReadOnlySpan<byte> voucherKey, string tokenSecret, string host, ReadOnlySpan<byte> sealingKey) =>
        [.. IdOf(tokenSecret), .. Mac(voucherKey, host, sealingKey)];

    /// <summary>Whether the host with this name vouched for this sealing key, with a token that was made with this key.</summary>
    public static bool Holds(SigningKey key, ReadOnlySpan<byte> voucher, string host, ReadOnlySpan<byte> sealingKey) =>
        voucher.Length == IdLength + HMACSHA256.HashSizeInBytes
        && CryptographicOperations.FixedTimeEquals(voucher[IdLength..], Mac(KeyFor(key, voucher[..IdLength]), host, sealingKey));

    private static byte[] KeyFor(SigningKey key, ReadOnlySpan<byte> id) => HMACSHA256.HashData(key.Derive("sealing vouchers"), id);

    // Tells nobody the token's secret, which is random.
    private static byte[] IdOf(string tokenSecret) => SHA256.HashData(Encoding.UTF8.GetBytes($"flaskdeploy voucher\n{tokenSecret}"))[..IdLength];

    private static byte[] Mac(ReadOnlySpan<byte> voucherKey, string host, ReadOnlySpan<byte> sealingKey) =>
        HMACSHA256.HashData(voucherKey, [.. Encoding.UTF8.GetBytes($"flaskdeploy sealing key v1\n{host.ToLowerInvariant()}\n"), .. sealingKey]);
}
