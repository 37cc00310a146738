using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/community/general/ini_file_module.html</summary>
/// <param name="Section">Null or empty: before the first section.</param>
/// <param name="Option">Null: the section itself.</param>
/// <param name="Values">Empty: the option without a value, or whatever its value is where it is to be absent.</param>
public sealed record IniFileArguments(EditedFile File, string? Section, string? Option, ImmutableArray<string> Values) : IModuleArguments<IniFileArguments>
{
    public bool IsAbsent { get; init; }

    /// <summary>Other values of the option go.</summary>
    public bool Exclusive { get; init; }

    public bool NoExtraSpaces { get; init; }

    /// <summary>A comment that has the option is made the option.</summary>
    public bool ModifiesInactive { get; init; }

    /// <summary>A line that says the same with other blanks stays.</summary>
    public bool IgnoresSpaces { get; init; }

    public bool AllowsNoValue { get; init; }

    public static ModuleSpec Spec { get; } = new("ini_file", ModuleNature.Converging, "an option of a section in a file of INI")
    {
        Arguments =
        [
            .. EditedFile.Specs.Where(spec => spec.Name != "validate").Select(spec => spec.Name == "path" ? spec with { Aliases = ["dest"] } : spec),
            new("section", ArgumentType.Text, "the section, without brackets; where it is missing, what is before the first one"),
            new("option", ArgumentType.Text, "the option; where it is missing, the section alone"),
            new("value", ArgumentType.Text, "its value"),
            new("values", ArgumentType.List, "several values, a line for each"),
            new("state", ArgumentType.Text, "there or not") { Choices = ["present", "absent"], Default = Value.Of("present") },
            new("exclusive", ArgumentType.Boolean, "remove other lines of the option") { Default = Value.Of(true) },
            CommonArguments.Flag("no_extra_spaces", "write option=value, without blanks"),
            CommonArguments.Flag("ignore_spaces", "leave a line that differs only in its blanks"),
            CommonArguments.Flag("allow_no_value", "the option may be without a value"),
            new("modify_inactive_option", ArgumentType.Boolean, "make a comment that has the option the option") { Default = Value.Of(true) },
            new("create", ArgumentType.Boolean, "make the file where it is missing") { Default = Value.Of(true) },
        ],
        MutuallyExclusive = [["value", "values"]],
    };

    public static IniFileArguments From(BoundArguments arguments) => new(
        EditedFile.From(arguments, "value", arguments.IsSet("create")),
        arguments.Text("section"),
        arguments.Text("option"),
        arguments.Text("value") is { } value ? [value] : arguments.Texts("values"))
    {
        IsAbsent = arguments.Text("state") == "absent",
        Exclusive = arguments.IsSet("exclusive"),
        NoExtraSpaces = arguments.IsSet("no_extra_spaces"),
        ModifiesInactive = arguments.IsSet("modify_inactive_option"),
        IgnoresSpaces = arguments.IsSet("ignore_spaces"),
        AllowsNoValue = arguments.IsSet("allow_no_value"),
    };
}
