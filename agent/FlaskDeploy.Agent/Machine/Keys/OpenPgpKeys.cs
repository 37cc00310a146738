using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace FlaskDeploy.Agent.Machine.Keys;

/// <summary>One key with the keys below it. Fingerprints in capitals; the number of a key is the end of its fingerprint.</summary>
internal sealed record OpenPgpKey(string Fingerprint, ImmutableArray<string> Subkeys)
{
    /// <summary>The name of the package that rpm makes of it.</summary>
    public string Package => $"gpg-pubkey-{Fingerprint[^8..].ToLowerInvariant()}";

    /// <summary>Whether it, or one below it, has this number, short or long.</summary>
    public bool IsMeant(string number) => Subkeys.Prepend(Fingerprint).Any(fingerprint => fingerprint.EndsWith(number, StringComparison.Ordinal));

    public bool Equals(OpenPgpKey? other) => other is not null && Fingerprint == other.Fingerprint && Subkeys.SequenceEqual(other.Subkeys);

    public override int GetHashCode() => Fingerprint.GetHashCode(StringComparison.Ordinal);
}

/// <summary>Reads the numbers of public keys out of RFC 4880 and RFC 9580, armoured or not: no gpg is needed, and none is on every host.</summary>
internal static class OpenPgpKeys
{
    private const string Begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private const string End = "-----END PGP PUBLIC KEY BLOCK-----";
    private const int PublicKey = 6;
    private const int PublicSubkey = 14;

    /// <summary>In their order. Empty: there is none in it.</summary>
    public static ImmutableArray<OpenPgpKey> In(byte[] bytes)
    {
        var keys = new List<OpenPgpKey>();
        foreach (var block in Blocks(bytes))
        {
            Read(block, keys);
        }
        return [.. keys];
    }

    private static IEnumerable<byte[]> Blocks(byte[] bytes)
    {
        // Latin 1, so that each byte is a character and none is lost.
        var text = Encoding.Latin1.GetString(bytes);
        var at = text.IndexOf(Begin, StringComparison.Ordinal);
        if (at < 0)
        {
            yield return bytes;
        }
        for (; at >= 0; at = text.IndexOf(Begin, at + Begin.Length, StringComparison.Ordinal))
        {
            var end = text.IndexOf(End, at, StringComparison.Ordinal);
            if (end > 0 && Unarmoured(text[(at + Begin.Length)..end]) is { } block)
            {
                yield return block;
            }
        }
    }

    // Headers, an empty line, base 64, and a checksum in a line of its own that begins with =.
    private static byte[]? Unarmoured(string armour)
    {
        var lines = armour.Split('\n').Select(line => line.Trim()).Skip(1).SkipWhile(line => line.Length > 0).Where(line => line.Length > 0 && line[0] != '=');
        try
        {
            return Convert.FromBase64String(string.Concat(lines));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static void Read(ReadOnlySpan<byte> packets, List<OpenPgpKey> keys)
    {
        while (TryTake(ref packets, out var tag, out var body))
        {
            if (tag is not (PublicKey or PublicSubkey) || FingerprintOf(body) is not { } fingerprint)
            {
                continue;
            }
            if (tag == PublicKey)
            {
                keys.Add(new OpenPgpKey(fingerprint, []));
            }
            else if (keys.Count > 0)
            {
                keys[^1] = keys[^1] with { Subkeys = keys[^1].Subkeys.Add(fingerprint) };
            }
        }
    }

    // False at the end, and where it is none. Keys have no lengths in parts.
    private static bool TryTake(ref ReadOnlySpan<byte> packets, out int tag, out ReadOnlySpan<byte> body)
    {
        tag = 0;
        body = default;
        if (packets.Length < 2 || (packets[0] & 0x80) == 0)
        {
            return false;
        }
        var isNew = (packets[0] & 0x40) != 0;
        tag = isNew ? packets[0] & 0x3F : (packets[0] >> 2) & 0xF;
        var octets = isNew ? packets[1] switch { < 192 => 1, < 224 => 2, 255 => 5, _ => 0 } : (packets[0] & 3) switch { 0 => 1, 1 => 2, 2 => 4, _ => 0 };
        if (octets == 0 || packets.Length < 1 + octets)
        {
            return false;
        }
        var length = packets[1..(1 + octets)];
        long size = (isNew, octets) switch
        {
            (_, 1) => length[0],
            (true, 2) => ((length[0] - 192) << 8) + length[1] + 192,
            (true, _) => BinaryPrimitives.ReadUInt32BigEndian(length[1..]),
            (_, 2) => BinaryPrimitives.ReadUInt16BigEndian(length),
            _ => BinaryPrimitives.ReadUInt32BigEndian(length),
        };
        if (packets.Length - 1 - octets < size)
        {
            return false;
        }
        body = packets.Slice(1 + octets, (int)size);
        packets = packets[(1 + octets + (int)size)..];
        return true;
    }

    // Null: of a version that rpm does not take.
    private static string? FingerprintOf(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty || body[0] is not (4 or 6) || body.Length > ushort.MaxValue)
        {
            return null;
        }
        byte[] header = body[0] == 4 ? [0x99, (byte)(body.Length >> 8), (byte)body.Length] : [0x9B, 0, 0, (byte)(body.Length >> 8), (byte)body.Length];
        byte[] whole = [.. header, .. body];
        // What the format says it is: not for trust in SHA-1 but to name the key as everybody does.
        return Convert.ToHexString(body[0] == 4 ? SHA1.HashData(whole) : SHA256.HashData(whole));
    }
}
