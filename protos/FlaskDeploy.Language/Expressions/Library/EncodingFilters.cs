using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters that encode and hash.</summary>
internal static class EncodingFilters
{
    // Ansible's namespace for to_uuid.
    private static readonly byte[] AnsibleNamespace = Convert.FromHexString("361E6D51FAEC444A9079341386DA8E2E");

    internal static Function[] All { get; } =
    [
        new("b64encode", "encoding", call => Value.Of(Convert.ToBase64String(EncodingOf(call).GetBytes(call.SubjectText)))),
        new("b64decode", "encoding", Decode),
        new("hash", "hashtype", call => Value.Of(Hash(call, call.Text(0, "sha1")))),
        new("checksum", "", call => Value.Of(Hash(call, "sha1"))),
        new("md5", "", call => Value.Of(Hash(call, "md5"))),
        new("sha1", "", call => Value.Of(Hash(call, "sha1"))),
        new("password_hash", "hashtype salt salt_size rounds ident", PasswordHash.Hash),
        new("to_uuid", "namespace", ToUuid),
    ];

    private static Encoding EncodingOf(Call call) => call.Text(0, "utf-8").ToLowerInvariant().Replace("_", "-", StringComparison.Ordinal) switch
    {
        "utf-8" or "utf8" => new UTF8Encoding(false),
        "utf-16-le" => Encoding.Unicode,
        "ascii" or "us-ascii" => Encoding.ASCII,
        "latin-1" or "latin1" or "iso-8859-1" => Encoding.Latin1,
        var other => throw call.Error($"unknown encoding: {other}"),
    };

    private static Value Decode(Call call)
    {
        // Python ignores what is no letter of the alphabet, but wants the padding.
        var text = string.Concat(call.SubjectText.Where(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '='));
        try
        {
            return Value.Of(EncodingOf(call).GetString(Convert.FromBase64String(text)));
        }
        catch (FormatException)
        {
            throw call.Error("this is no base64: incorrect padding");
        }
    }

    private static string Hash(Call call, string type)
    {
        var bytes = Encoding.UTF8.GetBytes(call.SubjectText);
        var digest = type.ToLowerInvariant() switch
        {
#pragma warning disable CA5350, CA5351 // What playbooks ask for by name, as checksums.
            "md5" => MD5.HashData(bytes),
            "sha1" => SHA1.HashData(bytes),
#pragma warning restore CA5350, CA5351
            "sha256" => SHA256.HashData(bytes),
            "sha384" => SHA384.HashData(bytes),
            "sha512" => SHA512.HashData(bytes),
            "sha224" => Sha2.Hash224(bytes),
            "sha512_224" or "sha512-224" => Sha2.Hash512(bytes, 224),
            "sha512_256" or "sha512-256" => Sha2.Hash512(bytes, 256),
            "sha3_224" or "sha3-224" => Keccak.Hash(bytes, 224),
            "sha3_256" or "sha3-256" => Keccak.Hash(bytes, 256),
            "sha3_384" or "sha3-384" => Keccak.Hash(bytes, 384),
            "sha3_512" or "sha3-512" => Keccak.Hash(bytes, 512),
            "blake2b" or "blake2b512" => Blake2.HashB(bytes),
            "blake2s" or "blake2s256" => Blake2.HashS(bytes),
            _ => throw call.Said($"unsupported hash type {type}"),
        };
        return Convert.ToHexStringLower(digest);
    }

    private static Value ToUuid(Call call)
    {
        var space = AnsibleNamespace;
        if (call[0] is { } written)
        {
            space = written is TextValue text && Guid.TryParse(text.Text, out var guid)
                ? guid.ToByteArray(bigEndian: true)
                : throw call.Said($"Invalid value '{call.Evaluator.Text(written)}' for 'namespace'");
        }
#pragma warning disable CA5350 // RFC 4122 says so for version 5.
        var digest = SHA1.HashData([.. space, .. Encoding.UTF8.GetBytes(call.SubjectText)]);
#pragma warning restore CA5350
        digest[6] = (byte)(digest[6] & 0x0f | 0x50);
        digest[8] = (byte)(digest[8] & 0x3f | 0x80);
        return Value.Of(new Guid(digest.AsSpan(0, 16), bigEndian: true).ToString());
    }
}
