using FlaskDeploy.Compiler;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>
/// A compilation as it goes through the controller: references in the place of secrets, and for each host, sealed to it, what
/// those stand for that its plays, its groups and its own variables use. The same compilation gives the same bytes.
/// </summary>
internal sealed class SealedContent
{
    private readonly SecretSealer _sealer;
    private readonly Dictionary<Digest, SecretBlob> _blobs = [];
    private readonly Dictionary<string, SecretReferences> _ofPlays = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SecretReferences> _ofGroups = new(StringComparer.Ordinal);

    public SealedContent(Compilation compilation, SecretSealer sealer)
    {
        _sealer = sealer;
        Compilation = compilation = Sealed(compilation);
        Bundle = BundleCodec.Encode(compilation.Bundle, sealer.References());
        BundleDigest = Digest.Of(Bundle);
        Release = ReleaseCodec.Encode(compilation.ReleaseFor(BundleDigest), sealer.References());
    }

    public Compilation Compilation { get; }

    public byte[] Bundle { get; }

    public Digest BundleDigest { get; }

    public byte[] Release { get; }

    public bool UsesSecrets(CompiledHost host) => Compilation.HasSecrets && (BlobsOf(host).Any() || UsedBy(host).Any(references => !references.IsEmpty));

    /// <summary>Null: its sealing key is none.</summary>
    public byte[]? PartFor(CompiledHost host, HostView view)
    {
        var part = Compilation.HostPartFor(host, BundleDigest);
        if (!UsesSecrets(host))
        {
            return ReleaseCodec.Encode(part);
        }
        return _sealer.Seal(UsedBy(host), BlobsOf(host), view.Host, view.SealingKey.Span) is { } secrets ? ReleaseCodec.Encode(part with { Secrets = secrets }, _sealer.References()) : null;
    }

    // In the place of what vaults hold, blobs that the controller cannot read.
    private Compilation Sealed(Compilation compilation)
    {
        var closed = new Dictionary<Digest, BlobSource>();
        foreach (var source in compilation.Blobs.Where(source => source.Opened is not null))
        {
            var (cipher, blob) = _sealer.Close(source.Opened!);
            _blobs.Add(blob.Sealed.Cipher, blob);
            closed.Add(source.Digest, new BlobSource(blob.Sealed.Cipher, source.Path, cipher.Length) { Opened = cipher });
        }
        if (closed.Count == 0)
        {
            return compilation;
        }
        TreeEntry Entry(TreeEntry entry) => entry is { IsSecret: true, Digest: { } digest } ? entry with { Digest = closed[digest].Digest, Size = closed[digest].Size } : entry;
        var open = compilation.Blobs.Where(source => source.Opened is null).ToList();
        var plain = open.Select(source => source.Digest).ToHashSet();
        // What lies in a vault may lie open beside it as well.
        IEnumerable<Digest> Readable(Digest digest) => closed.TryGetValue(digest, out var source) ? plain.Contains(digest) ? [digest, source.Digest] : [source.Digest] : [digest];
        return compilation with
        {
            Bundle = compilation.Bundle with { Tree = [.. compilation.Bundle.Tree.Select(Entry)] },
            Blobs = [.. open, .. closed.Values.OrderBy(source => source.Digest)],
            Hosts = [.. compilation.Hosts.Select(host => host with { Part = host.Part with { Digests = [.. host.Part.Digests.SelectMany(Readable).Distinct().Order()] } })],
        };
    }

    private IEnumerable<SecretBlob> BlobsOf(CompiledHost host) => host.Part.Digests.Where(_blobs.ContainsKey).Select(digest => _blobs[digest]);

    private IEnumerable<SecretReferences> UsedBy(CompiledHost host)
    {
        yield return Once(_ofPlays, string.Join(',', host.Part.Plays), references =>
            BundleCodec.Encode(Compilation.Bundle with { Plays = [.. Compilation.Bundle.Plays.Where((_, index) => host.Part.Plays.Contains(index))] }, references));
        yield return Once(_ofGroups, string.Join(',', host.Part.Groups), references =>
            ReleaseCodec.Encode(Compilation.Release with { Groups = [.. Compilation.Release.Groups.Where(group => host.Part.Groups.Contains(group.Name))], Bundle = BundleDigest }, references));
        var own = _sealer.References();
        ReleaseCodec.Encode(host.Part, own);
        yield return own;
    }

    private SecretReferences Once(Dictionary<string, SecretReferences> known, string name, Action<SecretReferences> collect)
    {
        if (!known.TryGetValue(name, out var references))
        {
            references = _sealer.References();
            collect(references);
            known.Add(name, references);
        }
        return references;
    }
}
