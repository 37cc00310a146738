using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/group_module.html</summary>
public sealed record GroupArguments(string Name) : IModuleArguments<GroupArguments>
{
    public long? Gid { get; init; }

    public bool NonUnique { get; init; }

    public bool System { get; init; }

    public bool Present { get; init; } = true;

    /// <summary>Removed although it is somebody's primary group.</summary>
    public bool Force { get; init; }

    /// <summary>The range that a number is taken from, where none is given.</summary>
    public long? GidMin { get; init; }

    public long? GidMax { get; init; }

    public static ModuleSpec Spec { get; } = new("group", ModuleNature.Converging, "a group of this machine")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the group") { Required = true },
            new("gid", ArgumentType.Integer, "its number"),
            new("state", ArgumentType.Text, "there or not") { Choices = ["absent", "present"], Default = Value.Of("present") },
            CommonArguments.Flag("system", "one of the system's: its number comes from their range"),
            CommonArguments.Flag("non_unique", "its number may be another group's as well"),
            CommonArguments.Flag("force", "remove it although it is the primary group of a user"),
            new("gid_min", ArgumentType.Integer, "the least number that a new group gets"),
            new("gid_max", ArgumentType.Integer, "the greatest number that a new group gets"),
            CommonArguments.Ignored("local", ArgumentType.Boolean, "manage the files of this machine, not a directory service", "groups are always managed in the files of this machine"),
        ],
    };

    public static GroupArguments From(BoundArguments arguments) => new(arguments.RequiredText("name"))
    {
        Gid = arguments.Integer("gid"),
        NonUnique = arguments.IsSet("non_unique"),
        System = arguments.IsSet("system"),
        Present = arguments.Text("state") != "absent",
        Force = arguments.IsSet("force"),
        GidMin = arguments.Integer("gid_min"),
        GidMax = arguments.Integer("gid_max"),
    };
}
