using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

public enum FileState
{
    File,
    Directory,
    Link,
    Hard,
    Touch,
    Absent,
}

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/file_module.html</summary>
public sealed record FileArguments(string Path) : IModuleArguments<FileArguments>
{
    /// <summary>Null: what is there now; where nothing is, a file, or with <see cref="Recurse"/> a directory.</summary>
    public FileState? State { get; init; }

    public string? Source { get; init; }

    public FileMode? Mode { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public ExtendedAttributes Extended { get; init; } = ExtendedAttributes.None;

    public bool Recurse { get; init; }

    public bool Force { get; init; }

    public bool Follow { get; init; } = true;

    /// <summary><c>now</c>, <c>preserve</c> or a time in <see cref="ModificationTimeFormat"/>; null: as the state has it.</summary>
    public string? ModificationTime { get; init; }

    public string ModificationTimeFormat { get; init; } = DefaultTimeFormat;

    public string? AccessTime { get; init; }

    public string AccessTimeFormat { get; init; } = DefaultTimeFormat;

    private const string DefaultTimeFormat = "%Y%m%d%H%M.%S";

    public static ModuleSpec Spec { get; } = new("file", ModuleNature.Converging, "a file's, directory's or link's existence, permissions and owner")
    {
        Arguments =
        [
            new("path", ArgumentType.Path, "the path on the host") { Required = true, Aliases = ["dest", "name"] },
            new("state", ArgumentType.Text, "what is to be there; 'file' changes attributes only and never makes one") { Choices = ["absent", "directory", "file", "hard", "link", "touch"] },
            new("src", ArgumentType.Path, "what a link points to; only with state link or hard"),
            CommonArguments.Mode,
            CommonArguments.Owner,
            CommonArguments.Group,
            .. ExtendedAttributes.Specs,
            new("context", ArgumentType.Text, "the whole SELinux context as the policy has it for that place, as playbooks before 1.4 have it") { Choices = ["default"] },
            CommonArguments.Flag("recurse", "set the attributes of all that is inside the directory as well"),
            CommonArguments.Flag("force", "make a link whose target is not there, and replace a file by a link"),
            CommonArguments.Flag("follow", "where the path is a link, mean what it points to", true),
            new("modification_time", ArgumentType.Text, "modification time: now, preserve, or a time in modification_time_format"),
            new("modification_time_format", ArgumentType.Text, "how modification_time is written, as strftime(3)") { Default = Value.Of(DefaultTimeFormat) },
            new("access_time", ArgumentType.Text, "access time: now, preserve, or a time in access_time_format"),
            new("access_time_format", ArgumentType.Text, "how access_time is written, as strftime(3)") { Default = Value.Of(DefaultTimeFormat) },
            CommonArguments.UnsafeWrites,
            CommonArguments.Ignored("_diff_peek", ArgumentType.Boolean, "tell what the path looks like", "Ansible's own modules ask it of each other"),
            CommonArguments.Ignored("_original_basename", ArgumentType.Text, "what the source was called", "Ansible's own modules tell it each other"),
        ],
    };

    public static FileArguments From(BoundArguments arguments) => new(arguments.RequiredText("path"))
    {
        State = arguments.Text("state") switch
        {
            "absent" => FileState.Absent,
            "directory" => FileState.Directory,
            "file" => FileState.File,
            "hard" => FileState.Hard,
            "link" => FileState.Link,
            "touch" => FileState.Touch,
            _ => null,
        },
        Source = arguments.Text("src"),
        Mode = CommonArguments.ModeOf(arguments),
        Owner = arguments.Text("owner"),
        Group = arguments.Text("group"),
        Extended = arguments.Has("context") ? ExtendedAttributes.From(arguments).OrDefault() : ExtendedAttributes.From(arguments),
        Recurse = arguments.IsSet("recurse"),
        Force = arguments.IsSet("force"),
        Follow = arguments.IsSet("follow"),
        ModificationTime = arguments.Text("modification_time"),
        ModificationTimeFormat = arguments.RequiredText("modification_time_format"),
        AccessTime = arguments.Text("access_time"),
        AccessTimeFormat = arguments.RequiredText("access_time_format"),
    };
}
