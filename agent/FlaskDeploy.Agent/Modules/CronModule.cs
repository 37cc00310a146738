using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Cron;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>cron</c>: a job or a variable, in a file of /etc/cron.d or in a user's own table. The table is written as a file:
/// crond sees by itself that it changed.
/// </summary>
internal sealed class CronModule : Module<CronArguments>
{
    private const int MostBytes = 1024 * 1024;
    private const int FileMode = 0x1A4;
    private const int TableMode = 0x180;
    // Debian keeps the tables one level deeper.
    private const string Tables = "/var/spool/cron";

    protected override async ValueTask<Plan> Plan(CronArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (Wrong(arguments) is { } wrong)
        {
            return wrong;
        }
        var (place, problem) = await Find(arguments, context, cancellation);
        if (place is null)
        {
            return problem!;
        }
        var present = await context.View.Ask(new StatLook(place.Path, FollowLinks: true), cancellation);
        if (arguments.Name is null)
        {
            var gone = MapValue.From(("cron_file", Value.Of(arguments.File!)), ("state", Value.Of("absent")));
            return present.Exists ? new Change($"{place.Path} is there", [new Remove(place.Path)]) { Result = gone } : new InSync($"{place.Path} is not there") { Result = gone };
        }
        var before = (await context.View.Ask(new ReadLook(place.Path, MostBytes), cancellation)).Bytes ?? [];
        var text = Encoding.UTF8.GetString(before);
        var table = CronTable.Parse(text);
        if (Edit(arguments, arguments.Name, table) is not { } edited)
        {
            return new Impossible($"{place.Path} has no variable {arguments.InsertAfter ?? arguments.InsertBefore}") { Remedy = "correct insertafter or insertbefore" };
        }
        var result = MapValue.From(("jobs", Value.Of(edited.Jobs.Select(name => (Value)Value.Of(name)))), ("envs", Value.Of(edited.Variables.Select(name => (Value)Value.Of(name)))));
        result = arguments.File is { } own ? result.With("cron_file", Value.Of(own)) : result;
        var what = $"{(arguments.IsVariable ? "variable" : "job")} '{arguments.Name}'";
        // cron passes over a last line that has no end.
        var isEnded = text.Length == 0 || text.EndsWith('\n');
        if (edited.Lines.SequenceEqual(table.Lines) && isEnded)
        {
            return new InSync($"{place.Path} {(arguments.Present ? "has the" : "has no")} {what}{(arguments.Present ? " as it should be" : "")}") { Result = result };
        }
        var because = !arguments.Present && !edited.Lines.SequenceEqual(table.Lines) ? $"{place.Path} has the {what}"
            : edited.Lines.SequenceEqual(table.Lines) ? $"the last line of {place.Path} has no end"
            : Has(table, arguments) ? $"{place.Path} has another {what}"
            : $"{place.Path} has no {what}";
        var after = Encoding.UTF8.GetBytes(edited.ToString());
        Step step = arguments is { Present: false, File: not null } && edited.IsBlank
            ? new Remove(place.Path)
            : new WriteFile(place.Path, FileContent.Of(after), place.Attributes(present)) { Backup = arguments.Backup };
        return new Change(because, [step])
        {
            Result = result,
            Diff = UnifiedDiff.Between(before, step is Remove ? [] : after, present.Exists ? $"before: {place.Path}" : "/dev/null", step is Remove ? "/dev/null" : $"after: {place.Path}"),
        };
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) =>
        outcomes.Select(outcome => outcome.Details.GetValueOrDefault("backup_file")).LastOrDefault(file => file is not null) is { } backup
            ? plan.Result.With("backup_file", Value.Of(backup))
            : plan.Result;

    protected override async ValueTask<ImmutableArray<Claim>> Claims(CronArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (Wrong(arguments) is not null || (await Find(arguments, context, cancellation)).Place is not { } place)
        {
            return [];
        }
        if (arguments.Name is not { } name)
        {
            return [Claim.NoPath(place.Path)];
        }
        var line = arguments.IsVariable ? arguments.Job : Line(arguments);
        return
        [
            Claim.Of(
                ClaimKind.Cron,
                $"{(arguments.IsVariable ? "variable" : "job")} '{name}' of {place.Path}",
                ("exists", arguments.Present ? Claim.Yes : Claim.No),
                ("command", arguments.Present ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line ?? ""))) : null)),
        ];
    }

    private static Impossible? Wrong(CronArguments arguments)
    {
        if (arguments.Name is null)
        {
            return arguments is { Present: false, File: not null } ? null : new Impossible("a job needs a name, by which it is found again") { Remedy = "name: what it is for" };
        }
        if (arguments.Name.Any(char.IsControl) || arguments.Job is { } job && job.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
        {
            return new Impossible("the name and the job of a table of cron are one line each") { Remedy = "put the lines into a script, and call it" };
        }
        if (!arguments.Present)
        {
            return null;
        }
        if (arguments.Job is null or "")
        {
            return new Impossible($"{(arguments.IsVariable ? "a variable needs its value" : "a job needs its command")}: job") { Remedy = "job: the command" };
        }
        if (arguments is { Special: not null, Times: not "* * * * *" })
        {
            return new Impossible("special_time and minute, hour, day, month or weekday exclude each other");
        }
        if (arguments is { File: not null, User: null, IsVariable: false })
        {
            return new Impossible("a job in a cron_file needs to know as whom it runs: user") { Remedy = "user: root, or better somebody else" };
        }
        const int fields = 5;
        return arguments.Times.Split(' ').Length != fields || arguments.Times.Split(' ').Any(field => field.Length == 0 || field.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
            ? new Impossible($"no table of cron has the time '{arguments.Times}'") { Remedy = "minute, hour, day, month and weekday are one word each: *, 5, 1-5, */2, 1,3" }
            : null;
    }

    private static async ValueTask<(Place? Place, Impossible? Problem)> Find(CronArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.File is { } file)
        {
            return (new Place(HostPath.Normal(file.StartsWith('/') ? file : $"/etc/cron.d/{file}"), null), null);
        }
        var account = arguments.User is { } user && user != context.As.Name ? (await context.View.Ask(new AccountLook(user), cancellation)).Account : context.As;
        if (account is null)
        {
            return (null, new Impossible($"there is no user {arguments.User}") { Remedy = "make the user in an earlier task, or correct user", MayBeMade = true });
        }
        if (!context.As.IsRoot)
        {
            return (null, new Impossible($"only root reads and writes the tables of cron, and the task runs as {context.As.Name}") { Remedy = $"become: yes, with user: {account.Name}" });
        }
        foreach (var directory in (string[])[$"{Tables}/crontabs", Tables])
        {
            if ((await context.View.Ask(new StatLook(directory, FollowLinks: true), cancellation)).Kind == PathKind.Directory)
            {
                return (new Place($"{directory}/{account.Name}", account), null);
            }
        }
        return (null, new Impossible($"{Tables} is not there: cron is not installed") { Remedy = "install it in an earlier task (package cronie)", MayBeMade = true });
    }

    /// <summary>Null: there is nothing to stand beside.</summary>
    private static CronTable? Edit(CronArguments arguments, string name, CronTable table) => arguments switch
    {
        { IsVariable: true, Present: true } => table.WithVariable(name, arguments.Job!, arguments.InsertAfter, arguments.InsertBefore),
        { IsVariable: true } => table.WithoutVariable(name),
        { Present: true } => table.WithJob(name, Line(arguments)),
        _ => table.WithoutJob(name),
    };

    private static bool Has(CronTable table, CronArguments arguments) => (arguments.IsVariable ? table.Variables : table.Jobs).Contains(arguments.Name);

    private static string Line(CronArguments arguments) =>
        $"{(arguments.Disabled ? "#" : "")}{(arguments.Special is { } special ? $"@{special}" : arguments.Times)} {(arguments.File is null ? "" : $"{arguments.User} ")}{arguments.Job}";

    /// <param name="Owner">Of a user's own table.</param>
    private sealed record Place(string Path, Account? Owner)
    {
        // As crontab(1) makes a table. What root wrote into /etc/cron.d keeps its mode.
        internal PathAttributes Attributes(PathAnswer present) => Owner is { } owner
            ? new PathAttributes { Mode = TableMode, Uid = owner.Uid, Gid = owner.Gid }
            : present.Exists ? PathAttributes.Unchanged : new PathAttributes { Mode = FileMode };
    }
}
