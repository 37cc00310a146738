using System.Globalization;
using FlaskDeploy.Agent.Machine.Native;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Files;

/// <summary>A path that was walked: the directory its last part is in, held open, and what is there.</summary>
internal sealed class WalkedPath(SafeFileHandle parent, string directory, string name, SafeFileHandle? target, FileStatus? status) : IDisposable
{
    public SafeFileHandle Parent => parent;

    public string Name => name;

    /// <summary>O_PATH descriptor of what is there; null where nothing is.</summary>
    public SafeFileHandle? Target => target;

    public FileStatus? Status => status;

    /// <summary>The path without links.</summary>
    public string Real => Beside(name);

    public string Beside(string other) => directory == "/" ? $"/{other}" : $"{directory}/{other}";

    public void Dispose()
    {
        target?.Dispose();
        parent.Dispose();
    }
}

/// <summary>A way that root does not go: out of what an unprivileged user owns into what somebody else owns.</summary>
internal sealed class UntrustedPathException(string path, string through, string what)
    : IOException($"{path} leads through {through}, and {what}; root follows such a way only to what that same user owns. Run the task as that user, or name the place where it leads to")
{
    public string Through { get; } = through;
}

/// <summary>
/// Walks a path part by part with descriptors, so that nobody can exchange a part between the look and the act. Guarded
/// (for root), a way that has led through a directory or link of an unprivileged user reaches only what the same user
/// owns or what root itself put into a directory of that user; a link of that user reaches only what the user owns.
/// </summary>
internal sealed class PathWalk
{
    private const int MostLinks = 40;

    private readonly string _path;
    private readonly bool _guarded;
    private readonly Stack<Part> _pending = new();
    private SafeFileHandle _at;
    private string _directory = "/";
    private int _links;

    // The unprivileged user through whose hands the way has led, and where.
    private uint? _bound;
    private string _through = "";

    private PathWalk(string path, bool guarded)
    {
        (_path, _guarded) = (path, guarded);
        _at = Root();
        Push(path, null);
    }

    /// <summary>Nothing at the end of the path is an answer; nothing before it is an error.</summary>
    /// <exception cref="SystemCallException">A part is missing, is no directory, or may not be searched.</exception>
    /// <exception cref="UntrustedPathException">Guarded, and the way is not to be gone.</exception>
    public static WalkedPath Walk(string path, bool followLast, bool guarded)
    {
        if (!path.StartsWith('/'))
        {
            throw new IOException($"{path}: not an absolute path");
        }
        var walk = new PathWalk(path, guarded);
        try
        {
            return walk.Go(followLast);
        }
        catch
        {
            walk._at.Dispose();
            throw;
        }
    }

    private WalkedPath Go(bool followLast)
    {
        while (_pending.TryPop(out var part))
        {
            var last = _pending.Count == 0;
            if (part.Name is "..")
            {
                Enter(Open(".."), _directory.LastIndexOf('/') is var at && at <= 0 ? "/" : _directory[..at]);
                continue;
            }
            var next = Libc.TryOpen(_at.Number(), part.Name, Libc.OpenPath | Libc.OpenNoFollow);
            if (next is null)
            {
                if (last && Errno.Last == Errno.NoEntry)
                {
                    CheckEndOfLink(part, Libc.Status(_at, _directory).Uid);
                    return new WalkedPath(_at, _directory, part.Name, null, null);
                }
                throw SystemCallException.Last(Full(part.Name));
            }
            var status = Libc.Status(next, Full(part.Name));
            if (status.Kind == PathKind.Link && (!last || followLast))
            {
                using (next)
                {
                    Follow(part, next, status);
                }
                continue;
            }
            Check(part, status);
            if (last)
            {
                return new WalkedPath(_at, _directory, part.Name, next, status);
            }
            if (status.Kind != PathKind.Directory)
            {
                next.Dispose();
                throw new SystemCallException(Errno.NotDirectory, Full(part.Name));
            }
            Enter(next, Full(part.Name));
        }
        // The root itself, or a path that ends in "..": there is no name beside which anything could be put.
        return new WalkedPath(_at, _directory, ".", Open("."), Libc.Status(_at, _directory));
    }

    private void Follow(Part part, SafeFileHandle link, FileStatus status)
    {
        if (++_links > MostLinks)
        {
            throw new SystemCallException(Errno.TooManyLinks, _path);
        }
        var owner = Libc.Status(_at, _directory).Uid is var parent && parent != 0 ? parent : status.Uid;
        var target = Libc.ReadLink(link.Number(), "") ?? throw SystemCallException.Last(Full(part.Name));
        LinkEnd? end = part.End;
        if (owner != 0)
        {
            if (_bound is { } bound && bound != owner)
            {
                Refuse(Full(part.Name), $"goes on through a link of user {owner}");
            }
            Bind(owner, Full(part.Name));
            end = new LinkEnd(owner, Full(part.Name), target);
        }
        Push(target, end);
        if (target.StartsWith('/'))
        {
            Enter(Root(), "/");
        }
    }

    private void Check(Part part, FileStatus status)
    {
        CheckEndOfLink(part, status.Uid);
        if (_bound is { } bound && status.Uid != bound)
        {
            // A hard link to a file of root's is nothing that root put there.
            if (status.Uid != 0 || (status.Kind == PathKind.File && status.Links > 1))
            {
                Refuse(_through, $"{Full(part.Name)} belongs to user {status.Uid}, not to user {bound}");
            }
        }
        else if (status.Uid != 0)
        {
            Bind(status.Uid, Full(part.Name));
        }
    }

    private void CheckEndOfLink(Part part, uint owner)
    {
        if (part.End is { } end && owner != end.Owner)
        {
            Refuse(end.Link, $"that link of user {end.Owner} points to {end.Target}, which belongs to user {owner}");
        }
    }

    private void Bind(uint owner, string through)
    {
        if (_bound is null)
        {
            (_bound, _through) = (owner, through);
        }
    }

    private void Refuse(string through, string what)
    {
        if (_guarded)
        {
            throw new UntrustedPathException(_path, through, what);
        }
    }

    private SafeFileHandle Open(string name) =>
        Libc.Open(_at.Number(), name, Libc.OpenPath | Libc.OpenNoFollow, subject: _directory);

    private void Enter(SafeFileHandle directory, string path)
    {
        _at.Dispose();
        (_at, _directory) = (directory, path);
    }

    private string Full(string name) => _directory == "/" ? $"/{name}" : $"{_directory}/{name}";

    // Only the last part of a link's text is where the link ends.
    private void Push(string path, LinkEnd? end)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").ToArray();
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            _pending.Push(new Part(parts[i], i == parts.Length - 1 ? end : null));
        }
    }

    private static SafeFileHandle Root() => Libc.Open(Libc.AtCurrentDirectory, "/", Libc.OpenPath | Libc.OpenDirectory);

    private readonly record struct Part(string Name, LinkEnd? End);

    private sealed record LinkEnd(uint Owner, string Link, string Target)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Link} -> {Target}");
    }
}
