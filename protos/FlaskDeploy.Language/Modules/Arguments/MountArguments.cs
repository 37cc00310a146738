using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

public enum MountState
{
    Present,
    Mounted,
    Unmounted,
    Absent,
    AbsentFromFstab,
    Remounted,
    Ephemeral,
}

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/posix/mount_module.html</summary>
public sealed record MountArguments(string Path, MountState State) : IModuleArguments<MountArguments>
{
    /// <summary>Null only where the state needs none.</summary>
    public string? Source { get; init; }

    public string? FileSystem { get; init; }

    public string? Options { get; init; }

    public string Dump { get; init; } = "0";

    public string Pass { get; init; } = "0";

    public bool Boot { get; init; } = true;

    public string Table { get; init; } = "/etc/fstab";

    public bool Backup { get; init; }

    public static ModuleSpec Spec { get; } = new("mount", ModuleNature.Converging, "a mount point, in /etc/fstab and now")
    {
        Arguments =
        [
            new("path", ArgumentType.Path, "the mount point; of swap, none") { Required = true, Aliases = ["name"] },
            new("state", ArgumentType.Text, "mounted: in fstab and mounted; present: in fstab; unmounted: not mounted now; absent: not in fstab, not mounted, its directory removed; remounted: mounted anew by each push; ephemeral: mounted without fstab, and anew by each push; the latter two are held by a reconvergence without being done again")
            {
                Required = true,
                Choices = ["absent", "absent_from_fstab", "ephemeral", "mounted", "present", "remounted", "unmounted"],
            },
            new("src", ArgumentType.Path, "what is mounted: a device, UUID=..., LABEL=..., host:/path, a directory"),
            new("fstype", ArgumentType.Text, "the kind of file system"),
            new("opts", ArgumentType.Text, "options, as mount(8) takes them; defaults otherwise"),
            new("dump", ArgumentType.Text, "the fifth field of fstab") { Default = Value.Of("0") },
            new("passno", ArgumentType.Text, "the sixth field of fstab: when it is checked at a boot") { Default = Value.Of("0") },
            CommonArguments.Flag("boot", "mount it at a boot; without it noauto is added to opts, unless defaults are among them", true),
            new("fstab", ArgumentType.Text, "the file to use instead of /etc/fstab"),
            CommonArguments.Flag("backup", "keep the file as it was beside it, with the time in its name"),
        ],
    };

    public static MountArguments From(BoundArguments arguments) => new(arguments.RequiredText("path"), arguments.Text("state") switch
    {
        "mounted" => MountState.Mounted,
        "unmounted" => MountState.Unmounted,
        "absent" => MountState.Absent,
        "absent_from_fstab" => MountState.AbsentFromFstab,
        "remounted" => MountState.Remounted,
        "ephemeral" => MountState.Ephemeral,
        _ => MountState.Present,
    })
    {
        Source = arguments.Text("src"),
        FileSystem = arguments.Text("fstype"),
        Options = arguments.Text("opts"),
        Dump = arguments.RequiredText("dump"),
        Pass = arguments.RequiredText("passno"),
        Boot = arguments.IsSet("boot"),
        Table = arguments.Text("fstab") ?? "/etc/fstab",
        Backup = arguments.IsSet("backup"),
    };
}
