using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Commands;

/// <summary>
/// Units that the manager of every user takes (<c>scope: global</c>): no manager runs them, so that they are enabled and
/// masked and nothing else, by links in /etc/systemd/user.
/// </summary>
internal static class GlobalUnits
{
    private const string Links = "/etc/systemd/user";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    internal static async ValueTask<Plan> Plan(ServiceRequest request, string? unit, ModuleContext context, CancellationToken cancellation)
    {
        if (request.State is not null)
        {
            return new Impossible("units of scope global are not started or stopped: each user has its own manager") { Remedy = "enabled, or scope=user as that user" };
        }
        if (unit is null)
        {
            return new InSync("there is no manager of all users to read unit files again");
        }
        var answer = await context.View.Ask(new ToolLook(["systemctl", "--global", "is-enabled", "--", unit]) { Paths = [Links, $"{Links}/{unit}", $"/usr/lib/systemd/user/{unit}"], Below = [Links] }, cancellation);
        var state = answer.Output.Trim();
        if (state.Length == 0 && request.Masked is not true)
        {
            return new Impossible($"Could not find the requested service {request.Name}: host") { Remedy = "install its package, or write its unit file to /etc/systemd/user, in an earlier task", MayBeMade = true };
        }
        var isMasked = state.StartsWith("masked", StringComparison.Ordinal);
        var isEnabled = state is "enabled" or "static" or "alias" or "indirect" or "generated";
        var verbs = ImmutableArray.CreateBuilder<string>();
        if (request.Masked == false && isMasked)
        {
            verbs.Add("unmask");
        }
        if (request.Enabled is { } enabled && enabled != isEnabled)
        {
            verbs.Add(enabled ? "enable" : "disable");
        }
        if (request.Masked == true && !isMasked)
        {
            verbs.Add("mask");
        }
        var result = MapValue.From(("name", Value.Of(request.Name!)), ("enabled", request.Enabled is { } flag ? Value.Of(flag) : Value.Null));
        var shown = $"{unit} of all users is {(state.Length == 0 ? "not there" : state)}";
        return verbs.Count == 0
            ? new InSync(shown) { Result = result }
            : RootOnly.Guard(
                new Change(shown, [.. verbs.Select(verb => new RunTool(["systemctl", "--global", verb, .. request.Force ? ["--force"] : ImmutableArray<string>.Empty, "--", unit], Deadline))]) { Result = result, Diff = $"-{state}\n+{string.Join(", ", verbs)}\n" },
                "units of all users",
                context);
    }
}
