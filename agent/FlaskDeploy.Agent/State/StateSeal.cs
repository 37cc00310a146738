using System.Security.Cryptography;

namespace FlaskDeploy.Agent.State;

/// <summary>
/// Closes what the agent keeps of a run: registered values and the steps of commands may hold what came out of a vault, and
/// a copy of the disk without this host's key is not to tell it. AES-256-GCM; a nonce is drawn for each record.
/// </summary>
internal sealed class StateSeal(byte[] key)
{
    /// <summary>What the key is derived for.</summary>
    public const string Purpose = "agent state";

    private const int NonceLength = 12;
    private const int TagLength = 16;

    // No JSON begins with it: what an older agent kept open is known as that.
    private static ReadOnlySpan<byte> Mark => "\0fds1"u8;

    /// <summary>Of a state that is gone with the process that made it.</summary>
    public static StateSeal Fleeting() => new(RandomNumberGenerator.GetBytes(32));

    public byte[] Close(ReadOnlySpan<byte> plain)
    {
        var bytes = new byte[Mark.Length + NonceLength + plain.Length + TagLength];
        Mark.CopyTo(bytes);
        var nonce = bytes.AsSpan(Mark.Length, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(nonce, plain, bytes.AsSpan(Mark.Length + NonceLength, plain.Length), bytes.AsSpan(bytes.Length - TagLength), Mark);
        return bytes;
    }

    /// <summary>Null: it was closed with another key, or altered. What was never closed comes back as it is.</summary>
    public byte[]? Open(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Mark))
        {
            return bytes.ToArray();
        }
        var length = bytes.Length - Mark.Length - NonceLength - TagLength;
        if (length < 0)
        {
            return null;
        }
        var plain = new byte[length];
        try
        {
            using var cipher = new AesGcm(key, TagLength);
            cipher.Decrypt(bytes.Slice(Mark.Length, NonceLength), bytes.Slice(Mark.Length + NonceLength, length), bytes[^TagLength..], plain, Mark);
            return plain;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
