using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using Google.Protobuf;

namespace FlaskDeploy.Protocol;

/// <summary>
/// Takes secrets out of what is encoded: in the place of each stands a reference, and what the references stand for is
/// collected here, to be sealed. Equal secrets of one deployment have equal references, so equal content has equal bytes.
/// A reference is a MAC under a key of the operator's: who does not hold it cannot tell a guess from the secret.
/// </summary>
public sealed class SecretReferences
{
    internal const int Length = 16;

    private readonly byte[] _key;
    private readonly byte[] _context;
    private readonly SortedDictionary<string, V1.SecretTable.Types.Entry> _entries = new(StringComparer.Ordinal);

    internal SecretReferences(byte[] key, string deployment) => (_key, _context) = (key, [.. Encoding.UTF8.GetBytes(deployment), 0]);

    public bool IsEmpty => _entries.Count == 0;

    /// <summary>In order of their references.</summary>
    internal IEnumerable<KeyValuePair<string, V1.SecretTable.Types.Entry>> Entries => _entries;

    /// <exception cref="ArgumentException">What is secret cannot be sent.</exception>
    internal ByteString Of(SecretValue secret)
    {
        // Without a table of files, whose numbers differ from bundle to bundle.
        var value = ValueCodec.Encode(secret.Reveal());
        var reference = ByteString.CopyFrom(HMACSHA256.HashData(_key, (byte[])[.. _context, .. value.ToByteArray()]), 0, Length);
        _entries[Convert.ToHexStringLower(reference.Span)] = new() { Reference = reference, Value = value };
        return reference;
    }
}

/// <summary>What references stand for, opened on the host that they were sealed to.</summary>
public sealed class SecretTable
{
    private readonly ImmutableDictionary<string, Value> _values;

    internal SecretTable(IEnumerable<KeyValuePair<string, Value>> values) => _values = values.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>Of a host part without secrets.</summary>
    public static SecretTable Empty { get; } = new([]);

    public bool IsEmpty => _values.IsEmpty;

    internal Value? Find(ReadOnlySpan<byte> reference) => _values.GetValueOrDefault(Convert.ToHexStringLower(reference));
}

/// <summary>
/// The operator's end of sealing: ECDH P-256 with the host's sealing key, HKDF-SHA256, AES-256-GCM. Nothing in it is drawn by
/// lot, or each push would be a new revision: the other half of the exchange is derived from the operator's key, the host's
/// and the whole plaintext, so that another plaintext never meets the same key.
/// </summary>
public sealed class SecretSealer(SigningKey key, string deployment)
{
    // A table's length tells no more of its secrets than this.
    private const int Step = 256;

    private readonly byte[] _references = key.Derive("secret references");
    private readonly byte[] _exchange = key.Derive("secret exchange");

    public SecretReferences References() => new(_references, deployment);

    /// <param name="hostKey">SubjectPublicKeyInfo.</param>
    /// <returns>Null: the key is none that can be sealed to.</returns>
    public SealedSecrets? Seal(IEnumerable<SecretReferences> used, string host, ReadOnlySpan<byte> hostKey)
    {
        var entries = new SortedDictionary<string, V1.SecretTable.Types.Entry>(StringComparer.Ordinal);
        foreach (var (name, entry) in used.SelectMany(references => references.Entries))
        {
            entries[name] = entry;
        }
        var table = new V1.SecretTable { Entries = { entries.Values } };
        for (var length = 1; table.CalculateSize() % Step != 0; length++)
        {
            table.Padding = ByteString.CopyFrom(new byte[length]);
        }
        var plain = table.ToByteArray();
        if (SealingKey.ParsePublic(hostKey) is not { } theirs)
        {
            return null;
        }
        using (theirs)
        {
            var context = SealingKey.Context(host, deployment, hostKey);
            using var ours = SealingKey.FromSecret(HMACSHA256.HashData(_exchange, (byte[])[.. context, .. SHA256.HashData(plain)]));
            var ephemeral = ours.ExportSubjectPublicKeyInfo();
            using var cipher = SealingKey.Cipher(ours, theirs, ephemeral, context, out var nonce);
            var sealedBytes = new byte[plain.Length + SealingKey.TagLength];
            cipher.Encrypt(nonce, plain, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan(plain.Length), context);
            return new SealedSecrets(Digest.Of(hostKey), ephemeral, sealedBytes);
        }
    }
}
