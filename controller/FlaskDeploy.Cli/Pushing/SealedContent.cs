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
    private readonly Dictionary<string, SecretReferences> _ofPlays = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SecretReferences> _ofGroups = new(StringComparer.Ordinal);

    public SealedContent(Compilation compilation, SecretSealer sealer)
    {
        (Compilation, _sealer) = (compilation, sealer);
        Bundle = BundleCodec.Encode(compilation.Bundle, sealer.References());
        BundleDigest = Digest.Of(Bundle);
        Release = ReleaseCodec.Encode(compilation.ReleaseFor(BundleDigest), sealer.References());
    }

    public Compilation Compilation { get; }

    public byte[] Bundle { get; }

    public Digest BundleDigest { get; }

    public byte[] Release { get; }

    public bool UsesSecrets(CompiledHost host) => Compilation.HasSecrets && UsedBy(host).Any(references => !references.IsEmpty);

    /// <summary>Null: its sealing key is none.</summary>
    public byte[]? PartFor(CompiledHost host, HostView view)
    {
        var part = Compilation.HostPartFor(host, BundleDigest);
        if (!UsesSecrets(host))
        {
            return ReleaseCodec.Encode(part);
        }
        return _sealer.Seal(UsedBy(host), view.Host, view.SealingKey.Span) is { } secrets ? ReleaseCodec.Encode(part with { Secrets = secrets }, _sealer.References()) : null;
    }

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
