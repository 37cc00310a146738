using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>firewalld</c>: one question to firewall-cmd(1) of what it has, and one of what it keeps. Where it does not run, only
/// what it keeps can be changed, and only where that is asked for.
/// </summary>
internal sealed class FirewalldModule : Module<FirewalldArguments>
{
    private const string Configuration = "/etc/firewalld/firewalld.conf";
    private const int MostBytes = 64 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    protected override async ValueTask<Plan> Plan(FirewalldArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Problem is { } problem)
        {
            return new Impossible(problem);
        }
        if (((string?[])[arguments.Zone, arguments.Part?.Value]).Any(word => word is "" || word?.AsSpan().IndexOfAny('\n', '\0') >= 0))
        {
            return new Impossible("a zone and what is in it are one line each, and not empty");
        }
        var zone = arguments.Zone ?? await DefaultZone(context, cancellation);
        var kept = arguments.Permanent ? await context.View.Ask(new FirewallLook(zone, Kind(arguments), Query(arguments), Permanent: true), cancellation) : null;
        var has = arguments.Immediate ? await context.View.Ask(new FirewallLook(zone, Kind(arguments), Query(arguments), Permanent: false), cancellation) : null;
        if (((FirewallAnswer?[])[kept, has]).OfType<FirewallAnswer>().FirstOrDefault(answer => answer.Problem is not null) is { } failed)
        {
            return new Impossible($"firewalld: {failed.Problem}") { Remedy = "correct the zone or what is to be in it; a package or an earlier task may bring it", MayBeMade = true };
        }
        if (has is { Runs: false })
        {
            return new Impossible("firewall is not currently running, unable to perform immediate actions without a running firewall daemon")
            {
                Remedy = "start firewalld in an earlier task, or permanent=yes with offline=yes",
                MayBeMade = true,
            };
        }
        if (kept is { Runs: false } && !arguments.Offline)
        {
            return new Impossible("firewalld does not run") { Remedy = "start it in an earlier task, or offline=yes", MayBeMade = true };
        }
        var shown = Shown(arguments, zone);
        var steps = ImmutableArray.CreateBuilder<Step>();
        var reasons = new List<string>();
        if (kept is not null && kept.Holds != arguments.IsWanted)
        {
            reasons.Add($"{shown} is {(arguments.IsWanted ? "not " : "")}kept");
            steps.Add(new RunTool([.. kept.Runs ? ["firewall-cmd", "--permanent"] : (string[])["firewall-offline-cmd"], .. Command(arguments, zone)], Deadline));
        }
        // What ends by itself is set again by each push.
        var isTimed = has is not null && arguments is { Timeout: > 0, IsWanted: true };
        if (has is not null && (has.Holds != arguments.IsWanted || isTimed && context.Purpose == Purpose.Push) && !(isTimed && context.Purpose == Purpose.Maintain))
        {
            reasons.Add(has.Holds == arguments.IsWanted ? $"a push opens {shown} anew" : $"{shown} is {(arguments.IsWanted ? "not " : "")}open");
            ImmutableArray<string> timeout = isTimed ? [$"--timeout={arguments.Timeout.ToString(CultureInfo.InvariantCulture)}"] : [];
            steps.Add(new RunTool(["firewall-cmd", .. Command(arguments, zone), .. timeout], Deadline));
        }
        var message = steps.Count == 0 ? "" : $"{(arguments.Permanent ? "Permanent" : "")}{(arguments is { Permanent: true, Immediate: true } ? " and " : "")}{(arguments.Immediate ? "Non-permanent" : "")} operation, Changed {shown} to {(arguments.IsWanted ? arguments.IsAboutZone ? "present" : "enabled" : arguments.IsAboutZone ? "absent" : "disabled")}";
        var result = MapValue.From(("msg", Value.Of(kept is { Runs: false } ? $"{message}{(message.Length > 0 ? ", " : "")}(offline operation: only on-disk configs were altered)" : message)));
        return steps.Count == 0
            ? new InSync($"{shown} is {(arguments.IsWanted ? "" : "not ")}there") { Result = result }
            : RootOnly.Guard(new Change(string.Join(", ", reasons), steps.ToImmutable()) { Result = result, Diff = $"{(arguments.IsWanted ? '+' : '-')}{shown}\n" }, "the firewall", context);
    }

    protected override ValueTask<ImmutableArray<Claim>> Claims(FirewalldArguments arguments, ModuleContext context, CancellationToken cancellation) => new(arguments.Problem is not null ? [] :
    [
        Claim.Of(ClaimKind.Path, $"/etc/firewalld/zones/{arguments.Zone ?? "(default)"}.xml", ($"line {arguments.Part?.Kind ?? "zone"} {(arguments.Part is { Kind: "target" } ? "" : arguments.Part?.Value)}".TrimEnd(), arguments.Part is { Kind: "target", Value: var target } && arguments.IsWanted ? target : arguments.IsWanted ? "present" : "absent")),
    ]);

    private static async ValueTask<string> DefaultZone(ModuleContext context, CancellationToken cancellation) =>
        (await context.View.Ask(new ReadLook(Configuration, MostBytes), cancellation)).Bytes is { } bytes
        && Encoding.UTF8.GetString(bytes).Split('\n').FirstOrDefault(line => line.StartsWith("DefaultZone=", StringComparison.Ordinal)) is { } line
            ? line["DefaultZone=".Length..].Trim()
            : "public";

    private static FirewallQuestion Kind(FirewalldArguments arguments) => arguments.Part switch
    {
        null => FirewallQuestion.Zone,
        { Kind: "target" } => FirewallQuestion.Target,
        _ => FirewallQuestion.Part,
    };

    private static string Query(FirewalldArguments arguments) => arguments.Part switch
    {
        null => arguments.Zone!,
        { Kind: "target", Value: var target } => target!,
        { Kind: var kind, Value: null } => kind,
        { Kind: var kind, Value: var value } => $"{kind}={value}",
    };

    // A target that is not wanted is the default one.
    private static ImmutableArray<string> Command(FirewalldArguments arguments, string zone) => arguments.Part switch
    {
        null => [$"--{(arguments.IsWanted ? "new" : "delete")}-zone={zone}"],
        { Kind: "target", Value: var target } => [$"--zone={zone}", $"--set-target={(arguments.IsWanted ? target : "default")}"],
        // An interface belongs to one zone: it is taken from the one that has it.
        { Kind: "interface" or "source", Value: var value } when arguments.IsWanted => [$"--zone={zone}", $"--change-{arguments.Part.Kind}={value}"],
        _ => [$"--zone={zone}", $"--{(arguments.IsWanted ? "add" : "remove")}-{Query(arguments)}"],
    };

    private static string Shown(FirewalldArguments arguments, string zone) => arguments.Part is null
        ? $"zone {zone}"
        : $"{arguments.Part.Kind} {arguments.Part.Value}".TrimEnd() + $" of zone {zone}";
}
