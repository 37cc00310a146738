using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules.Archives;

/// <summary>How tar is called for one archive: a file of the host, or a blob of the bundle on its standard input.</summary>
internal sealed record TarTool(UnarchiveArguments Arguments, string Destination, string? Path, Digest? Blob, string? Packing)
{
    private const int MostPaths = 5000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>The option for what a stream is packed with, by how it begins: only of a file tar finds that out itself. Null: no archive of tar's.</summary>
    public static string? PackingOf(ReadOnlySpan<byte> start) =>
        start.StartsWith<byte>([0x1F, 0x8B]) ? "--gzip"
        : start.StartsWith("BZh"u8) ? "--bzip2"
        : start.StartsWith<byte>([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? "--xz"
        : start.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]) ? "--use-compress-program=zstd"
        : start.Length > 262 && start[257..].StartsWith("ustar"u8) ? ""
        : null;

    public ToolLook List() => Look(["--list", "--verbose", "--full-time", "--utc", "--quoting-style=literal"], Path is { } path ? [path, Destination] : [Destination]);

    /// <param name="entries">All that its answer hangs on besides the archive.</param>
    public ToolLook Diff(ImmutableArray<ArchiveEntry> entries) => Look(
        ["--diff", "--quoting-style=literal"],
        entries.Length > MostPaths ? [] : [.. Path is { } path ? (string[])[path] : [], .. entries.Select(entry => HostPath.Join(Destination, entry.Name.TrimEnd('/')))]);

    public RunTool Extract() => new(["tar", .. Words("--extract")], Longest) { Blob = Blob, Changes = [Destination] };

    private ToolLook Look(ImmutableArray<string> operation, ImmutableArray<string> paths) => new(["tar", .. Words([.. operation])]) { Input = Blob, Paths = paths, Deadline = Patience };

    private IEnumerable<string> Words(params string[] operation) =>
    [
        .. operation,
        "-C", Destination,
        .. Packing is { Length: > 0 } packing ? (string[])[packing] : [],
        .. Arguments.Options.IsEmpty ? (string[])[] : ["--show-transformed-names", .. Arguments.Options],
        .. Arguments.KeepsNewer && operation[0] == "--extract" ? (string[])["--keep-newer-files"] : [],
        .. Arguments.Excludes.Select(name => $"--exclude={name.TrimEnd('/')}"),
        "-f", Path ?? "-",
        .. Arguments.Includes,
    ];
}
