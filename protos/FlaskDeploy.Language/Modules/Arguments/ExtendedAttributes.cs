using System.Collections.Immutable;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>What can be asked of a path beside its mode and owner: the flags of chattr(1), and the parts of its SELinux context.</summary>
/// <param name="Flags">As chattr takes them; empty text: none at all.</param>
public sealed record ExtendedAttributes(string? Flags, string? User, string? Role, string? Type, string? Level)
{
    public static ExtendedAttributes None { get; } = new(null, null, null, null, null);

    public bool HasContext => (User ?? Role ?? Type ?? Level) is not null;

    internal static ImmutableArray<ArgumentSpec> Specs { get; } =
    [
        new("attributes", ArgumentType.Text, "attributes as chattr(1) takes them: all of them (iA), or some to add (+i) or take away (-A)") { Aliases = ["attr"] },
        new("seuser", ArgumentType.Text, "user of the SELinux context, where SELinux is on; _default: as the policy has it for that place"),
        new("serole", ArgumentType.Text, "role of the SELinux context"),
        new("setype", ArgumentType.Text, "type of the SELinux context"),
        new("selevel", ArgumentType.Text, "level of the SELinux context"),
        new("context", ArgumentType.Text, "all parts of the SELinux context as the policy has them for that place, but for those that are named") { Choices = ["default"] },
    ];

    internal static ExtendedAttributes From(BoundArguments arguments)
    {
        var otherwise = arguments.Has("context") ? "_default" : null;
        return new(arguments.Text("attributes"), arguments.Text("seuser") ?? otherwise, arguments.Text("serole") ?? otherwise, arguments.Text("setype") ?? otherwise, arguments.Text("selevel") ?? otherwise);
    }
}
