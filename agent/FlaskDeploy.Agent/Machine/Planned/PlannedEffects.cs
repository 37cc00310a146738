using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine.Planned;

/// <summary>
/// What the tasks of a check would have changed up to now, folded from their steps. The tasks after them look at the
/// machine through it (<see cref="Over"/>), and so find the directory, the user or the unit file that they need. What only
/// the doing can show is never guessed: asking for it throws <see cref="NotKnownYetException"/>.
/// </summary>
/// <param name="views">The machine as it is.</param>
/// <param name="blobs">The bundle's content; null: not here.</param>
internal sealed class PlannedEffects(Func<Account, TaskEnvironment, IMachineView> views, Func<Digest, byte[]?> blobs)
{
    // No tool gives such numbers to anybody.
    private const uint FirstMadeUp = 4_293_000_000;
    private const int MostLinks = 16;
    private const int NewDirectory = 0x1ED;
    private const int NewFile = 0x1A4;

    private readonly SortedDictionary<string, PlannedPath> _paths = new(StringComparer.Ordinal);
    private readonly List<(Account Account, ImmutableArray<string> Groups, string By)> _users = [];
    private readonly List<(string Name, uint Gid, string By)> _groups = [];
    private readonly Dictionary<string, UnitAnswer> _units = new(StringComparer.Ordinal);
    private uint _madeUp = FirstMadeUp;

    public static bool IsMadeUp(uint number) => number is >= FirstMadeUp and < uint.MaxValue;

    public bool IsEmpty => _paths.Count == 0 && _users.Count == 0 && _groups.Count == 0 && _units.Count == 0;

    /// <summary>The machine as it would be.</summary>
    public IMachineView Over(Account account, TaskEnvironment environment) =>
        // As who is not there yet nothing can be asked; root sees no less.
        new PlannedView(this, account, views(IsPlanned(account) ? Account.Root : account, environment));

    /// <summary>Whether the user is one that only an earlier task would make.</summary>
    public bool IsPlanned(Account account) => _users.Exists(user => user.Account.Name == account.Name);

    public Account? User(string nameOrNumber) =>
        _users.Find(user => user.Account.Name == nameOrNumber || user.Account.Uid.ToString(CultureInfo.InvariantCulture) == nameOrNumber).Account;

    public (string Name, uint Gid)? Group(string nameOrNumber) =>
        _groups.Find(group => group.Name == nameOrNumber || group.Gid.ToString(CultureInfo.InvariantCulture) == nameOrNumber) is { Name: not null } found ? (found.Name, found.Gid) : null;

    public IEnumerable<(Account Account, ImmutableArray<string> Groups)> Users => _users.Select(user => (user.Account, user.Groups));

    public IEnumerable<(string Name, uint Gid)> Groups => _groups.Select(group => (group.Name, group.Gid));

    public UnitAnswer? Unit(string name) => _units.GetValueOrDefault(name);

    public byte[]? Blob(Digest digest) => blobs(digest);

    /// <summary>All that is planned below a directory, however deep.</summary>
    public IEnumerable<KeyValuePair<string, PlannedPath>> Below(string directory) => _paths.Where(pair => IsBelow(pair.Key, directory));

    /// <summary>Where a path leads, what of the machine is there now in its stead, and what will be; null: no task would change anything about that.</summary>
    /// <exception cref="NotKnownYetException">A tool would make it, or not.</exception>
    public (string Path, string Now, PlannedPath? Planned) Find(string path, bool follow)
    {
        path = Normal(path);
        for (var link = 0; link < MostLinks; link++)
        {
            if (_paths.TryGetValue(path, out var planned))
            {
                if (!(follow && planned.Stat.Kind == PathKind.Link))
                {
                    return (path, path, planned);
                }
                path = Pointed(path, planned.Stat.Target!);
                continue;
            }
            var above = ParentOf(path);
            while (above != "/" && !_paths.ContainsKey(above))
            {
                above = ParentOf(above);
            }
            if (!_paths.TryGetValue(above, out planned))
            {
                return (path, path, null);
            }
            if (planned.Stat.Kind == PathKind.Link)
            {
                path = Normal(Pointed(above, planned.Stat.Target!) + path[above.Length..]);
                continue;
            }
            return planned switch
            {
                { IsOpaque: true } => throw new NotKnownYetException(path, planned.By),
                { Skeleton: { } skeleton } => (path, skeleton + path[above.Length..], null),
                { IsUntouched: true } => (path, path, null),
                _ => (path, path, new PlannedPath(new PathAnswer(PathKind.Absent) { IsPlanned = true }, planned.By)),
            };
        }
        return (path, path, null);
    }

    /// <param name="by">How the task is called.</param>
    /// <param name="account">Who carries the steps out.</param>
    public async ValueTask Take(string by, Account account, TaskEnvironment environment, IEnumerable<Step> steps, IEnumerable<Foreseen> foreseen, CancellationToken cancellation)
    {
        var view = Over(account, environment);
        foreach (var step in steps)
        {
            try
            {
                await Take(step, by, account, view, cancellation);
            }
            catch (Exception e) when (e is NotKnownYetException or LookFailedException)
            {
                // What is there now could not be told: nothing is said of what will be.
                foreach (var path in step.ContentPaths)
                {
                    _paths[Normal(path)] = Opaque(by);
                }
            }
        }
        foreach (var one in foreseen)
        {
            await Take(one, by, view, cancellation);
        }
    }

    /// <summary>A command may make this path, or take it away.</summary>
    public void Doubt(string path, string by) => _paths[Normal(path)] = Opaque(by);

    private async ValueTask Take(Step step, string by, Account account, IMachineView view, CancellationToken cancellation)
    {
        switch (step)
        {
            case MakeDirectory make:
                await MakeDirectories(make.Path, make.Attributes, by, account, view, cancellation);
                break;
            case WriteFile write:
                await Write(write.Path, write.Content, write.Attributes, write.FollowLinks, by, account, view, cancellation);
                break;
            case Download download:
                await Write(download.Path, null, download.Attributes, follow: true, by, account, view, cancellation);
                break;
            case Touch touch when !(await view.Ask(new StatLook(touch.Path, FollowLinks: true), cancellation)).Exists:
                await Write(touch.Path, FileContent.Of([]), touch.Attributes, follow: true, by, account, view, cancellation);
                break;
            case SetAttributes set:
                var (path, now, known) = Find(set.Path, set.FollowLinks);
                var present = await view.Ask(new StatLook(set.Path, set.FollowLinks), cancellation);
                _paths[path] = (known ?? new PlannedPath(present, by) { IsUntouched = path == now }) with { Stat = With(present, set.Attributes) };
                break;
            case MakeLink { Hard: false } link:
                Replace(link.Path, new PlannedPath(new PathAnswer(PathKind.Link) { Target = link.Target, Mode = 0x1FF, Uid = account.Uid, Gid = account.Gid, IsPlanned = true }, by));
                break;
            case MakeLink link:
                Replace(link.Path, new PlannedPath((await view.Ask(new StatLook(link.Target, FollowLinks: true), cancellation)) with { IsPlanned = true }, by) { Content = Find(link.Target, follow: true).Planned?.Content });
                break;
            case Remove remove:
                Replace(remove.Path, new PlannedPath(new PathAnswer(PathKind.Absent) { IsPlanned = true }, by));
                break;
            case RunTool tool:
                foreach (var changed in tool.Changes)
                {
                    // Of a directory that is there, what is in it now is the best that can be said.
                    var there = await view.Ask(new StatLook(changed, FollowLinks: true), cancellation);
                    if (there.Kind != PathKind.Directory || there.IsPlanned)
                    {
                        _paths[Find(changed, follow: true).Path] = there.Kind switch
                        {
                            PathKind.Absent => Opaque(by),
                            PathKind.Directory => new PlannedPath(there, by) { IsOpaque = true },
                            _ => new PlannedPath(there, by),
                        };
                    }
                }
                break;
            case ControlUnit { IsUsers: false, Unit.Length: > 0 } control:
                var unit = await view.Ask(new UnitLook(control.Unit), cancellation);
                _units[control.Unit] = control.Action switch
                {
                    UnitAction.Start or UnitAction.Restart => unit with { LoadState = "loaded", ActiveState = "active", SubState = "running" },
                    UnitAction.Stop => unit with { ActiveState = "inactive", SubState = "dead" },
                    UnitAction.Enable => unit with { EnabledState = "enabled", HasNoLinks = false },
                    UnitAction.Disable => unit with { EnabledState = "disabled" },
                    UnitAction.Mask => unit with { LoadState = "masked", EnabledState = "masked" },
                    UnitAction.Unmask => unit with { LoadState = "loaded", EnabledState = "disabled" },
                    _ => unit,
                };
                break;
        }
    }

    private async ValueTask Take(Foreseen foreseen, string by, IMachineView view, CancellationToken cancellation)
    {
        switch (foreseen)
        {
            case ForeseenGroup group:
                _groups.Add((group.Name, group.Gid is { } gid ? (uint)gid : _madeUp++, by));
                break;
            case ForeseenUser user:
                var number = user.Uid is { } uid ? (uint)uid : _madeUp++;
                if (user.Group is null)
                {
                    _groups.Add((user.Name, number, by));
                }
                var primary = user.Group is null ? number : (await view.Ask(new GroupLook(user.Group), cancellation)).Gid;
                var others = new List<uint>();
                foreach (var name in user.Groups)
                {
                    others.Add((await view.Ask(new GroupLook(name), cancellation)).Gid);
                }
                var account = new Account(user.Name, number, primary, user.Home, user.Shell ?? "/bin/bash") { Groups = [primary, .. others], Gecos = user.Comment ?? "" };
                _users.Add((account, user.Groups, by));
                if (user.Skeleton is not null && !(await view.Ask(new StatLook(user.Home, FollowLinks: true), cancellation)).Exists)
                {
                    // How a new home directory is protected is the tool's to decide.
                    Replace(user.Home, new PlannedPath(new PathAnswer(PathKind.Directory) { Mode = 0x1C0, Uid = number, Gid = primary, IsPlanned = true }, by) { Skeleton = user.Skeleton });
                }
                break;
        }
    }

    private async ValueTask MakeDirectories(string path, PathAttributes attributes, string by, Account account, IMachineView view, CancellationToken cancellation)
    {
        var missing = new Stack<string>();
        for (var one = Normal(path); one != "/" && !(await view.Ask(new StatLook(one, FollowLinks: true), cancellation)).Exists; one = ParentOf(one))
        {
            missing.Push(one);
        }
        foreach (var one in missing)
        {
            Replace(Find(one, follow: true).Path, new PlannedPath(With(new PathAnswer(PathKind.Directory) { Mode = NewDirectory, Uid = account.Uid, Gid = account.Gid, Links = 2, IsPlanned = true }, attributes), by));
        }
    }

    private async ValueTask Write(string path, FileContent? content, PathAttributes attributes, bool follow, string by, Account account, IMachineView view, CancellationToken cancellation)
    {
        var present = await view.Ask(new StatLook(path, follow), cancellation);
        var stat = present.Kind == PathKind.File ? present with { IsPlanned = true } : new PathAnswer(PathKind.File) { Mode = NewFile, Uid = account.Uid, Gid = account.Gid, Links = 1, IsPlanned = true };
        var itself = follow && present.Kind == PathKind.File ? await view.Ask(new StatLook(path, FollowLinks: false), cancellation) : present;
        Replace(itself is { Kind: PathKind.Link, Target: { } target } ? Pointed(path, target) : Find(path, follow).Path, new PlannedPath(With(stat with { Size = content?.Size ?? 1 }, attributes), by) { Content = content });
    }

    private void Replace(string path, PlannedPath planned)
    {
        path = Normal(path);
        foreach (var below in Below(path).Select(pair => pair.Key).ToList())
        {
            _paths.Remove(below);
        }
        _paths[path] = planned;
    }

    private static PlannedPath Opaque(string by) => new(new PathAnswer(PathKind.Directory) { Mode = NewDirectory, IsPlanned = true }, by) { IsOpaque = true };

    private static PathAnswer With(PathAnswer present, PathAttributes attributes) =>
        present with { Mode = attributes.Mode ?? present.Mode, Uid = attributes.Uid ?? present.Uid, Gid = attributes.Gid ?? present.Gid };

    private static bool IsBelow(string path, string directory) => directory == "/" || path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static string Pointed(string link, string target) => Normal(target.StartsWith('/') ? target : $"{ParentOf(link)}/{target}");

    private static string ParentOf(string path) => path.LastIndexOf('/') is var at && at <= 0 ? "/" : path[..at];

    private static string Normal(string path) => Path.GetFullPath(path) is [.., '/'] and { Length: > 1 } full ? full[..^1] : Path.GetFullPath(path);
}
