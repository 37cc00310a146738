using System.Text.Json.Nodes;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>
/// What is mounted of devices and of other machines. Where it is, stays; how full it is, is of the moment. File systems of
/// other machines are not asked how full they are: one that is away would hold up the look.
/// </summary>
internal static class MountFacts
{
    internal static void Add(FactBook facts, KernelFiles files)
    {
        var mounts = Parse(files.Text("/proc/self/mounts") ?? files.Text("/etc/mtab") ?? "").ToList();
        var uuids = files.Names("/dev/disk/by-uuid").Select(uuid => (Device: files.LinkName($"/dev/disk/by-uuid/{uuid}"), Uuid: uuid)).Where(link => link.Device is not null)
            .GroupBy(link => link.Device!, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().Uuid, StringComparer.Ordinal);
        JsonObject Shown(Mounted mount) => new()
        {
            ["mount"] = mount.Path,
            ["device"] = mount.Device,
            ["fstype"] = mount.Type,
            ["options"] = mount.Options,
            ["uuid"] = uuids.GetValueOrDefault(Path.GetFileName(mount.Device), "N/A"),
        };
        facts.Add("mounts", new JsonArray([.. mounts.Select(Shown)]));
        facts.AddPassing("mounts", new JsonArray([.. mounts.Select(mount => Filled(Shown(mount), mount))]));
    }

    /// <summary>The lines of mtab(5) that Ansible tells: of devices, and of other machines.</summary>
    internal static IEnumerable<Mounted> Parse(string table) => table.Split('\n')
        .Select(line => line.Split(' '))
        .Where(fields => fields.Length >= 4)
        .Select(fields => new Mounted(Plain(fields[0]), Plain(fields[1]), fields[2], fields[3]))
        .Where(mount => mount.Type != "none" && (mount.Device.StartsWith('/') || mount.IsElsewhere));

    private static JsonObject Filled(JsonObject shown, Mounted mount)
    {
        if (mount.IsElsewhere || Libc.FileSystemAt(mount.Path) is not { } system)
        {
            return shown;
        }
        shown["size_total"] = system.BlockSize * system.Blocks;
        shown["size_available"] = system.BlockSize * system.AvailableBlocks;
        shown["block_size"] = system.PreferredSize;
        shown["block_total"] = system.Blocks;
        shown["block_available"] = system.AvailableBlocks;
        shown["block_used"] = system.Blocks - system.AvailableBlocks;
        shown["inode_total"] = system.Files;
        shown["inode_available"] = system.AvailableFiles;
        shown["inode_used"] = system.Files - system.AvailableFiles;
        return shown;
    }

    // Blanks in it are octal numbers.
    private static string Plain(string field) => field.Replace(@"\040", " ", StringComparison.Ordinal).Replace(@"\011", "\t", StringComparison.Ordinal)
        .Replace(@"\012", "\n", StringComparison.Ordinal).Replace(@"\134", @"\", StringComparison.Ordinal);

    internal sealed record Mounted(string Device, string Path, string Type, string Options)
    {
        internal bool IsElsewhere => Device.StartsWith("//", StringComparison.Ordinal) || Device.Contains(":/", StringComparison.Ordinal);
    }
}
