using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Accounts;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>user</c>: a user is there, as it should be, or not; through useradd(8), usermod(8), userdel(8), chpasswd(8) and chage(1).</summary>
internal sealed class UserModule : Module<UserArguments>
{
    // Year 9999, the last that a date is written for.
    private const double LastSecond = 253_402_300_799;

    protected override async ValueTask<Plan> Plan(UserArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (Wrong(arguments) is { } wrong)
        {
            return wrong;
        }
        var present = await PresentUser.Find(arguments.Name, context, cancellation);
        var result = MapValue.From(("name", Value.Of(arguments.Name)), ("state", Value.Of(arguments.Present ? "present" : "absent")));
        if (!arguments.Present)
        {
            result = result.Merge(MapValue.From(("force", Value.Of(arguments.Force)), ("remove", Value.Of(arguments.Remove))));
            return present switch
            {
                null => new InSync($"there is no user {arguments.Name}") { Result = result },
                { IsForeign: true } => new Impossible($"user {arguments.Name} is not in /etc/passwd but comes from a directory service") { Remedy = "remove the user where it comes from" },
                { Uid: 0 } => new Impossible($"user {arguments.Name} is root, who is never removed"),
                _ => AccountTools.ByRoot(
                    new Change($"there is a user {arguments.Name}", [AccountTools.Tool(["userdel", .. AccountTools.Option(arguments.Force, "-f"), .. AccountTools.Option(arguments.Remove, "-r"), arguments.Name])]) { Result = result },
                    context),
            };
        }
        result = result.With("system", Value.Of(arguments.System)).With("create_home", Value.Of(arguments.CreateHome));
        if (arguments.Groups is { } groups)
        {
            result = result.With("groups", Value.Of(string.Join(',', groups)));
        }
        if (arguments.Password is not null)
        {
            result = result.With("password", Value.Of("NOT_LOGGING_PASSWORD"));
        }
        var planner = new UserPlanner(arguments, result, context);
        var plan = present is null ? await planner.Make(cancellation) : await planner.Correct(present, cancellation);
        return arguments.Key is { } key ? await new UserKeyPlanner(arguments.Name, key, context).With(plan, arguments.Home ?? present?.Home ?? $"/home/{arguments.Name}", cancellation) : plan;
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => UserKeyPlanner.Result(plan, outcomes, Account(plan, outcomes));

    private static MapValue Account(Plan plan, IReadOnlyList<StepOutcome> outcomes) =>
        AccountTools.Printed(plan, outcomes, fields: 7) is { } entry
        && long.TryParse(entry[2], NumberStyles.None, CultureInfo.InvariantCulture, out var uid) && long.TryParse(entry[3], NumberStyles.None, CultureInfo.InvariantCulture, out var gid)
            ? plan.Result.Merge(MapValue.From(
                ("uid", Value.Of(uid)), ("group", Value.Of(gid)), ("comment", Value.Of(entry[4])), ("home", Value.Of(entry[5])), ("shell", Value.Of(entry[6]))))
            : plan.Result;

    protected override ValueTask<ImmutableArray<Claim>> Claims(UserArguments arguments, ModuleContext context, CancellationToken cancellation) => new(
    [
        arguments.Present
            ? Claim.Of(
                ClaimKind.User,
                arguments.Name,
                ("exists", Claim.Yes),
                ("uid", arguments.Uid?.ToString(CultureInfo.InvariantCulture)),
                ("group", arguments.Group),
                // Groups that are added decide about no other one.
                ("groups", arguments is { Append: false, Groups: { } groups } ? string.Join(',', groups) : null),
                ("comment", arguments.Comment),
                ("home", arguments.Home),
                ("shell", arguments.Shell),
                ("password", arguments is { UpdatesPassword: true, Password: { } hash } ? Digest.Of(Encoding.UTF8.GetBytes(hash)).ToString()[..12] : null))
            : Claim.Of(ClaimKind.User, arguments.Name, ("exists", Claim.No)),
    ]);

    private static Impossible? Wrong(UserArguments arguments)
    {
        if (AccountTools.WrongName("user", arguments.Name) is { } wrong)
        {
            return wrong;
        }
        if (arguments.Key is { HasPassphrase: true })
        {
            return new Impossible("ssh_key_passphrase is not supported: ssh-keygen takes it as an argument, which every user of the host can read") { Remedy = "leave it out, or set it by hand with ssh-keygen -p" };
        }
        if (((string?[])[arguments.Comment, arguments.Home, arguments.Shell, arguments.Password]).Any(text => text?.AsSpan().IndexOfAny(':', '\n') >= 0))
        {
            return new Impossible("comment, home, shell and password hold no : and no end of a line");
        }
        if (arguments.Home is { } home && !home.StartsWith('/'))
        {
            return new Impossible($"the home directory {home} is not absolute") { Remedy = $"home: /home/{arguments.Name}" };
        }
        return arguments.Expires is > LastSecond or double.NaN ? new Impossible("expires is beyond the year 9999: it is in seconds since 1970") : null;
    }
}
