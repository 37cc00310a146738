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

    /// <summary>Of a whole message, in whose place the reference stands.</summary>
    internal ByteString Of(IMessage message) => Of(new SecretValue(Value.Of(Convert.ToBase64String(message.ToByteArray()))));

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
    private readonly ImmutableDictionary<Digest, SecretBlob> _blobs;

    internal SecretTable(IEnumerable<KeyValuePair<string, Value>> values, IEnumerable<SecretBlob> blobs) =>
        (_values, _blobs) = (values.ToImmutableDictionary(StringComparer.Ordinal), blobs.ToImmutableDictionary(blob => blob.Sealed.Cipher));

    /// <summary>Of a host part without secrets.</summary>
    public static SecretTable Empty { get; } = new([], []);

    public bool IsEmpty => _values.IsEmpty && _blobs.IsEmpty;

    internal SecretBlob? Find(Digest cipher) => _blobs.GetValueOrDefault(cipher);

    /// <summary>A message that <see cref="SecretReferences.Of(IMessage)"/> took out; null: the host's table does not have it.</summary>
    internal byte[]? FindMessage(ReadOnlySpan<byte> reference)
    {
        try
        {
            return Find(reference)?.Reveal() is TextValue text ? Convert.FromBase64String(text.Text) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

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
    private readonly byte[] _blobs = key.Derive("secret blobs");

    public SecretReferences References() => new(_references, deployment);

    /// <summary>The content of a file as a blob that everybody may store: under a key of its own, the same for the same content.</summary>
    public (byte[] Cipher, SecretBlob Blob) Close(ReadOnlySpan<byte> content)
    {
        var digest = Digest.Of(content);
        // Without the operator's key nobody can try guesses at the content against the blob.
        var blobKey = HMACSHA256.HashData(_blobs, (byte[])[.. Encoding.UTF8.GetBytes(deployment), 0, .. digest.ToBytes()]);
        var cipher = SealedContents.Close(content, blobKey, Step);
        return (cipher, new SecretBlob(new SealedBlob(Digest.Of(cipher), blobKey), digest, content.Length));
    }

    /// <param name="blobs">Those that the host may read.</param>
    /// <param name="hostKey">SubjectPublicKeyInfo.</param>
    /// <returns>Null: the key is none that can be sealed to.</returns>
    public SealedSecrets? Seal(IEnumerable<SecretReferences> used, IEnumerable<SecretBlob> blobs, string host, ReadOnlySpan<byte> hostKey)
    {
        var entries = new SortedDictionary<string, V1.SecretTable.Types.Entry>(StringComparer.Ordinal);
        foreach (var (name, entry) in used.SelectMany(references => references.Entries))
        {
            entries[name] = entry;
        }
        var table = new V1.SecretTable { Entries = { entries.Values }, Blobs = { blobs.OrderBy(blob => blob.Sealed.Cipher).Select(Encode) } };
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

    private static V1.SecretTable.Types.Blob Encode(SecretBlob blob) => new()
    {
        Digest = ByteString.CopyFrom(blob.Sealed.Cipher.ToBytes()),
        Key = ByteString.CopyFrom(blob.Sealed.Key.Span),
        Content = ByteString.CopyFrom(blob.Content.ToBytes()),
        Size = (ulong)blob.Size,
    };
}
