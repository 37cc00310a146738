using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// The operator's files where the operator's machine is this one (<c>apply</c>): what a task has written since the playbook
/// was compiled is found as it is now, as Ansible reads it. What has not moved since is taken from the bundle.
/// </summary>
/// <param name="playbook">The directory that relative paths of the tree start from.</param>
internal sealed class OperatorDisk(string playbook, BlobStore blobs, TimeProvider time) : IOperatorDisk
{
    /// <summary>Of a file that is read whole; a larger one is none.</summary>
    private const long MostBytes = 512L * 1024 * 1024;

    // A file system may count in ticks of its clock: what was written in the second before is read once more, and not missed.
    private readonly long _since = (time.GetUtcNow() - TimeSpan.FromSeconds(1) - DateTimeOffset.UnixEpoch).Ticks * 100;

    public string Directory => playbook;

    public TreeEntry? Find(string path, TreeEntry? known) => Look(path, known);

    public ImmutableArray<TreeEntry> Children(string path, Func<string, TreeEntry?> known)
    {
        var directory = OnDisk(path);
        if (PathLooks.Stat(directory, followLinks: true).Kind != PathKind.Directory)
        {
            return [];
        }
        var children = ImmutableArray.CreateBuilder<TreeEntry>();
        foreach (var name in PathLooks.Names(directory).Order(StringComparer.Ordinal))
        {
            var below = path.Length == 0 ? name : path == "/" ? $"/{name}" : $"{path}/{name}";
            if ((LeadsBack(below) ? Dangling(below) : Look(below, known(below)) ?? Dangling(below)) is { } entry)
            {
                children.Add(entry);
            }
        }
        return children.ToImmutable();
    }

    private TreeEntry? Look(string path, TreeEntry? known)
    {
        var place = OnDisk(path);
        try
        {
            var answer = PathLooks.Stat(place, followLinks: true);
            var link = Libc.ReadLink(Libc.AtCurrentDirectory, place);
            return answer.Kind switch
            {
                PathKind.Directory => new TreeEntry(path, null, 0, answer.Mode & 0x1FF) { Link = link },
                PathKind.File when known is { Digest: not null } && answer.Changed < _since => known,
                PathKind.File when answer.Size <= MostBytes => Read(path, place, answer.Mode & 0x1FF) with { Link = link },
                _ => null,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // May not be read, or is gone by now: to the task it is not there.
            return null;
        }
    }

    private TreeEntry Read(string path, string place, int mode)
    {
        var bytes = File.ReadAllBytes(place);
        var digest = Digest.Of(bytes);
        blobs.Add(digest, bytes);
        return new TreeEntry(path, digest, bytes.Length, mode);
    }

    private TreeEntry? Dangling(string path) =>
        Libc.ReadLink(Libc.AtCurrentDirectory, OnDisk(path)) is { } target ? new TreeEntry(path, null, 0, 0) { Link = target, IsDangling = true } : null;

    // A link to a directory that it lies in itself, wherever that is entered from.
    private bool LeadsBack(string path)
    {
        var place = OnDisk(path);
        if (PathLooks.Stat(place, followLinks: false).Kind != PathKind.Link || PathLooks.Stat(place, followLinks: true) is not { Kind: PathKind.Directory } target)
        {
            return false;
        }
        for (var above = System.IO.Path.GetDirectoryName(place); above is not null; above = System.IO.Path.GetDirectoryName(above))
        {
            var answer = PathLooks.Stat(above, followLinks: true);
            if (answer.Inode == target.Inode && answer.Device == target.Device)
            {
                return true;
            }
        }
        return false;
    }

    public string PlaceOf(string path) => Path.GetFullPath(OnDisk(path));

    private string OnDisk(string path) => path.StartsWith('/') ? path
        : path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
        : path.Length == 0 ? playbook : $"{playbook}/{path}";
}
