using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Planned;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Accounts;

/// <summary>The steps that make a user, or make one as it should be.</summary>
internal sealed class UserPlanner(UserArguments arguments, MapValue result, ModuleContext context)
{
    private const int HomeMode = 0x1C0;
    private const int ParentMode = 0x1ED;
    private const long SecondsOfDay = 86_400;

    internal async ValueTask<Plan> Make(CancellationToken cancellation)
    {
        if (await MissingGroup(cancellation) is { } missing)
        {
            return missing;
        }
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (arguments is { CreateHome: true, Home: { } home } && !(await Stat(HostPath.Parent(home), cancellation)).Exists)
        {
            steps.Add(new MakeDirectory(HostPath.Parent(home), new PathAttributes { Mode = ParentMode, Uid = 0, Gid = 0 }));
        }
        // Without -N, useradd makes a group of the user's name and fails where there is one.
        var hasNamesake = arguments.Group is null && (await context.View.Ask(new GroupLook(arguments.Name), cancellation)).Name == arguments.Name;
        steps.Add(AccountTools.Tool(
        [
            "useradd",
            .. Pair("-u", arguments.Uid is { } uid ? Text(uid) : null),
            .. AccountTools.Option(arguments is { NonUnique: true, Uid: not null }, "-o"),
            .. Pair("-g", arguments.Group),
            .. AccountTools.Option(hasNamesake, "-N", "-g", arguments.Name),
            .. Pair("-G", arguments.Groups is { IsEmpty: false } groups ? string.Join(',', groups) : null),
            .. Pair("-c", arguments.Comment),
            .. Pair("-d", arguments.Home),
            .. Pair("-s", arguments.Shell),
            .. Pair("-e", arguments.Expires is { } expires ? Date(expires) : null),
            .. Pair("-Z", arguments.SelinuxUser),
            .. AccountTools.Option(arguments.System, "-r"),
            .. AccountTools.Option(arguments.CreateHome, "-m"),
            .. Pair("-k", arguments.CreateHome ? arguments.Skeleton : null),
            .. Pair("-K", arguments.Umask is { } umask ? $"UMASK={umask}" : null),
            .. AccountTools.Option(!arguments.CreateHome, "-M"),
            arguments.Name,
        ]));
        if (arguments.Password is { } hash)
        {
            steps.Add(SetPassword(arguments.PasswordLock == true ? $"!{hash.TrimStart('!')}" : hash));
        }
        else if (arguments.PasswordLock == true)
        {
            steps.Add(AccountTools.Tool("usermod", "-L", arguments.Name));
        }
        if (!arguments.Aging.IsEmpty)
        {
            steps.Add(Chage(arguments.Aging));
        }
        steps.Add(AccountTools.Entry("passwd", arguments.Name));
        return AccountTools.ByRoot(new Change($"there is no user {arguments.Name}", steps.ToImmutable()) { Result = result, Foreseen = [Seen(hasNamesake)] }, context);
    }

    private ForeseenUser Seen(bool hasNamesake) => new(arguments.Name, arguments.Uid)
    {
        Group = arguments.Group ?? (hasNamesake ? arguments.Name : null),
        Groups = arguments.Groups ?? [],
        Home = arguments.Home ?? $"/home/{arguments.Name}",
        Skeleton = arguments.CreateHome ? arguments.Skeleton ?? "/etc/skel" : null,
        Shell = arguments.Shell,
        Comment = arguments.Comment,
    };

    internal async ValueTask<Plan> Correct(PresentUser present, CancellationToken cancellation)
    {
        var options = ImmutableArray.CreateBuilder<string>();
        var differs = new List<(string What, string Was, string Is)>();
        void Want(string what, string was, string wanted, params ReadOnlySpan<string> words)
        {
            differs.Add((what, was, wanted));
            options.AddRange(words);
        }

        if (arguments.Uid is { } uid && uid != present.Uid)
        {
            Want("uid", Text(present.Uid), Text(uid), ["-u", Text(uid), .. AccountTools.Option(arguments.NonUnique, "-o")]);
        }
        if (arguments.Group is { } group)
        {
            var answer = await context.View.Ask(new GroupLook(group), cancellation);
            if (answer.Name is null)
            {
                return NoGroup(group);
            }
            if (answer.Gid != present.Gid)
            {
                Want("group", Text(present.Gid), Text(answer.Gid), "-g", group);
            }
        }
        if (arguments.Groups is { } groups && !present.IsForeign)
        {
            if (await MissingGroup(cancellation) is { } missing)
            {
                return missing;
            }
            var wanted = await Supplementary(groups, present, cancellation);
            if (arguments.Append ? wanted.Except(present.Groups).Any() : !wanted.SequenceEqual(present.Groups))
            {
                Want("groups", string.Join(',', present.Groups), string.Join(',', wanted.Union(arguments.Append ? present.Groups : []).Order(StringComparer.Ordinal)),
                    [.. AccountTools.Option(arguments.Append, "-a"), "-G", string.Join(',', wanted)]);
            }
        }
        if (arguments.Comment is { } comment && present.Comment is { } said && comment != said)
        {
            Want("comment", said, comment, "-c", comment);
        }
        if (arguments.Home is { } home && home != present.Home)
        {
            Want("home", present.Home, home, ["-d", home, .. AccountTools.Option(arguments.MoveHome, "-m")]);
        }
        if (arguments.Shell is { } shell && shell != present.Shell)
        {
            Want("shell", present.Shell, shell, "-s", shell);
        }
        if (arguments.Expires is { } expires && present.Expires is { } ends && ends != Day(expires))
        {
            Want("expires", ends, Day(expires), "-e", Date(expires));
        }
        var sets = PasswordToSet(present);
        if (sets is null && arguments.PasswordLock is { } isLocked && present.Password is { } known && known.StartsWith('!') != isLocked)
        {
            Want("password", isLocked ? "unlocked" : "locked", isLocked ? "locked" : "unlocked", isLocked ? "-L" : "-U");
        }
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (options.Count > 0)
        {
            steps.Add(AccountTools.Tool(["usermod", .. options, arguments.Name]));
        }
        if (sets is not null)
        {
            differs.Add(("password", "another one", "as it was given"));
            steps.Add(SetPassword(sets));
        }
        if (arguments.Aging.Where(aging => present.ShadowField(aging.Field) is { } days && days != Text(aging.Days)).ToImmutableArray() is { IsEmpty: false } aging)
        {
            differs.AddRange(aging.Select(one => ($"days of chage {one.Option}", present.ShadowField(one.Field)!, Text(one.Days))));
            steps.Add(Chage(aging));
        }
        await AddHome(present, steps, differs, cancellation);
        var told = Told(present);
        if (steps.Count == 0)
        {
            return new InSync($"user {present.Name} has the number {present.Uid}") { Result = told };
        }
        var because = $"user {present.Name}: {string.Join(", ", differs.Select(one => $"{one.What} {(one.Was.Length == 0 ? "none" : one.Was)} -> {(one.Is.Length == 0 ? "none" : one.Is)}"))}";
        return present.IsForeign
            ? new Impossible($"{because}; and the user is not in /etc/passwd but comes from a directory service") { Remedy = "change the user where it comes from" }
            : AccountTools.ByRoot(new Change(because, steps.ToImmutable()) { Result = told, Diff = string.Concat(differs.Select(one => $"-{one.What} {one.Was}\n+{one.What} {one.Is}\n")) }, context);
    }

    // Of what is to be the home directory, as it will be after the steps before this one.
    private async ValueTask AddHome(PresentUser present, ImmutableArray<Step>.Builder steps, List<(string What, string Was, string Is)> differs, CancellationToken cancellation)
    {
        var home = arguments.Home ?? present.Home;
        var isMoved = arguments.MoveHome && home != present.Home && (await Stat(present.Home, cancellation)).Exists;
        if (!arguments.CreateHome || isMoved || !home.StartsWith('/') || (await Stat(home, cancellation)).Exists)
        {
            return;
        }
        differs.Add(("directory", "", home));
        if (!(await Stat(HostPath.Parent(home), cancellation)).Exists)
        {
            steps.Add(new MakeDirectory(HostPath.Parent(home), new PathAttributes { Mode = ParentMode, Uid = 0, Gid = 0 }));
        }
        var gid = arguments.Group is { } group ? (await context.View.Ask(new GroupLook(group), cancellation)).Gid : present.Gid;
        steps.Add(new MakeDirectory(home, new PathAttributes { Mode = HomeMode, Uid = (uint?)arguments.Uid ?? present.Uid, Gid = gid }));
        var skeleton = arguments.Skeleton ?? "/etc/skel";
        if ((await Stat(skeleton, cancellation)).Kind == PathKind.Directory)
        {
            // As the user: what lies in a directory of his is no place where root follows names.
            steps.Add(AccountTools.Tool("runuser", "-u", present.Name, "--", "cp", "-r", "--", $"{skeleton}/.", home));
        }
    }

    // Numbers are taken as well; groups are compared by name.
    private async ValueTask<ImmutableArray<string>> Supplementary(ImmutableArray<string> groups, PresentUser present, CancellationToken cancellation)
    {
        var primary = arguments.Group is { } group ? (await context.View.Ask(new GroupLook(group), cancellation)).Gid : present.Gid;
        var wanted = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in groups)
        {
            var answer = await context.View.Ask(new GroupLook(name), cancellation);
            if (answer.Name is { } found && answer.Gid != primary)
            {
                wanted.Add(found);
            }
        }
        return [.. wanted];
    }

    private async ValueTask<Impossible?> MissingGroup(CancellationToken cancellation)
    {
        foreach (var group in (arguments.Groups ?? []).Concat(arguments.Group is { } primary ? [primary] : []))
        {
            if ((await context.View.Ask(new GroupLook(group), cancellation)).Name is null)
            {
                return NoGroup(group);
            }
        }
        return null;
    }

    private static Impossible NoGroup(string group) => new($"there is no group {group}") { Remedy = "make it in an earlier task: group", MayBeMade = true };

    // Where it is locked is no part of what it is: the hash is compared without its !.
    private string? PasswordToSet(PresentUser present) =>
        arguments is { Password: { } hash, UpdatesPassword: true } && present.Password is { } known && known.TrimStart('!') != hash.TrimStart('!')
            ? arguments.PasswordLock == true ? $"!{hash.TrimStart('!')}" : hash
            : null;

    // On its standard input: an argument could be read by everybody in the list of processes.
    private RunTool SetPassword(string hash) => AccountTools.Tool("chpasswd", "-e") with { Input = Encoding.UTF8.GetBytes($"{arguments.Name}:{hash}\n") };

    private RunTool Chage(ImmutableArray<(string Option, int Field, long Days)> aging) =>
        AccountTools.Tool(["chage", .. aging.SelectMany(one => (string[])[one.Option, Text(one.Days)]), arguments.Name]);

    private MapValue Told(PresentUser present) => result.Merge(MapValue.From(
        ("uid", Value.Of(arguments.Uid ?? present.Uid)),
        ("group", Value.Of(present.Gid)),
        ("comment", Value.Of(arguments.Comment ?? present.Comment ?? "")),
        ("home", Value.Of(arguments.Home ?? present.Home)),
        ("shell", Value.Of(arguments.Shell ?? present.Shell)),
        ("append", Value.Of(arguments.Append)),
        ("move_home", Value.Of(arguments.MoveHome))));

    private async ValueTask<PathAnswer> Stat(string path, CancellationToken cancellation) => await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);

    private static string Day(double seconds) => seconds < 0 ? "" : Text((long)Math.Floor(seconds / SecondsOfDay));

    private static string Date(double seconds) => seconds < 0 ? "" : DateTimeOffset.FromUnixTimeSeconds((long)seconds).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static ImmutableArray<string> Pair(string option, string? value) => value is null ? [] : [option, value];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
