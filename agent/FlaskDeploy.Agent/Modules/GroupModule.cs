using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Planned;
using FlaskDeploy.Agent.Modules.Accounts;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>group</c>: a group is there, with its number, or not; through groupadd(8), groupmod(8) and groupdel(8).</summary>
internal sealed class GroupModule : Module<GroupArguments>
{
    protected override async ValueTask<Plan> Plan(GroupArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var name = arguments.Name;
        if (AccountTools.WrongName("group", name) is { } wrong)
        {
            return wrong;
        }
        var answer = await context.View.Ask(new GroupLook(name), cancellation);
        // A look by number finds a group of another name.
        var isThere = answer.Name == name;
        var result = MapValue.From(("name", Value.Of(name)), ("state", Value.Of(arguments.Present ? "present" : "absent")));
        if (!arguments.Present)
        {
            return isThere
                ? AccountTools.ByRoot(new Change($"there is a group {name}", [AccountTools.Tool(["groupdel", .. AccountTools.Option(arguments.Force, "-f"), name])]) { Result = result }, context)
                : new InSync($"there is no group {name}") { Result = result };
        }
        result = result.With("system", Value.Of(arguments.System));
        if (!isThere)
        {
            return AccountTools.ByRoot(new Change($"there is no group {name}", [Add(arguments), AccountTools.Entry("group", name)])
            {
                Result = arguments.Gid is { } given ? result.With("gid", Value.Of(given)) : result,
                Foreseen = [new ForeseenGroup(name, arguments.Gid)],
            }, context);
        }
        if (arguments.Gid is { } gid && gid != answer.Gid)
        {
            var modify = AccountTools.Tool(["groupmod", "-g", Text(gid), .. AccountTools.Option(arguments.NonUnique, "-o"), name]);
            return AccountTools.ByRoot(new Change($"group {name} has the number {answer.Gid}, not {gid}", [modify])
            {
                Result = result.With("gid", Value.Of(gid)),
                Diff = $"-gid {answer.Gid}\n+gid {gid}\n",
            }, context);
        }
        return new InSync($"group {name} has the number {answer.Gid}") { Result = result.With("gid", Value.Of(answer.Gid)) };
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) =>
        AccountTools.Printed(plan, outcomes, fields: 3) is { } entry && long.TryParse(entry[2], NumberStyles.None, CultureInfo.InvariantCulture, out var gid)
            ? plan.Result.With("gid", Value.Of(gid))
            : plan.Result;

    protected override ValueTask<ImmutableArray<Claim>> Claims(GroupArguments arguments, ModuleContext context, CancellationToken cancellation) => new(
    [
        Claim.Of(ClaimKind.Group, arguments.Name, ("exists", arguments.Present ? Claim.Yes : Claim.No), ("gid", arguments is { Present: true, Gid: { } gid } ? Text(gid) : null)),
    ]);

    private static RunTool Add(GroupArguments arguments) => AccountTools.Tool(
    [
        "groupadd",
        .. arguments.Gid is { } gid ? ["-g", Text(gid)] : ImmutableArray<string>.Empty,
        .. AccountTools.Option(arguments.NonUnique, "-o"),
        .. AccountTools.Option(arguments.System, "-r"),
        .. arguments.GidMin is { } min ? ["-K", $"GID_MIN={Text(min)}"] : ImmutableArray<string>.Empty,
        .. arguments.GidMax is { } max ? ["-K", $"GID_MAX={Text(max)}"] : ImmutableArray<string>.Empty,
        arguments.Name,
    ]);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
