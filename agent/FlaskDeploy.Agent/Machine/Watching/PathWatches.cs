using System.Buffers.Binary;
using System.Text;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Native;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Watching;

/// <summary>
/// Paths, watched by inotify(7). Directories are watched, never files: a rename over a file ends a file's watch. Every
/// directory on the way is watched for the entry that leads on; when such an entry moves, the way is walked again. Of one
/// thread only.
/// </summary>
internal sealed class PathWatches : IDisposable
{
    private const int MostLinks = 40;
    private const int EventSize = 16;
    private const int WatchLimit = 28;

    // What matches a pattern is made by others, who may make a great many.
    private const int MostOfOneTarget = 2048;
    private const uint Comings = WatchCalls.Create | WatchCalls.MovedTo;
    private const uint Goings = WatchCalls.MovedFrom | WatchCalls.MovedTo | WatchCalls.Delete;
    private const uint OfTheDirectory = WatchCalls.DeleteSelf | WatchCalls.MoveSelf | WatchCalls.Unmounted | WatchCalls.Ignored;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly Dictionary<int, WatchedDirectory> _directories = [];
    private readonly Dictionary<PathTarget, Way> _armed = [];
    private readonly HashSet<PathTarget> _again = [];
    private readonly Dictionary<PathTarget, WatchSignal> _moved = [];

    public SafeFileHandle? Notifications { get; private set; }

    /// <summary>What cannot be watched and why, each reason once.</summary>
    public IEnumerable<string> Problems => _armed.Values.Select(way => way.Problem).OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>Directories that the kernel watches for us.</summary>
    public int Count => _directories.Count;

    /// <summary>From now on, or from now on in vain: then <see cref="Problems"/> says why. Again for one that is armed: its way is walked anew.</summary>
    public void Arm(PathTarget target)
    {
        var way = new Way(target);
        if (Notifications is null && (Notifications = WatchCalls.TryOpenNotifications()) is null)
        {
            way.Problem = SystemCallException.Last("no inotify instances are left (fs.inotify.max_user_instances)").Message;
        }
        else
        {
            Follow(way, "/", [.. target.Path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(text => new Part(text, target.IsPattern && Glob.IsPattern(text)))], links: 0);
        }
        // After the new way: a directory that is on both is not let go of in between.
        Disarm(target);
        _armed[target] = way;
    }

    public void Disarm(PathTarget target)
    {
        if (!_armed.Remove(target, out var way))
        {
            return;
        }
        foreach (var watch in way.Watches)
        {
            if (_directories.TryGetValue(watch, out var directory) && directory.Interests.RemoveAll(interest => ReferenceEquals(interest.Way, way)) > 0 && directory.Interests.Count == 0)
            {
                _directories.Remove(watch);
                _ = WatchCalls.RemoveWatch(Notifications!, watch);
            }
        }
    }

    /// <summary>Those that could not be watched when it was last tried.</summary>
    public List<PathTarget> Failed() => [.. _armed.Where(pair => pair.Value.Problem is not null).Select(pair => pair.Key)];

    /// <summary>Takes what the kernel has queued; walks anew what leads elsewhere now.</summary>
    /// <returns>Each target once, whatever happened to it. Valid until the next call.</returns>
    public IReadOnlyCollection<WatchSignal> Take() => Take(_buffer.AsSpan(0, Math.Max(0, Notifications is { } notifications ? ReadInto(notifications) : 0)));

    /// <inheritdoc cref="Take()"/>
    /// <param name="events">As read from inotify: of those that no test can have the kernel send at will.</param>
    internal IReadOnlyCollection<WatchSignal> Take(ReadOnlySpan<byte> events)
    {
        _moved.Clear();
        _again.Clear();
        while (events.Length >= EventSize)
        {
            var size = EventSize + (int)BinaryPrimitives.ReadUInt32LittleEndian(events[12..]);
            Happened(BinaryPrimitives.ReadInt32LittleEndian(events), BinaryPrimitives.ReadUInt32LittleEndian(events[4..]), NameIn(events[EventSize..size]));
            events = events[size..];
        }
        foreach (var target in _again)
        {
            Arm(target);
        }
        return _moved.Values;
    }

    public void Dispose() => Notifications?.Dispose();

    private unsafe int ReadInto(SafeFileHandle notifications)
    {
        fixed (byte* at = _buffer)
        {
            return (int)WatchCalls.Read(notifications, at, _buffer.Length);
        }
    }

    private static string NameIn(ReadOnlySpan<byte> padded) => padded.IsEmpty ? "" : Encoding.UTF8.GetString(padded[..padded.IndexOf((byte)0)]);

    private void Happened(int watch, uint mask, string name)
    {
        if ((mask & WatchCalls.Overflow) != 0)
        {
            foreach (var target in _armed.Keys)
            {
                Moved(target, target.Path, NoticedBy.Overflow, null);
                _again.Add(target);
            }
            return;
        }
        if (!_directories.TryGetValue(watch, out var directory))
        {
            return;
        }
        if ((mask & OfTheDirectory) != 0)
        {
            foreach (var interest in directory.Interests)
            {
                Moved(interest.Way.Target, directory.Path, NoticedBy.Inotify, null);
                _again.Add(interest.Way.Target);
            }
            if ((mask & WatchCalls.Ignored) != 0)
            {
                _directories.Remove(watch);
            }
            return;
        }
        var happened = EventsOf(mask);
        foreach (var interest in directory.Interests)
        {
            if ((interest.Events & happened) != 0 && (interest.IsPattern ? name.Length > 0 && Glob.Matches(interest.Name, name) : interest.Name == name))
            {
                var path = Path.Combine(directory.Path, name);
                Moved(interest.Way.Target, path, NoticedBy.Inotify, (mask & Comings) != 0 ? OwnerOf(path) : null);
                if (happened == PathEvents.Entry)
                {
                    _again.Add(interest.Way.Target);
                }
            }
        }
    }

    private void Moved(PathTarget target, string what, NoticedBy by, uint? owner)
    {
        if (!_moved.TryGetValue(target, out var known) || owner is not null)
        {
            _moved[target] = new WatchSignal(target, target.IsPackageDatabase && by == NoticedBy.Inotify ? NoticedBy.PackageDatabase : by, what, owner ?? known?.Uid);
        }
    }

    private static uint? OwnerOf(string path) => Libc.StatusAt(Libc.AtCurrentDirectory, path, out var status, Libc.AtNoFollow) == 0 ? status.Uid : null;

    private static PathEvents EventsOf(uint mask) =>
        (mask & (Comings | Goings)) != 0 ? PathEvents.Entry
        : (mask & WatchCalls.Attributes) != 0 ? PathEvents.Attributes
        : (mask & WatchCalls.Modify) != 0 ? PathEvents.Written
        : (mask & WatchCalls.CloseWrite) != 0 ? PathEvents.Closed
        : PathEvents.None;

    // Each directory is watched before its entry is looked at: what changes after the look is told by an event.
    private void Follow(Way way, string directory, List<Part> parts, int links)
    {
        if (parts is not [var part, .. var rest])
        {
            if (directory == "/")
            {
                // The root has no directory above it that would tell of it.
                Watch(directory, new Interest(way, "", way.Target.Events, IsPattern: false), MaskOf(way.Target.Events));
            }
            return;
        }
        if (part.Text is "." or "..")
        {
            Follow(way, part.Text == "." ? directory : Path.GetDirectoryName(directory) ?? "/", rest, links);
            return;
        }
        var isLast = rest.Count == 0;
        var interest = new Interest(way, part.Text, isLast ? way.Target.Events : PathEvents.Entry, part.IsPattern);
        // What leads on and is there can only go; that others appear beside it is no news, and directories like /tmp are full of that.
        var mask = isLast || part.IsPattern ? MaskOf(interest.Events) : Goings;
        if (!Watch(directory, interest, mask))
        {
            return;
        }
        foreach (var name in part.IsPattern ? Children(directory, part.Text) : [part.Text])
        {
            var path = directory == "/" ? $"/{name}" : $"{directory}/{name}";
            var isThere = Libc.StatusAt(Libc.AtCurrentDirectory, path, out var status, Libc.AtNoFollow) == 0;
            if (!isThere && !isLast && Watch(directory, interest, mask | Comings))
            {
                isThere = Libc.StatusAt(Libc.AtCurrentDirectory, path, out status, Libc.AtNoFollow) == 0;
            }
            if (isThere && status.Kind == PathKind.Link && links < MostLinks && Libc.ReadLink(Libc.AtCurrentDirectory, path) is { } says)
            {
                List<Part> there = [.. says.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(text => new Part(text, IsPattern: false)), .. rest];
                Follow(way, says.StartsWith('/') ? "/" : directory, there, links + 1);
            }
            else if (isThere && status.Kind == PathKind.Directory && !isLast)
            {
                Follow(way, path, rest, links);
            }
        }
    }

    private static uint MaskOf(PathEvents events) =>
        ((events & PathEvents.Entry) != 0 ? Comings | Goings : 0)
        | ((events & PathEvents.Attributes) != 0 ? WatchCalls.Attributes : 0)
        | ((events & PathEvents.Written) != 0 ? WatchCalls.Modify : 0)
        | ((events & PathEvents.Closed) != 0 ? WatchCalls.CloseWrite : 0);

    private static IEnumerable<string> Children(string directory, string pattern)
    {
        try
        {
            return PathLooks.Names(directory).Where(name => Glob.Matches(pattern, name)).ToList();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone since it was watched: an event says so. One that may not be read was refused by the watch already.
            return [];
        }
    }

    /// <returns>Whether the directory is watched now.</returns>
    private bool Watch(string directory, Interest interest, uint mask)
    {
        if (interest.Way.Watches.Count >= MostOfOneTarget)
        {
            interest.Way.Problem ??= $"{interest.Way.Target.Path} leads to more than {MostOfOneTarget} directories";
            return false;
        }
        // Several targets share a directory's watch, so that a mask only grows; it ends with the watch.
        var watch = WatchCalls.AddWatch(Notifications!, directory, mask | WatchCalls.DeleteSelf | WatchCalls.MoveSelf | WatchCalls.OnlyDirectory | WatchCalls.NothingUnlinked | WatchCalls.AddToMask);
        if (watch < 0)
        {
            interest.Way.Problem ??= Errno.Last switch
            {
                // It went this moment; the watch above it has the event.
                Errno.NoEntry or Errno.NotDirectory => null,
                WatchLimit => "no inotify watches are left (fs.inotify.max_user_watches)",
                _ => SystemCallException.Last(directory).Message,
            };
            return false;
        }
        if (!_directories.TryGetValue(watch, out var known))
        {
            _directories[watch] = known = new WatchedDirectory(directory);
        }
        // A directory that was moved, or is mounted twice: the name by which it was reached last is the one that is told.
        known.Path = directory;
        interest.Way.Watches.Add(watch);
        if (!known.Interests.Contains(interest))
        {
            known.Interests.Add(interest);
        }
        return true;
    }

    private readonly record struct Part(string Text, bool IsPattern);

    /// <summary>One entry of a directory that a target's way leads over.</summary>
    private readonly record struct Interest(Way Way, string Name, PathEvents Events, bool IsPattern);

    private sealed class WatchedDirectory(string path)
    {
        public string Path { get; set; } = path;

        public List<Interest> Interests { get; } = [];
    }

    /// <summary>A target and the directories that lead to it, as they were when it was last walked.</summary>
    private sealed class Way(PathTarget target)
    {
        public PathTarget Target => target;

        public HashSet<int> Watches { get; } = [];

        public string? Problem { get; set; }
    }
}
