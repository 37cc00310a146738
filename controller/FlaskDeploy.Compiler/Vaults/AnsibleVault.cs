using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FlaskDeploy.Compiler.Vaults;

/// <param name="Id">As in <c>--vault-id ID@SOURCE</c>; null: it has none, and is tried for every vault.</param>
public sealed record VaultPassword(string? Id, string Password);

/// <summary>What came of opening a vault: its plain bytes, or a problem.</summary>
public sealed record VaultOpened(byte[]? Plain, string? Problem)
{
    /// <summary>The password that opened it.</summary>
    public VaultPassword? By { get; init; }

    /// <summary>The id in its header.</summary>
    public string? Id { get; init; }
}

/// <summary>
/// What ansible-vault writes, formats 1.1 and 1.2: AES-256 in counter mode, the keys by PBKDF2 from the password, an HMAC
/// over the ciphertext that is checked before anything is decrypted.
/// </summary>
/// <remarks>https://docs.ansible.com/ansible/latest/vault_guide/vault_using_encrypted_content.html#ansible-vault-payload-format-1-1-1-2</remarks>
public static class AnsibleVault
{
    private const string Magic = "$ANSIBLE_VAULT;";
    private const int Iterations = 10_000;
    private const int KeyLength = 32;
    private const int BlockLength = 16;
    private const int LineLength = 80;

    public static bool IsVault(ReadOnlySpan<char> text) => text.TrimStart().StartsWith(Magic);

    /// <summary>The plain bytes, or why not.</summary>
    public static (byte[]? Plain, string? Problem) Decrypt(string text, IReadOnlyList<VaultPassword> passwords)
    {
        var opened = Open(text, passwords);
        return (opened.Plain, opened.Problem);
    }

    /// <summary>The passwords of the vault's own id are tried first, then all others.</summary>
    public static VaultOpened Open(string text, IReadOnlyList<VaultPassword> passwords)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var header = lines.Length == 0 ? [] : lines[0].Split(';');
        if (header is not ["$ANSIBLE_VAULT", "1.1" or "1.2", "AES256", ..])
        {
            return new(null, header is ["$ANSIBLE_VAULT", _, ..] ? $"its format is {string.Join(';', header[1..])}, and 1.1 and 1.2 with AES256 are read" : "it is no vault");
        }
        if (passwords.Count == 0)
        {
            return new(null, "no vault password was given");
        }
        if (Parts(string.Concat(lines[1..])) is not { } parts)
        {
            return new(null, "it is damaged: what follows the header is not what ansible-vault writes");
        }
        var id = header.Length > 3 ? header[3] : null;
        foreach (var password in passwords.OrderByDescending(password => password.Id == id && id is not null))
        {
            var (key, sign, nonce) = Keys(password.Password, parts.Salt);
            if (CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(sign, parts.Cipher), parts.Hmac))
            {
                return Unpadded(Transform(parts.Cipher, key, nonce)) is { } plain ? new(plain, null) { By = password, Id = id } : new(null, "it is damaged: its padding is wrong");
            }
        }
        return new(null, id is null ? "no given password opens it" : $"no given password opens it; it was made with the id '{id}'");
    }

    /// <summary>As <c>ansible-vault encrypt</c> writes it; with an id in format 1.2.</summary>
    /// <param name="salt">32 random bytes.</param>
    public static string Encrypt(ReadOnlySpan<byte> plain, VaultPassword password, ReadOnlySpan<byte> salt)
    {
        var (key, sign, nonce) = Keys(password.Password, salt.ToArray());
        var padding = BlockLength - plain.Length % BlockLength;
        var padded = new byte[plain.Length + padding];
        plain.CopyTo(padded);
        padded.AsSpan(plain.Length).Fill((byte)padding);
        var cipher = Transform(padded, key, nonce);
        var inner = $"{Convert.ToHexStringLower(salt)}\n{Convert.ToHexStringLower(HMACSHA256.HashData(sign, cipher))}\n{Convert.ToHexStringLower(cipher)}";
        var body = Convert.ToHexStringLower(Encoding.ASCII.GetBytes(inner));
        var result = new StringBuilder(password.Id is null or "default" ? "$ANSIBLE_VAULT;1.1;AES256\n" : $"$ANSIBLE_VAULT;1.2;AES256;{password.Id}\n");
        for (var at = 0; at < body.Length; at += LineLength)
        {
            result.Append(body, at, Math.Min(LineLength, body.Length - at)).Append('\n');
        }
        return result.ToString();
    }

    private static (byte[] Salt, byte[] Hmac, byte[] Cipher)? Parts(string body)
    {
        try
        {
            return Encoding.ASCII.GetString(Convert.FromHexString(body)).Split('\n') is [var salt, var hmac, var cipher]
                ? (Convert.FromHexString(salt), Convert.FromHexString(hmac), Convert.FromHexString(cipher))
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static (byte[] Key, byte[] Sign, byte[] Nonce) Keys(string password, byte[] salt)
    {
        var derived = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA256, 2 * KeyLength + BlockLength);
        return (derived[..KeyLength], derived[KeyLength..(2 * KeyLength)], derived[(2 * KeyLength)..]);
    }

    // Counter mode is its own inverse. The platform has ECB only; the counter is 128 bits, big-endian.
    private static byte[] Transform(byte[] input, byte[] key, byte[] nonce)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        var counter = BinaryPrimitives.ReadUInt128BigEndian(nonce);
        var blocks = new byte[(input.Length + BlockLength - 1) / BlockLength * BlockLength];
        for (var at = 0; at < blocks.Length; at += BlockLength)
        {
            BinaryPrimitives.WriteUInt128BigEndian(blocks.AsSpan(at), counter++);
        }
        var stream = aes.EncryptEcb(blocks, PaddingMode.None);
        var output = new byte[input.Length];
        for (var at = 0; at < input.Length; at++)
        {
            output[at] = (byte)(input[at] ^ stream[at]);
        }
        return output;
    }

    private static byte[]? Unpadded(byte[] padded)
    {
        var padding = padded.Length == 0 ? (byte)0 : padded[^1];
        return padding is > 0 and <= BlockLength && padding <= padded.Length && padded.AsSpan(padded.Length - padding).IndexOfAnyExcept(padding) < 0 ? padded[..^padding] : null;
    }
}
