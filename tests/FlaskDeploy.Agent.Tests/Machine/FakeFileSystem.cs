using System.Collections.Immutable;
using System.IO.Enumeration;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Files;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>Files, directories and links by absolute path. Errors are <see cref="IOException"/>s with the words of the C library.</summary>
internal sealed class FakeFileSystem
{
    // As of a file system with extents, whose flag nobody sets.
    private const uint Extents = 0x80000;

    private readonly SortedDictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly FakeClock _clock;
    private ulong _inodes = 1;

    public FakeFileSystem(FakeClock clock)
    {
        _clock = clock;
        _nodes["/"] = NewNode(PathKind.Directory, 0x1ED, Account.Root);
    }

    public static string Parent(string path) => path.LastIndexOf('/') is var at && at <= 0 ? "/" : path[..at];

    public PathAnswer Stat(string path, bool followLinks)
    {
        if (Resolve(path, followLinks) is not { } at || !_nodes.TryGetValue(at, out var node))
        {
            return new PathAnswer(PathKind.Absent);
        }
        return new PathAnswer(node.Kind)
        {
            Mode = node.Inode.Mode,
            Uid = node.Inode.Uid,
            Gid = node.Inode.Gid,
            Size = node.Inode.Bytes.Length,
            Device = 1,
            Inode = node.Inode.Number,
            Links = (uint)_nodes.Values.Count(other => other.Inode == node.Inode),
            Modified = node.Inode.Modified,
            Changed = node.Inode.Changed,
            Accessed = node.Inode.Accessed,
            Target = node.Target,
        };
    }

    /// <summary>Null: there is no regular file.</summary>
    public byte[]? Read(string path) =>
        Resolve(path, follow: true) is { } at && _nodes.TryGetValue(at, out var node) && node.Kind == PathKind.File ? node.Inode.Bytes : null;

    public string? Text(string path) => Read(path) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null;

    public DirectoryAnswer List(string path)
    {
        if (Resolve(path, follow: true) is not { } at || !_nodes.TryGetValue(at, out var node) || node.Kind != PathKind.Directory)
        {
            return new DirectoryAnswer(false, []);
        }
        return new DirectoryAnswer(true, [.. Children(at).Select(child => new DirectoryEntry(child[(child.LastIndexOf('/') + 1)..], _nodes[child].Kind))]);
    }

    public ImmutableArray<string> Glob(string pattern)
    {
        var found = new List<string> { "" };
        foreach (var part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            found = part.AsSpan().IndexOfAny('*', '?', '[') < 0
                ? [.. found.Select(path => $"{path}/{part}").Where(path => Stat(path, false).Exists)]
                : [.. found.SelectMany(path => List(path.Length == 0 ? "/" : path).Entries
                    .Where(entry => (part[0] == '.' || entry.Name[0] != '.') && FileSystemName.MatchesSimpleExpression(part, entry.Name, ignoreCase: false))
                    .Select(entry => $"{path}/{entry.Name}"))];
        }
        return [.. found.Order(StringComparer.Ordinal)];
    }

    public IEnumerable<string> Programs(ImmutableArray<string> names, string searchPath) => names
        .SelectMany(name => name.Contains('/', StringComparison.Ordinal) ? [name] : searchPath.Split(':').Select(directory => $"{directory}/{name}"))
        .Where(path => Stat(path, true) is { Kind: PathKind.File } file && (file.Mode & 0x49) != 0)
        .Take(1);

    public void Write(string path, byte[] bytes, PathAttributes attributes, bool followLinks = true, Account? writer = null)
    {
        var at = Resolve(path, followLinks) ?? throw new IOException($"{path}: No such file or directory");
        RequireDirectory(Parent(at));
        var old = _nodes.GetValueOrDefault(at);
        if (old?.Kind == PathKind.Directory)
        {
            throw new IOException($"{path}: Is a directory");
        }
        var node = NewNode(PathKind.File, 0x1A4, writer ?? Account.Root);
        if (old is { Kind: PathKind.File })
        {
            (node.Inode.Mode, node.Inode.Uid, node.Inode.Gid) = (old.Inode.Mode, old.Inode.Uid, old.Inode.Gid);
        }
        node.Inode.Bytes = bytes;
        Apply(node.Inode, attributes);
        _nodes[at] = node;
    }

    /// <summary>Other bytes, and nothing that a stat shows: what a broken disk does, or a mapping that was dirty before.</summary>
    public void Corrupt(string path, byte[] bytes) => Existing(path, followLinks: true).Inode.Bytes = bytes;

    public void MakeDirectory(string path, PathAttributes attributes, Account? maker = null)
    {
        var made = "";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            made = Resolve($"{made}/{part}", follow: true) ?? throw new IOException($"{made}/{part}: No such file or directory");
            if (!_nodes.TryGetValue(made, out var node))
            {
                _nodes[made] = node = NewNode(PathKind.Directory, 0x1ED, maker ?? Account.Root);
                Apply(node.Inode, attributes);
            }
            else if (node.Kind != PathKind.Directory)
            {
                throw new IOException($"{made}: Not a directory");
            }
        }
    }

    public void Link(string path, string target, bool hard, bool force, Account? maker = null)
    {
        var at = Resolve(path, follow: false) ?? throw new IOException($"{path}: No such file or directory");
        RequireDirectory(Parent(at));
        if (_nodes.TryGetValue(at, out var there))
        {
            if (there.Kind == PathKind.Link && !hard && there.Target == target)
            {
                return;
            }
            if (!force && there.Kind != PathKind.Link)
            {
                throw new IOException($"{path}: File exists");
            }
            if (there.Kind == PathKind.Directory && Children(at).Any())
            {
                throw new IOException($"{path}: Directory not empty");
            }
        }
        if (!hard)
        {
            _nodes[at] = NewNode(PathKind.Link, 0x1FF, maker ?? Account.Root) with { Target = target };
        }
        else
        {
            var source = Resolve(target, follow: true) is { } found ? _nodes.GetValueOrDefault(found) : null;
            _nodes[at] = source is { Kind: PathKind.File } ? source : throw new IOException($"{target}: No such file or directory");
        }
    }

    public void SetAttributes(string path, PathAttributes attributes, bool followLinks) =>
        Apply(Existing(path, followLinks).Inode, attributes);

    public void Touch(string path, PathAttributes attributes, long? modified, long? accessed, Account? maker = null)
    {
        if (!Stat(path, followLinks: true).Exists)
        {
            Write(path, [], PathAttributes.Unchanged, writer: maker);
        }
        var inode = Existing(path, followLinks: true).Inode;
        inode.Modified = modified ?? Now;
        inode.Accessed = accessed ?? Now;
        Apply(inode, attributes);
    }

    public void Remove(string path)
    {
        if (Resolve(path, follow: false) is { } at)
        {
            foreach (var gone in _nodes.Keys.Where(key => key == at || key.StartsWith(at + "/", StringComparison.Ordinal)).ToList())
            {
                _nodes.Remove(gone);
            }
        }
    }

    private long Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    private IEnumerable<string> Children(string directory)
    {
        var prefix = directory == "/" ? "/" : directory + "/";
        return _nodes.Keys.Where(key => key.Length > prefix.Length && key.StartsWith(prefix, StringComparison.Ordinal) && key.IndexOf('/', prefix.Length) < 0);
    }

    private Node Existing(string path, bool followLinks) =>
        Resolve(path, followLinks) is { } at && _nodes.TryGetValue(at, out var node) ? node : throw new IOException($"{path}: No such file or directory");

    private void RequireDirectory(string path)
    {
        if (!_nodes.TryGetValue(path, out var node))
        {
            throw new IOException($"{path}: No such file or directory");
        }
        if (node.Kind != PathKind.Directory)
        {
            throw new IOException($"{path}: Not a directory");
        }
    }

    /// <summary>The path without links, dots and doubled slashes; the last part need not exist. Null: a link that leads nowhere, or in a circle.</summary>
    private string? Resolve(string path, bool follow, int depth = 0)
    {
        var at = "";
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] is "." or "..")
            {
                at = parts[i] == "." ? at : at.Length == 0 ? "" : at[..at.LastIndexOf('/')];
                continue;
            }
            at = $"{at}/{parts[i]}";
            if (_nodes.TryGetValue(at, out var node) && node.Kind == PathKind.Link && (follow || i < parts.Length - 1))
            {
                var target = node.Target!.StartsWith('/') ? node.Target : $"{Parent(at)}/{node.Target}";
                if (depth > 20 || Resolve(target, follow: true, depth + 1) is not { } resolved)
                {
                    return null;
                }
                at = resolved == "/" ? "" : resolved;
            }
        }
        return at.Length == 0 ? "/" : at;
    }

    /// <summary>What lsattr(1) would show; of files and directories.</summary>
    public uint? FlagsOf(string path) => Resolve(path, follow: true) is { } at && _nodes.TryGetValue(at, out var node) && node.Kind is PathKind.File or PathKind.Directory ? node.Inode.Flags : null;

    private void Apply(Inode inode, PathAttributes attributes)
    {
        inode.Flags = attributes.Flags is { } wish ? FileFlags.Wanted(wish, inode.Flags) : inode.Flags;
        inode.Mode = attributes.Mode ?? inode.Mode;
        inode.Uid = attributes.Uid ?? inode.Uid;
        inode.Gid = attributes.Gid ?? inode.Gid;
        inode.Changed = Now;
    }

    private Node NewNode(PathKind kind, int mode, Account owner) =>
        new(kind, new Inode { Number = _inodes++, Mode = mode, Uid = owner.Uid, Gid = owner.Gid, Modified = Now, Changed = Now, Accessed = Now });

    private sealed record Node(PathKind Kind, Inode Inode)
    {
        public string? Target { get; init; }
    }

    private sealed class Inode
    {
        public required ulong Number { get; init; }

        public byte[] Bytes { get; set; } = [];

        public uint Flags { get; set; } = Extents;

        public int Mode { get; set; }

        public uint Uid { get; set; }

        public uint Gid { get; set; }

        public long Modified { get; set; }

        public long Changed { get; set; }

        public long Accessed { get; set; }
    }
}
