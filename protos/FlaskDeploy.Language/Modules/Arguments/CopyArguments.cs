using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/copy_module.html</summary>
public sealed record CopyArguments(string Destination) : IModuleArguments<CopyArguments>
{
    /// <summary>On the operator's side, or with <see cref="RemoteSource"/> on the host. Null: <see cref="Content"/> is there.</summary>
    public string? Source { get; init; }

    /// <summary>Text as it is; of a dict or list, its JSON.</summary>
    public Value? Content { get; init; }

    public FileMode? Mode { get; init; }

    /// <summary>Of directories that a recursive copy makes.</summary>
    public FileMode? DirectoryMode { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public ExtendedAttributes Extended { get; init; } = ExtendedAttributes.None;

    public bool Backup { get; init; }

    /// <summary>Without it, a file that is there stays as it is.</summary>
    public bool Force { get; init; } = true;

    public string? Validate { get; init; }

    public bool RemoteSource { get; init; }

    public bool Follow { get; init; }

    /// <summary>Of a directory: what the links in it lead to is copied, not the links.</summary>
    public bool LocalFollow { get; init; } = true;

    /// <summary>A file that lies in a vault is none that could be copied.</summary>
    public bool Decrypt { get; init; } = true;

    /// <summary>SHA-1 or SHA-256 that the content must have, in hexadecimal.</summary>
    public string? Checksum { get; init; }

    public static ModuleSpec Spec { get; } = new("copy", ModuleNature.Converging, "a file or directory of the operator's side, or a text, on the host")
    {
        Arguments =
        [
            new("src", ArgumentType.OperatorPath, "file or directory on the operator's side; a directory that ends in / means what is in it; with remote_src a path on the host"),
            new("content", ArgumentType.Any, "the text that the file is to hold, instead of src"),
            new("dest", ArgumentType.Path, "where it is to be; an existing directory, or a path that ends in /, takes the name of src") { Required = true, SaysMissing = "dest is required" },
            CommonArguments.Mode,
            new("directory_mode", ArgumentType.Mode, "permissions of directories that a recursive copy makes"),
            CommonArguments.Owner,
            CommonArguments.Group,
            .. ExtendedAttributes.Specs,
            CommonArguments.Flag("backup", "keep what was there beside it, with the time in its name"),
            CommonArguments.Flag("force", "replace a file that differs; without it only a missing file is written", true) with { Aliases = ["thirsty"] },
            new("validate", ArgumentType.Text, "command that must accept the new file (%s) before it takes its place"),
            CommonArguments.Flag("remote_src", "src is on the host"),
            CommonArguments.Flag("follow", "where dest is a link, write what it points to"),
            new("checksum", ArgumentType.Text, "SHA-1 or SHA-256 that the content must have"),
            CommonArguments.Flag("local_follow", "of a directory, copy what the links in it lead to; without it they are links again", true),
            CommonArguments.Decrypt,
            CommonArguments.UnsafeWrites,
        ],
        MutuallyExclusive = [["src", "content"]],
        RequiredOneOf = [["src", "content"]],
        SaysMissing = "src (or content) is required",
    };

    public static CopyArguments From(BoundArguments arguments) => new(arguments.RequiredText("dest"))
    {
        Source = arguments.Text("src"),
        Content = arguments.Get("content"),
        Mode = CommonArguments.ModeOf(arguments),
        DirectoryMode = CommonArguments.ModeOf(arguments, "directory_mode"),
        Owner = arguments.Text("owner"),
        Group = arguments.Text("group"),
        Extended = ExtendedAttributes.From(arguments),
        Backup = arguments.IsSet("backup"),
        Force = arguments.IsSet("force"),
        Validate = arguments.Text("validate"),
        RemoteSource = arguments.IsSet("remote_src"),
        Follow = arguments.IsSet("follow"),
        LocalFollow = arguments.IsSet("local_follow"),
        Decrypt = arguments.IsSet("decrypt"),
        Checksum = arguments.Text("checksum"),
    };
}
