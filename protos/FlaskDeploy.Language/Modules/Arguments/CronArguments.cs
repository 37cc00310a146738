using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/cron_module.html</summary>
public sealed record CronArguments : IModuleArguments<CronArguments>
{
    /// <summary>Of the job, as the comment before it has it, or of the variable. Null: the whole <see cref="File"/> is to go.</summary>
    public string? Name { get; init; }

    /// <summary>The command, or the variable's value.</summary>
    public string? Job { get; init; }

    /// <summary>Minute, hour, day, month and weekday.</summary>
    public string Times { get; init; } = "* * * * *";

    /// <summary>The word after the <c>@</c>, instead of the times.</summary>
    public string? Special { get; init; }

    /// <summary>Whose table; in a file of /etc/cron.d, as whom it runs. Null: the task's user.</summary>
    public string? User { get; init; }

    /// <summary>A file of /etc/cron.d, or an absolute path. Null: the user's own table.</summary>
    public string? File { get; init; }

    public bool Present { get; init; } = true;

    public bool Disabled { get; init; }

    /// <summary>A variable of the table, not a job.</summary>
    public bool IsVariable { get; init; }

    public string? InsertAfter { get; init; }

    public string? InsertBefore { get; init; }

    public bool Backup { get; init; }

    public static ModuleSpec Spec { get; } = new("cron", ModuleNature.Converging, "a job or a variable in a table of cron")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "what the job is found by again, in a comment before it; with env the variable"),
            new("job", ArgumentType.Text, "the command, one line; with env the value") { Aliases = ["value"] },
            new("minute", ArgumentType.Text, "0-59, *, */2") { Default = Value.Of("*") },
            new("hour", ArgumentType.Text, "0-23, *, */2") { Default = Value.Of("*") },
            new("day", ArgumentType.Text, "of the month: 1-31, *, */2") { Default = Value.Of("*"), Aliases = ["dom"] },
            new("month", ArgumentType.Text, "1-12, JAN-DEC, *") { Default = Value.Of("*") },
            new("weekday", ArgumentType.Text, "0-6 from Sunday on, SUN-SAT, *") { Default = Value.Of("*"), Aliases = ["dow"] },
            new("special_time", ArgumentType.Text, "a word for the time") { Choices = ["annually", "daily", "hourly", "monthly", "reboot", "weekly", "yearly"] },
            CommonArguments.Flag("reboot", "the old way to say special_time: reboot"),
            new("user", ArgumentType.Text, "whose table; in a cron_file, as whom the job runs"),
            new("cron_file", ArgumentType.Text, "a file of /etc/cron.d, or an absolute path, instead of a user's table"),
            new("state", ArgumentType.Text, "there or not") { Choices = ["absent", "present"], Default = Value.Of("present") },
            CommonArguments.Flag("disabled", "keep the job as a comment"),
            CommonArguments.Flag("env", "a variable of the table, not a job"),
            new("insertafter", ArgumentType.Text, "with env: the variable after which it is to stand"),
            new("insertbefore", ArgumentType.Text, "with env: the variable before which it is to stand"),
            CommonArguments.Flag("backup", "keep what was there beside it, with the time in its name"),
        ],
        MutuallyExclusive = [["insertafter", "insertbefore"]],
    };

    public static CronArguments From(BoundArguments arguments) => new()
    {
        Name = arguments.Text("name"),
        Job = arguments.Text("job")?.Trim('\r', '\n'),
        Times = string.Join(' ', ((string[])["minute", "hour", "day", "month", "weekday"]).Select(arguments.RequiredText)),
        Special = arguments.Text("special_time") ?? (arguments.IsSet("reboot") ? "reboot" : null),
        User = arguments.Text("user"),
        File = arguments.Text("cron_file"),
        Present = arguments.Text("state") != "absent",
        Disabled = arguments.IsSet("disabled"),
        IsVariable = arguments.IsSet("env"),
        InsertAfter = arguments.Text("insertafter"),
        InsertBefore = arguments.Text("insertbefore"),
        Backup = arguments.IsSet("backup"),
    };
}
