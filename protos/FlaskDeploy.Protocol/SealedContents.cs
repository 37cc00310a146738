using System.Security.Cryptography;
using FlaskDeploy.Language.Bundles;
using Google.Protobuf;

namespace FlaskDeploy.Protocol;

/// <summary>A file that lay in a vault, as a host's sealed table tells of it.</summary>
/// <param name="Content">SHA-256 of the file.</param>
public sealed record SecretBlob(SealedBlob Sealed, Digest Content, long Size);

/// <summary>Blobs that only who has their key can read: AES-256-GCM of a SecretContent. A key is for one content, so that no nonce is needed.</summary>
public static class SealedContents
{
    internal const int KeyLength = 32;

    private const int NonceLength = 12;

    private static ReadOnlySpan<byte> Purpose => "flaskdeploy sealed content v1"u8;

    /// <summary>The content. Null: it was altered, or is another key's.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> key)
    {
        if (cipher.Length < SealingKey.TagLength || key.Length != KeyLength)
        {
            return null;
        }
        var plain = new byte[cipher.Length - SealingKey.TagLength];
        try
        {
            using var aes = new AesGcm(key, SealingKey.TagLength);
            aes.Decrypt(new byte[NonceLength], cipher[..plain.Length], cipher[plain.Length..], plain, Purpose);
        }
        catch (CryptographicException)
        {
            return null;
        }
        var message = DecodeContext.Parse(V1.SecretContent.Parser, plain);
        return message.IsGood ? message.Value.Content.ToByteArray() : null;
    }

    /// <param name="step">What lengths are filled up to a multiple of.</param>
    internal static byte[] Close(ReadOnlySpan<byte> content, ReadOnlySpan<byte> key, int step)
    {
        var message = new V1.SecretContent { Content = ByteString.CopyFrom(content) };
        for (var length = 1; message.CalculateSize() % step != 0; length++)
        {
            message.Padding = ByteString.CopyFrom(new byte[length]);
        }
        var plain = message.ToByteArray();
        var cipher = new byte[plain.Length + SealingKey.TagLength];
        using var aes = new AesGcm(key, SealingKey.TagLength);
        aes.Encrypt(new byte[NonceLength], plain, cipher.AsSpan(0, plain.Length), cipher.AsSpan(plain.Length), Purpose);
        return cipher;
    }
}
