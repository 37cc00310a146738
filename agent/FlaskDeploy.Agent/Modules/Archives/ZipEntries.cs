using System.Collections.Immutable;
using System.IO.Compression;
using System.IO.Enumeration;
using System.Text;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Modules.Archives;

/// <param name="Content">Of a file its bytes, of a link where it leads to.</param>
internal sealed record ZipEntry(ArchiveEntry Entry, byte[] Content);

/// <summary>A zip file, read whole. Pure.</summary>
internal static class ZipEntries
{
    /// <summary>Unpacked; more is no job for the agent's memory.</summary>
    private const long MostBytes = 256L * 1024 * 1024;

    private const int LinkType = 0xA000;
    private const int TypeBits = 0xF000;
    private const int ModeBits = 0x1FF;

    public static bool IsZip(ReadOnlySpan<byte> start) => start.StartsWith("PK\u0003\u0004"u8) || start.StartsWith("PK\u0005\u0006"u8);

    /// <exception cref="InvalidDataException">It is no zip, is broken, is too large, or has a name that leads out of the directory.</exception>
    public static ImmutableArray<ZipEntry> Read(byte[] bytes, IReadOnlyCollection<string> includes, IReadOnlyCollection<string> excludes)
    {
        using var archive = new ZipArchive(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
        var entries = ImmutableArray.CreateBuilder<ZipEntry>();
        var room = MostBytes;
        foreach (var entry in archive.Entries.Where(entry => IsWanted(entry.FullName, includes, excludes)))
        {
            var name = entry.FullName;
            if (name.StartsWith('/') || name.Split('/').Contains("..") || name.Contains('\0', StringComparison.Ordinal))
            {
                throw new InvalidDataException($"'{name}' leads out of the directory");
            }
            if ((room -= entry.Length) < 0)
            {
                throw new InvalidDataException($"it holds more than {MostBytes} bytes");
            }
            var (type, bits) = ((entry.ExternalAttributes >> 16) & TypeBits, (entry.ExternalAttributes >> 16) & ModeBits);
            var kind = name.EndsWith('/') ? PathKind.Directory : type == LinkType ? PathKind.Link : PathKind.File;
            // Written where files have no permissions: what the umask leaves of everything.
            var mode = bits != 0 ? bits : kind == PathKind.Directory ? 0x1ED : 0x1A4;
            var time = new DateTimeOffset(entry.LastWriteTime.DateTime, TimeSpan.Zero);
            entries.Add(new ZipEntry(new ArchiveEntry(name, kind, mode, (time - DateTimeOffset.UnixEpoch).Ticks * 100), kind == PathKind.Directory ? [] : Content(entry)));
        }
        return entries.ToImmutable();
    }

    public static string LinkTarget(ZipEntry link) => Encoding.UTF8.GetString(link.Content);

    // What the directory says of the size is not believed.
    private static byte[] Content(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        var bytes = new byte[entry.Length];
        stream.ReadExactly(bytes);
        return stream.ReadByte() < 0 ? bytes : throw new InvalidDataException($"'{entry.FullName}' is longer than it says");
    }

    private static bool IsWanted(string name, IReadOnlyCollection<string> includes, IReadOnlyCollection<string> excludes) =>
        (includes.Count == 0 || includes.Any(pattern => Matches(pattern, name))) && !excludes.Any(pattern => Matches(pattern, name));

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
