using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler;

/// <summary>What a compilation came to. There is no <see cref="Compilation"/> when a diagnostic is an error.</summary>
/// <param name="Diagnostics">All of them, by file, line and column.</param>
public sealed record CompilationResult(Compilation? Compilation, ImmutableArray<Diagnostic> Diagnostics)
{
    public bool HasErrors => Diagnostics.Any(diagnostic => diagnostic.Severity == Severity.Error);
}

/// <summary>
/// A compiled playbook with everything that travels beside it. The same input gives the same content, byte for byte once
/// serialised. The digest of the bundle is the serialiser's to compute: <see cref="ReleaseFor"/> and
/// <see cref="HostPartFor"/> take it from there.
/// </summary>
public sealed record Compilation
{
    public required Bundle Bundle { get; init; }

    /// <summary>Still without the bundle's digest; what is signed comes from <see cref="ReleaseFor"/>.</summary>
    public required ReleaseContent Release { get; init; }

    /// <summary>Every host that a play is for, in the order of the inventory.</summary>
    public required ImmutableArray<CompiledHost> Hosts { get; init; }

    /// <summary>What the digests of the tree stand for, by digest: first files as they lie there, each once, then what vaults hold, each once.</summary>
    public required ImmutableArray<BlobSource> Blobs { get; init; }

    /// <summary>Something in it came out of a vault or was typed unseen: it must not be told in the clear.</summary>
    public bool HasSecrets { get; init; }

    /// <summary>Names that only the hosts complete, with the files that they are allowed to read because of them.</summary>
    public ImmutableArray<WidenedName> Widened { get; init; } = [];

    /// <summary>The playbook's file name without its extension.</summary>
    public required string DefaultDeploymentName { get; init; }

    public ReleaseContent ReleaseFor(Digest bundle) => Release with { Bundle = bundle };

    /// <summary>The host's part, with the bundle among the blobs that the host may read.</summary>
    public HostPartContent HostPartFor(CompiledHost host, Digest bundle) =>
        host.Part with { Digests = [.. host.Part.Digests.Append(bundle).Distinct().Order()] };
}

/// <param name="Address">Where the host is: its <c>ansible_host</c>, else its name.</param>
public sealed record CompiledHost(string InventoryName, string Address, HostPartContent Part)
{
    /// <summary>By its inventory, or by every play that is for it, it is another name of the machine that the playbook is read on.</summary>
    public bool IsHere { get; init; }
}

/// <summary>Where the content behind a digest is to be had.</summary>
/// <param name="Path">Absolute, on the operator's machine. The file may have changed since: whoever reads it checks the digest.</param>
public sealed record BlobSource(Digest Digest, string Path, long Size)
{
    /// <summary>What a vault at the path holds; null: the file itself is the content.</summary>
    public byte[]? Opened { get; init; }
}
