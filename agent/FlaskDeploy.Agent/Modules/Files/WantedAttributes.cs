using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FileMode = FlaskDeploy.Language.Modules.FileMode;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>Mode, owner and group as a task wants them, names resolved to numbers.</summary>
internal sealed record WantedAttributes(FileMode? Mode, uint? Uid, uint? Gid)
{
    /// <summary>The umask of tasks, which <see cref="TaskEnvironment"/> states: 022.</summary>
    internal const int Umask = 0x12;

    internal static WantedAttributes None { get; } = new(null, null, null);

    /// <summary>The attributes, or why there are none: a user or group that does not exist.</summary>
    internal static async ValueTask<(WantedAttributes? Wanted, Impossible? Problem)> Resolve(
        FileMode? mode, string? owner, string? group, IMachineView view, CancellationToken cancellation)
    {
        uint? uid = null, gid = null;
        if (owner is not null)
        {
            uid = (await view.Ask(new AccountLook(owner), cancellation)).Account?.Uid ?? Number(owner);
            if (uid is null)
            {
                return (null, new Impossible($"there is no user {owner}") { Remedy = "make the user in an earlier task, or correct owner", MayBeMade = true });
            }
        }
        if (group is not null)
        {
            var answer = await view.Ask(new GroupLook(group), cancellation);
            gid = answer.Name is null ? Number(group) : answer.Gid;
            if (gid is null)
            {
                return (null, new Impossible($"there is no group {group}") { Remedy = "make the group in an earlier task, or correct group", MayBeMade = true });
            }
        }
        return (new WantedAttributes(mode, uid, gid), null);
    }

    /// <summary>What has to be set on something that is there; unchanged where it is right.</summary>
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

    /// <summary>For something that is made. Null is left to the umask and the writer.</summary>
    internal PathAttributes ForNew(bool isDirectory) => new()
    {
        Mode = Mode?.Apply(NewMode(isDirectory), isDirectory, Umask),
        Uid = Uid,
        Gid = Gid,
    };

    internal static int NewMode(bool isDirectory) => (isDirectory ? 0x1FF : 0x1B6) & ~Umask;

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
