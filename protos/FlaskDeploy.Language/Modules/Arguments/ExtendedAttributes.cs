using System.Collections.Immutable;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>What can be asked of a path beside its mode and owner: the flags of chattr(1), and the parts of its SELinux context.</summary>
/// <param name="Flags">As chattr takes them; empty text: none at all.</param>
public sealed record ExtendedAttributes(string? Flags, string? User, string? Role, string? Type, string? Level)
{
    public static ExtendedAttributes None { get; } = new(null, null, null, null, null);

    /// <summary>As the policy has a part of the context for that place.</summary>
    public const string Default = "_default";

    public bool HasContext => (User ?? Role ?? Type ?? Level) is not null;

    internal static ImmutableArray<ArgumentSpec> Specs { get; } =
    [
        new("attributes", ArgumentType.Text, "attributes as chattr(1) takes them: all of them (iA), or some to add (+i) or take away (-A)") { Aliases = ["attr"] },
        new("seuser", ArgumentType.Text, "user of the SELinux context, where SELinux is on; _default: as the policy has it for that place"),
        new("serole", ArgumentType.Text, "role of the SELinux context"),
        new("setype", ArgumentType.Text, "type of the SELinux context"),
        new("selevel", ArgumentType.Text, "level of the SELinux context"),
        new("context", ArgumentType.Text, "all parts of the SELinux context as the policy has them for that place, but for those that are named, as playbooks before 1.4 have it") { Choices = ["default"] },
    ];

    internal static ExtendedAttributes From(BoundArguments arguments)
    {
        var own = new ExtendedAttributes(arguments.Text("attributes"), arguments.Text("seuser"), arguments.Text("serole"), arguments.Text("setype"), arguments.Text("selevel"));
        return arguments.Has("context") ? own with { User = own.User ?? Default, Role = own.Role ?? Default, Type = own.Type ?? Default, Level = own.Level ?? Default } : own;
    }
}
