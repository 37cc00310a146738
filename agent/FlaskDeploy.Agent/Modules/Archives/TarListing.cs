using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Modules.Archives;

/// <summary>Something in an archive, by the name that it has below the destination.</summary>
/// <param name="Modified">Nanoseconds since the epoch.</param>
internal sealed record ArchiveEntry(string Name, PathKind Kind, int Mode, long Modified);

/// <summary>What GNU tar prints: of <c>--list --verbose --full-time --utc</c> the entries, of <c>--diff</c> what differs. Pure.</summary>
internal static partial class TarListing
{
    private static readonly ImmutableArray<string> Differences =
        ["Uid differs", "Gid differs", "Mode differs", "Mod time differs", "Size differs", "Contents differ", "Symlink differs", "File type differs", "Invalid owner", "Invalid group"];

    private const string Missing = "is not there";

    // Of a link tar asks where it leads, of everything else what it is.
    private static readonly ImmutableArray<string> MissingWords = ["Warning: Cannot stat: No such file or directory", "Warning: Cannot readlink: No such file or directory", "Warning: Cannot open: No such file or directory"];

    public static ImmutableArray<ArchiveEntry> Entries(string output) => [.. output.Split('\n').Select(Entry).OfType<ArchiveEntry>()];

    /// <summary>Name and what differs of it, in tar's words; <see cref="IsMissing"/> where it is not there.</summary>
    public static IEnumerable<(string Name, string What)> Different(string output, string error)
    {
        foreach (var line in (output + "\n" + error).Split('\n'))
        {
            // "/usr/bin/tar: etc/motd: Warning: Cannot stat: No such file or directory", "etc/motd: Mod time differs". Of a
            // directory that --strip-components leaves no name tar says ": Warning: ...", whether or not there is anything.
            var text = Itself().Replace(line, "");
            if (text.StartsWith(": ", StringComparison.Ordinal))
            {
                continue;
            }
            if (MissingWords.FirstOrDefault(words => text.EndsWith($": {words}", StringComparison.Ordinal)) is { } missing)
            {
                yield return (text[..^(missing.Length + 2)], Missing);
            }
            else if (Differences.FirstOrDefault(what => text.EndsWith($": {what}", StringComparison.Ordinal)) is { } difference)
            {
                yield return (text[..^(difference.Length + 2)], difference);
            }
            else if (text.Contains(": Not linked to ", StringComparison.Ordinal))
            {
                yield return (text[..text.IndexOf(": Not linked to ", StringComparison.Ordinal)], "Not linked");
            }
        }
    }

    public static bool IsMissing(string what) => what == Missing;

    private static ArchiveEntry? Entry(string line)
    {
        var match = Line().Match(line);
        if (!match.Success || !DateTimeOffset.TryParse($"{match.Groups["time"].Value}Z", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return null;
        }
        var name = match.Groups["name"].Value;
        var kind = match.Groups["mode"].Value[0] switch { 'd' => PathKind.Directory, 'l' => PathKind.Link, '-' or 'h' => PathKind.File, _ => PathKind.Other };
        name = match.Groups["mode"].Value[0] switch
        {
            'l' => name.Split(" -> ", 2)[0],
            'h' => name.Split(" link to ", 2)[0],
            _ => name,
        };
        return new ArchiveEntry(name.TrimStart('/'), kind, Bits(match.Groups["mode"].Value[1..]), (time - DateTimeOffset.UnixEpoch).Ticks * 100);
    }

    private static int Bits(string text)
    {
        var bits = 0;
        for (var i = 0; i < 9; i++)
        {
            bits = bits << 1 | (text[i] is '-' or 'S' or 'T' ? 0 : 1);
        }
        return bits | (text[2] is 's' or 'S' ? 0x800 : 0) | (text[5] is 's' or 'S' ? 0x400 : 0) | (text[8] is 't' or 'T' ? 0x200 : 0);
    }

    [GeneratedRegex(@"^(\S*/)?tar: ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Itself();

    [GeneratedRegex(@"^(?<mode>[-dlhcbpV][-rwxsStT]{9})[.+]? \S+ +\S+ (?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)? (?<name>.+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}
