using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/find_module.html</summary>
public sealed record FindArguments(ImmutableArray<string> Paths) : IModuleArguments<FindArguments>
{
    /// <summary>Shell patterns or regular expressions of names; empty: all.</summary>
    public ImmutableArray<string> Patterns { get; init; } = [];

    public ImmutableArray<string> Excludes { get; init; } = [];

    public bool UseRegex { get; init; }

    /// <summary>Held against the start of each line, or with <see cref="ReadWholeFile"/> searched for anywhere.</summary>
    public string? Contains { get; init; }

    public bool ReadWholeFile { get; init; }

    /// <summary><c>any</c>, <c>directory</c>, <c>file</c> or <c>link</c>.</summary>
    public string FileType { get; init; } = "file";

    /// <summary>A number and a unit, at least so old; negative: at most.</summary>
    public string? Age { get; init; }

    /// <summary><c>atime</c>, <c>ctime</c> or <c>mtime</c>.</summary>
    public string AgeStamp { get; init; } = "mtime";

    /// <summary>A number and a unit, at least so large; negative: at most.</summary>
    public string? Size { get; init; }

    public bool Recurse { get; init; }

    public bool Hidden { get; init; }

    public bool Follow { get; init; }

    public bool Checksum { get; init; }

    /// <summary>Of the checksums that are told.</summary>
    public string Algorithm { get; init; } = "sha1";

    /// <summary>The search ends after so many; null: all.</summary>
    public int? Limit { get; init; }

    public FileMode? Mode { get; init; }

    /// <summary>Exactly that mode, not at least.</summary>
    public bool ExactMode { get; init; } = true;

    /// <summary>How many levels below a path; null: all.</summary>
    public int? Depth { get; init; }

    public static ModuleSpec Spec { get; } = new("find", ModuleNature.Information, "files of directories, by name, age, size, kind and content")
    {
        Arguments =
        [
            new("paths", ArgumentType.List, "the directories to look in") { Required = true, Aliases = ["name", "path"] },
            new("patterns", ArgumentType.List, "names to find: shell patterns, or with use_regex regular expressions") { Aliases = ["pattern"], KeepsEmpty = true },
            new("excludes", ArgumentType.List, "names to leave out of those") { Aliases = ["exclude"] },
            CommonArguments.Flag("use_regex", "patterns and excludes are regular expressions, held against the start of the name"),
            new("contains", ArgumentType.Text, "a regular expression that a line of the file must start with"),
            CommonArguments.Flag("read_whole_file", "contains may match anywhere, over lines"),
            new("file_type", ArgumentType.Text, "what to find") { Choices = ["any", "directory", "file", "link"], Default = Value.Of("file") },
            new("age", ArgumentType.Text, "at least so old, in seconds or with s, m, h, d or w; negative: at most"),
            new("age_stamp", ArgumentType.Text, "which time is its age") { Choices = ["atime", "ctime", "mtime"], Default = Value.Of("mtime") },
            new("size", ArgumentType.Text, "at least so large, in bytes or with b, k, m, g or t; negative: at most"),
            CommonArguments.Flag("recurse", "look below the directories as well; no more than 10000 entries"),
            new("depth", ArgumentType.Integer, "how many levels below, with recurse; 0 is all"),
            CommonArguments.Flag("hidden", "find names that start with a dot as well"),
            CommonArguments.Flag("follow", "go into directories that are links"),
            CommonArguments.Flag("get_checksum", "tell a checksum of files"),
            new("checksum_algorithm", ArgumentType.Text, "which checksum get_checksum tells") { Aliases = ["checksum", "checksum_algo"], Choices = ["md5", "sha1", "sha256", "sha384", "sha512"], Default = Value.Of("sha1") },
            new("mode", ArgumentType.Mode, "only what has these permissions; with exact_mode=no, at least these"),
            CommonArguments.Flag("exact_mode", "the permissions are exactly those", true),
            new("limit", ArgumentType.Integer, "end the search after so many"),
        ],
    };

    public static FindArguments From(BoundArguments arguments) => new(arguments.Texts("paths"))
    {
        Patterns = arguments.Texts("patterns"),
        Excludes = arguments.Texts("excludes"),
        UseRegex = arguments.IsSet("use_regex"),
        Contains = arguments.Text("contains"),
        ReadWholeFile = arguments.IsSet("read_whole_file"),
        FileType = arguments.RequiredText("file_type"),
        Age = arguments.Text("age"),
        AgeStamp = arguments.RequiredText("age_stamp"),
        Size = arguments.Text("size"),
        Recurse = arguments.IsSet("recurse"),
        Hidden = arguments.IsSet("hidden"),
        Follow = arguments.IsSet("follow"),
        Checksum = arguments.IsSet("get_checksum"),
        Algorithm = arguments.RequiredText("checksum_algorithm"),
        Mode = CommonArguments.ModeOf(arguments),
        ExactMode = arguments.IsSet("exact_mode"),
        Limit = arguments.Integer("limit") is > 0 and <= int.MaxValue and var limit ? (int)limit : null,
        Depth = arguments.Integer("depth") is > 0 and <= int.MaxValue and var depth ? (int)depth : null,
    };
}
