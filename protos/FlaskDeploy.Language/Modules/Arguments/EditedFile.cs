using System.Collections.Immutable;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>The file that <c>lineinfile</c>, <c>blockinfile</c> and <c>replace</c> edit a part of, and how.</summary>
public sealed record EditedFile(string Path)
{
    public FileMode? Mode { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public ExtendedAttributes Extended { get; init; } = ExtendedAttributes.None;

    public bool Backup { get; init; }

    public string? Validate { get; init; }

    /// <summary>Make a file that is missing, with the directories above it.</summary>
    public bool Create { get; init; }

    /// <summary>What is put into it must not be shown.</summary>
    public bool IsSecret { get; init; }

    internal static ArgumentSpec CreateSpec { get; } = CommonArguments.Flag("create", "make the file where it is missing");

    internal static ImmutableArray<ArgumentSpec> Specs { get; } =
    [
        new("path", ArgumentType.Path, "the file on the host") { Required = true, Aliases = ["dest", "destfile", "name"] },
        CommonArguments.Mode,
        CommonArguments.Owner,
        CommonArguments.Group,
        .. ExtendedAttributes.Specs,
        CommonArguments.Flag("backup", "keep what was there beside it, with the time in its name"),
        new("validate", ArgumentType.Text, "command that must accept the new file (%s) before it takes its place"),
        CommonArguments.UnsafeWrites,
    ];

    internal static EditedFile From(BoundArguments arguments, string what, bool create) => new(arguments.RequiredText("path"))
    {
        Mode = CommonArguments.ModeOf(arguments),
        Owner = arguments.Text("owner"),
        Group = arguments.Text("group"),
        Extended = ExtendedAttributes.From(arguments),
        Backup = arguments.IsSet("backup"),
        // ini_file has none.
        Validate = arguments.Spec.Find("validate") is null ? null : arguments.Text("validate"),
        Create = create,
        IsSecret = arguments.Get(what) is Values.SecretValue,
    };
}
