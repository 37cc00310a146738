using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>timezone</c>: what /etc/localtime is a link to and /etc/adjtime says, see localtime(5) and hwclock(8); set through timedatectl where systemd runs.</summary>
internal sealed class TimezoneModule : Module<TimezoneArguments>
{
    private const string Link = "/etc/localtime";
    private const string Zones = "/usr/share/zoneinfo";
    private const string Adjustments = "/etc/adjtime";
    private const int MostBytes = 64 * 1024;
    // Where the name of the zone is kept beside the link.
    private static readonly ImmutableArray<(string Path, string Before, string After)> Named = [("/etc/sysconfig/clock", "ZONE=\"", "\""), ("/etc/timezone", "", "")];
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    protected override async ValueTask<Plan> Plan(TimezoneArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Name is { } asked && (!IsName(asked) || (await context.View.Ask(new StatLook($"{Zones}/{asked}", FollowLinks: true), cancellation)).Kind != PathKind.File))
        {
            return new Impossible($"given timezone \"{asked}\" is not available") { Remedy = "correct its name, or install tzdata in an earlier task", MayBeMade = IsName(asked) };
        }
        var control = (await context.View.Ask(new StatLook("/run/systemd/system", FollowLinks: true), cancellation)).Kind == PathKind.Directory
            ? (await context.View.Ask(new ProgramLook(["timedatectl"]), cancellation)).Paths.FirstOrDefault()
            : null;
        var steps = ImmutableArray.CreateBuilder<Step>();
        var reasons = new List<string>();
        var diff = new StringBuilder();
        if (arguments.Name is { } name && await Zone(context, cancellation) is var zone && zone != name)
        {
            reasons.Add($"the machine's time zone is {zone}");
            diff.Append($"-name = {zone}\n+name = {name}\n");
            steps.AddRange(control is null ? await ByFiles(name, context, cancellation) : [new RunTool([control, "set-timezone", name], Deadline) { Changes = [Link] }]);
        }
        if (arguments.IsClockLocal is { } local && await IsLocal(context, cancellation) is var isLocal && isLocal != local)
        {
            reasons.Add($"the hardware's clock has {Word(isLocal)}");
            diff.Append($"-hwclock = {Word(isLocal)}\n+hwclock = {Word(local)}\n");
            steps.Add(new RunTool(control is null ? ["hwclock", "--systohc", local ? "--localtime" : "--utc"] : [control, "set-local-rtc", local ? "yes" : "no"], Deadline) { Changes = [Adjustments] });
        }
        var result = MapValue.From(("msg", Value.Of(string.Join('\n', steps.OfType<RunTool>().Select(tool => $"executed `{string.Join(' ', tool.Arguments)}`")))));
        return steps.Count == 0
            ? new InSync(string.Join(" and ", ((string?[])[arguments.Name is null ? null : $"the machine's time zone is {arguments.Name}", arguments.IsClockLocal is { } clock ? $"the hardware's clock has {Word(clock)}" : null]).OfType<string>())) { Result = result }
            : RootOnly.Guard(new Change(string.Join(" and ", reasons), steps.ToImmutable()) { Result = result, Diff = diff.ToString() }, "the time zone", context);
    }

    protected override ValueTask<ImmutableArray<Claim>> Claims(TimezoneArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var claims = ImmutableArray.CreateBuilder<Claim>();
        if (arguments.Name is { } name)
        {
            claims.Add(Claim.Of(ClaimKind.Path, Link, ("exists", Claim.Yes), ("target", name)));
        }
        if (arguments.IsClockLocal is { } local)
        {
            claims.Add(Claim.Of(ClaimKind.Path, Adjustments, ("clock", Word(local))));
        }
        return new(claims.ToImmutable());
    }

    private static bool IsName(string name) => name.Length > 0 && name[0] is not ('/' or '-' or '.') && !name.Contains("..", StringComparison.Ordinal) && !name.Any(char.IsControl);

    // Without a link it is UTC, see localtime(5); what is no link into the zones has no name.
    private static async ValueTask<string> Zone(ModuleContext context, CancellationToken cancellation)
    {
        var link = await context.View.Ask(new StatLook(Link, FollowLinks: false), cancellation);
        return link.Kind == PathKind.Absent ? "UTC" : link.Target is { } target && target.IndexOf("/zoneinfo/", StringComparison.Ordinal) is >= 0 and var at ? target[(at + "/zoneinfo/".Length)..] : "n/a";
    }

    private static async ValueTask<bool> IsLocal(ModuleContext context, CancellationToken cancellation) =>
        (await context.View.Ask(new ReadLook(Adjustments, MostBytes), cancellation)).Bytes is { } bytes && Encoding.UTF8.GetString(bytes).Split('\n').Any(line => line.Trim() == "LOCAL");

    private static async ValueTask<IEnumerable<Step>> ByFiles(string name, ModuleContext context, CancellationToken cancellation)
    {
        var steps = new List<Step>();
        foreach (var (path, before, after) in Named)
        {
            if ((await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes is { } bytes)
            {
                var others = before.Length == 0 ? [] : Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("ZONE", StringComparison.Ordinal));
                steps.Add(new WriteFile(path, FileContent.Of(Encoding.UTF8.GetBytes(string.Concat(others.Prepend($"{before}{name}{after}").Select(line => line + "\n")))), PathAttributes.Unchanged));
            }
        }
        steps.Add(new MakeLink(Link, $"..{Zones}/{name}", Hard: false, Force: true));
        return steps;
    }

    private static string Word(bool isLocal) => isLocal ? "local" : "UTC";
}
