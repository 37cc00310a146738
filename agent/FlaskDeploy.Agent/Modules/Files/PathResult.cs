using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Planned;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>What Ansible's file modules register of a path: mode, owner, group, size, state, uid, gid.</summary>
internal static class PathResult
{
    /// <summary>Of what is there, with what is about to be set; of something new, as it will be.</summary>
    /// <param name="present">As it is; kind absent where it will be made.</param>
    internal static async ValueTask<MapValue> Of(
        PathAnswer present, PathKind kind, PathAttributes set, long size, IMachineView view, CancellationToken cancellation)
    {
        var uid = set.Uid ?? (present.Exists ? present.Uid : view.As.Uid);
        var gid = set.Gid ?? (present.Exists ? present.Gid : view.As.Gid);
        var mode = set.Mode ?? (present.Exists ? present.Mode : WantedAttributes.NewMode(kind == PathKind.Directory));
        return MapValue.From(
            ("uid", Number(uid)),
            ("gid", Number(gid)),
            ("owner", Value.Of(await Owner(uid, view, cancellation))),
            ("group", Value.Of(await Group(gid, view, cancellation))),
            ("mode", Value.Of(Octal(mode))),
            ("state", Value.Of(State(kind))),
            ("size", Value.Of(size)));
    }

    /// <summary>Of who would be made by an earlier task of a check it is not known.</summary>
    internal static Value Number(uint id) => PlannedEffects.IsMadeUp(id) ? new UnknownValue("the number of who an earlier task would make") : Value.Of(id);

    /// <summary>Of what is not there yet: a directory above with the set-group bit hands its group on, and to directories the bit.</summary>
    internal static async ValueTask<MapValue> OfNew(string path, PathKind kind, PathAttributes set, long size, IMachineView view, CancellationToken cancellation)
    {
        const int setGroup = 0x400;
        var isDirectory = kind == PathKind.Directory;
        var made = new PathAnswer(kind) { Mode = WantedAttributes.NewMode(isDirectory), Uid = view.As.Uid, Gid = view.As.Gid };
        for (var at = HostPath.Parent(path); ; at = HostPath.Parent(at))
        {
            var above = await view.Ask(new StatLook(at, FollowLinks: true), cancellation);
            if (above.Kind == PathKind.Directory && (above.Mode & setGroup) != 0)
            {
                made = made with { Gid = above.Gid, Mode = isDirectory ? made.Mode | setGroup : made.Mode };
            }
            if (above.Exists || at == "/")
            {
                return await Of(made, kind, set, size, view, cancellation);
            }
        }
    }

    /// <summary>As what sets modes shows them: <c>0644</c>, <c>01777</c>.</summary>
    internal static string Octal(int mode) => "0" + Convert.ToString(mode, 8).PadLeft(3, '0');

    /// <summary>As what only looks shows them: <c>0644</c>, <c>1777</c>.</summary>
    internal static string FourDigits(int mode) => Convert.ToString(mode, 8).PadLeft(4, '0');

    internal static async ValueTask<string> Owner(uint uid, IMachineView view, CancellationToken cancellation) =>
        uid == view.As.Uid ? view.As.Name : (await view.Ask(new AccountLook(uid.ToString()), cancellation)).Account?.Name ?? uid.ToString();

    internal static async ValueTask<string> Group(uint gid, IMachineView view, CancellationToken cancellation) =>
        (await view.Ask(new GroupLook(gid.ToString()), cancellation)).Name ?? gid.ToString();

    /// <summary>The names of owner and group as what only looks tells them: a number that nobody has is none.</summary>
    internal static async ValueTask<(string? Owner, string? Group)> Names(PathAnswer present, IMachineView view, CancellationToken cancellation) =>
        (present.Uid == view.As.Uid ? view.As.Name : (await view.Ask(new AccountLook(present.Uid.ToString()), cancellation)).Account?.Name,
            (await view.Ask(new GroupLook(present.Gid.ToString()), cancellation)).Name);

    /// <summary>Like <c>mode 0600 -> 0644, owner 0 -> 1000</c>.</summary>
    internal static string Describe(PathAttributes set, PathAnswer present)
    {
        var parts = new List<string>(3);
        if (set.Mode is { } mode)
        {
            parts.Add($"mode {Octal(present.Mode)} -> {Octal(mode)}");
        }
        if (set.Uid is { } uid)
        {
            parts.Add($"owner {present.Uid} -> {Number(uid)}");
        }
        if (set.Gid is { } gid)
        {
            parts.Add($"group {present.Gid} -> {Number(gid)}");
        }
        if (set.Flags is { } flags)
        {
            parts.Add($"attributes {flags}");
        }
        if (set.Context is { } context)
        {
            parts.Add($"context {context}");
        }
        return string.Join(", ", parts);
    }

    private static string State(PathKind kind) => kind switch
    {
        PathKind.Directory => "directory",
        PathKind.Link => "link",
        PathKind.Absent => "absent",
        _ => "file",
    };
}
