namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/community/general/timezone_module.html</summary>
public sealed record TimezoneArguments : IModuleArguments<TimezoneArguments>
{
    /// <summary>Null: left as it is.</summary>
    public string? Name { get; init; }

    /// <summary>Whether the hardware's clock has local time; null: left as it is.</summary>
    public bool? IsClockLocal { get; init; }

    public static ModuleSpec Spec { get; } = new("timezone", ModuleNature.Converging, "the machine's time zone, and that of its hardware's clock")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the zone: Europe/Berlin"),
            new("hwclock", ArgumentType.Text, "whether the hardware's clock has local time or UTC") { Choices = ["UTC", "local"], Aliases = ["rtc"] },
        ],
        RequiredOneOf = [["hwclock", "name"]],
    };

    public static TimezoneArguments From(BoundArguments arguments) => new()
    {
        Name = arguments.Text("name"),
        IsClockLocal = arguments.Text("hwclock") switch { "local" => true, "UTC" => false, _ => null },
    };
}
