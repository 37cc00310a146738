using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;
using FileMode = FlaskDeploy.Language.Modules.FileMode;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>Mode, owner, group and what else a task wants of a path, names resolved to numbers.</summary>
internal sealed record WantedAttributes(FileMode? Mode, uint? Uid, uint? Gid)
{
    /// <summary>The umask of tasks, which <see cref="TaskEnvironment"/> states: 022.</summary>
    internal const int Umask = 0x12;

    internal static WantedAttributes None { get; } = new(null, null, null);

    internal ExtendedAttributes Extended { get; init; } = ExtendedAttributes.None;

    /// <summary>Numbers that no user and no group has, in Ansible's words.</summary>
    internal ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>The attributes, or why there are none: a user or group that does not exist.</summary>
    internal static async ValueTask<(WantedAttributes? Wanted, Impossible? Problem)> Resolve(
        FileMode? mode, string? owner, string? group, IMachineView view, CancellationToken cancellation, ExtendedAttributes? extended = null)
    {
        uint? uid = null, gid = null;
        var warnings = ImmutableArray<string>.Empty;
        if (owner is not null)
        {
            uid = (await view.Ask(new AccountLook(owner), cancellation)).Account?.Uid;
            if (uid is null)
            {
                uid = Number(owner);
                warnings = warnings.Add(LookedUp("user", owner, uid is null ? "" : "with uid "));
            }
            if (uid is null)
            {
                return (null, new Impossible($"there is no user {owner}") { Remedy = "make the user in an earlier task, or correct owner", MayBeMade = true, Result = Warned(warnings) });
            }
        }
        if (group is not null)
        {
            var answer = await view.Ask(new GroupLook(group), cancellation);
            gid = answer.Name is null ? null : answer.Gid;
            if (gid is null)
            {
                gid = Number(group);
                warnings = warnings.Add(LookedUp("group", group, gid is null ? "" : "with gid "));
            }
            if (gid is null)
            {
                return (null, new Impossible($"there is no group {group}") { Remedy = "make the group in an earlier task, or correct group", MayBeMade = true, Result = Warned(warnings) });
            }
        }
        return extended?.Flags is { } flags && FileFlags.WrongIn(flags) is { } wrong
            ? (null, new Impossible($"attributes {flags}: chattr(1) has no '{wrong}'"))
            : (new WantedAttributes(mode, uid, gid) { Extended = extended ?? ExtendedAttributes.None, Warnings = warnings }, null);
    }

    /// <summary>What has to be set on something that is there; unchanged where it is right. Without what <see cref="DifferingAt"/> asks for.</summary>
    internal PathAttributes Differing(PathAnswer present)
    {
        var mode = Mode?.Apply(present.Mode, present.Kind == PathKind.Directory, Umask);
        // A link has no mode of its own.
        return new PathAttributes
        {
            Mode = mode == present.Mode || present.Kind == PathKind.Link ? null : mode,
            Uid = Uid == present.Uid ? null : Uid,
            Gid = Gid == present.Gid ? null : Gid,
        };
    }

    /// <summary>The same with its flags and context, which are only looked at where something is wanted of them.</summary>
    internal async ValueTask<PathAttributes> DifferingAt(string path, PathAnswer present, IMachineView view, CancellationToken cancellation) => Differing(present) with
    {
        Flags = await DifferingFlags(path, present, view, cancellation),
        Context = await WantedContext.Differing(Extended, path, present.Exists, view, cancellation),
    };

    /// <summary>For something that is made. Null is left to the umask and the writer.</summary>
    internal PathAttributes ForNew(bool isDirectory) => new()
    {
        Mode = Mode?.Apply(NewMode(isDirectory), isDirectory, Umask),
        Uid = Uid,
        Gid = Gid,
        Flags = string.IsNullOrEmpty(Extended.Flags) || Extended.Flags.StartsWith('-') ? null : Extended.Flags,
    };

    /// <summary>The same with its context.</summary>
    internal async ValueTask<PathAttributes> ForNewAt(string path, bool isDirectory, IMachineView view, CancellationToken cancellation) =>
        ForNew(isDirectory) with { Context = await WantedContext.Differing(Extended, path, exists: false, view, cancellation) };

    internal static int NewMode(bool isDirectory) => (isDirectory ? 0x1FF : 0x1B6) & ~Umask;

    internal static MapValue Warned(ImmutableArray<string> warnings) => warnings.IsEmpty ? MapValue.Empty : MapValue.From(("warnings", Value.Of(warnings)));

    private async ValueTask<string?> DifferingFlags(string path, PathAnswer present, IMachineView view, CancellationToken cancellation)
    {
        if (Extended.Flags is not { } wish || present.Kind is not (PathKind.File or PathKind.Directory))
        {
            return null;
        }
        var flags = (await view.Ask(new StatLook(path, FollowLinks: true) { WithFlags = true }, cancellation)).Flags;
        // Where there are none, none can be taken away; that others cannot be had, the step will say.
        return flags is { } has ? FileFlags.Wanted(wish, has) == has ? null : wish : wish.Length == 0 || wish.StartsWith('-') ? null : wish;
    }

    private static string LookedUp(string what, string name, string how) => $"failed to look up {what} {how}{name}. Create {what} up to this point in real play";

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
