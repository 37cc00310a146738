using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;

namespace FlaskDeploy.Cli.Fleet;

/// <summary>The fleet as tables. Pure: the same fleet at the same time gives the same lines.</summary>
internal static class FleetText
{
    private const string Nobody = "no host has enrolled yet: 'flaskdeploy token create' begins it";

    public static IEnumerable<string> Status(FleetStatus fleet, DateTimeOffset now, Style style)
    {
        if (fleet.Hosts.IsEmpty)
        {
            return [Nobody];
        }
        var table = new Table("DEPLOYMENT", "HOST", "STATE", "REVISION", "LAST RUN", "SINCE", "CONNECTED");
        List<string> notes = [];
        foreach (var (host, on) in fleet.Hosts.SelectMany(host => host.Deployments.Select(on => (host, on))).OrderBy(pair => pair.on.Deployment, StringComparer.Ordinal).ThenBy(pair => pair.host.Host, StringComparer.Ordinal))
        {
            table.Add(
                on.Deployment,
                host.Host,
                new(on.Standing?.Paused is null ? Words(on.Condition) : $"{Words(on.Condition)}, paused", ToneOf(on.Condition)),
                Revision(on),
                on.LastRun is { } run ? $"{run.Summary}, {Spans.Ago(run.StartedUnixMillis, now)}" : "never",
                on.LastChange is { } change ? Spans.Ago(change.StartedUnixMillis, now) : "",
                host.Connected ? "yes" : new Cell($"no, last seen {Spans.Ago(host.LastSeenUnixMillis, now)}", Tone.Unreachable));
            notes.AddRange(Notes(host, on, style));
        }
        var idle = fleet.Hosts.Where(host => host.Deployments.IsEmpty).Select(host => Safe.Line(host.Host)).ToList();
        if (idle.Count > 0)
        {
            notes.Add($"enrolled, with nothing deployed yet: {string.Join(", ", idle)}");
        }
        return [Summary(fleet), "", .. table.Print(style), .. notes.Count > 0 ? [""] : ImmutableArray<string>.Empty, .. notes];
    }

    public static IEnumerable<string> Hosts(ImmutableArray<FleetHost> hosts, DateTimeOffset now, Style style)
    {
        if (hosts.IsEmpty)
        {
            return [Nobody];
        }
        var table = new Table("HOST", "CONNECTED", "AGENT", "OS", "ADDRESSES", "DEPLOYMENTS", "CERTIFICATE");
        foreach (var host in hosts)
        {
            table.Add(
                host.Host,
                host.Connected ? new Cell("yes", Tone.Ok) : new Cell($"no, last seen {Spans.Ago(host.LastSeenUnixMillis, now)}", Tone.Unreachable),
                host.AgentVersion,
                host.Os,
                string.Join(", ", host.Addresses),
                string.Join(", ", host.Deployments.Select(on => $"{on.Deployment} {Revision(on)}")),
                host.CertificateExpiresUnixMillis == 0 ? "" : $"{Spans.Short(DateTimeOffset.FromUnixTimeMilliseconds(host.CertificateExpiresUnixMillis) - now)} left");
        }
        return table.Print(style);
    }

    public static IEnumerable<string> Host(FleetHost host, DateTimeOffset now, Style style)
    {
        yield return Safe.Line($"{host.Host}: {(host.Connected ? "connected" : $"not connected, last seen {Spans.Ago(host.LastSeenUnixMillis, now)}")}");
        yield return Safe.Line($"  agent {host.AgentVersion} on {host.Os}, addresses {string.Join(", ", host.Addresses)}");
        yield return $"  enrolled {Spans.Ago(host.EnrolledUnixMillis, now)}, its clock is {Math.Abs(host.ClockSkewMillis)} ms {(host.ClockSkewMillis < 0 ? "behind" : "ahead")}";
        foreach (var on in host.Deployments)
        {
            yield return $"  {Safe.Line(on.Deployment)} {Revision(on)}: {style.Paint(ToneOf(on.Condition), Words(on.Condition))}"
                + (on.LastRun is { } run ? Safe.Line($", last run {run.Run} ({run.Summary}{(run.Because.Length > 0 ? $": {run.Because}" : "")}) {Spans.Ago(run.StartedUnixMillis, now)}") : "");
            foreach (var note in Notes(host, on, style))
            {
                yield return $"    {note}";
            }
        }
    }

    public static IEnumerable<string> Runs(ImmutableArray<FleetRun> runs, DateTimeOffset now, Style style)
    {
        if (runs.IsEmpty)
        {
            return ["no runs"];
        }
        var table = new Table("RUN", "HOST", "DEPLOYMENT", "REVISION", "CAUSE", "RESULT", "OK", "CHANGED", "CORRECTED", "FAILED", "TOOK", "STARTED", "BECAUSE");
        foreach (var run in runs)
        {
            table.Add(
                run.Run,
                run.Host,
                run.Deployment,
                run.Revision,
                run.Cause,
                new(run.Summary, ToneOf(run)),
                Number(run.Counts.Ok),
                Number(run.Kind == RunKind.Check ? run.Counts.Changed : run.Intentions),
                Number(run.Corrections),
                Number(run.Counts.Failed),
                run.Finished ? Spans.Short(TimeSpan.FromMicroseconds(run.Micros)) : "",
                Spans.Ago(run.StartedUnixMillis, now),
                run.Because.Length > 0 ? run.Because.Split('\n')[0] : string.Join(", ", run.Corrected));
        }
        return table.Print(style);
    }

    public static IEnumerable<string> Deployment(FleetDeployment deployment, DateTimeOffset now) =>
    [
        Safe.Line($"{deployment.Deployment} r{deployment.Head}{(deployment.Retired ? ", retired" : "")}: pushed {Spans.Ago(deployment.PushedUnixMillis, now)} from {deployment.Origin} to {deployment.Hosts} host{(deployment.Hosts == 1 ? "" : "s")}"),
    ];

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Summary(FleetStatus fleet)
    {
        var conditions = fleet.Hosts.SelectMany(host => host.Deployments).GroupBy(on => on.Condition).OrderByDescending(group => group.Key).Select(group => $"{group.Count()} {Words(group.Key)}");
        return string.Join("; ", [$"{fleet.Hosts.Length} host{(fleet.Hosts.Length == 1 ? "" : "s")}, {fleet.Hosts.Count(host => host.Connected)} connected", .. conditions]);
    }

    private static string Revision(HostDeployment on) => on.Complete == on.Assigned ? $"r{on.Assigned}" : on.Complete == 0 ? $"r{on.Assigned} (none applied)" : $"r{on.Assigned} (applied r{on.Complete})";

    private static IEnumerable<string> Notes(FleetHost host, HostDeployment on, Style style)
    {
        var name = Safe.Line(host.Host);
        if (on.Condition is Condition.Failed or Condition.Refused or Condition.Drifted or Condition.Interrupted && on.LastRun is { Because.Length: > 0 } run)
        {
            yield return style.Paint(ToneOf(on.Condition), $"{name}: {Safe.Line(on.Deployment)}: {Safe.Lines(run.Because)}");
        }
        foreach (var line in on.Standing?.Lines() ?? [])
        {
            yield return style.Paint(Tone.Skipped, $"{name}: {Safe.Line(on.Deployment)}: {Safe.Line(line)}");
        }
        foreach (var left in on.LeftOver)
        {
            yield return style.Paint(Tone.Changed, $"{name}: {Safe.Line(on.Deployment)}: left over from r{left.SinceSequence}: {Safe.Line(left.What)}");
        }
    }

    private static string Words(Condition condition) => RolloutJson.Name(condition).Replace('_', ' ');

    private static Tone ToneOf(Condition condition) => condition switch
    {
        Condition.InSync => Tone.Ok,
        Condition.Failed or Condition.Refused => Tone.Failed,
        Condition.Drifted => Tone.Changed,
        Condition.Interrupted => Tone.Unknown,
        _ => Tone.Skipped,
    };

    private static Tone ToneOf(FleetRun run) => run switch
    {
        { Refused: true } or { Finished: true, Result: RunResult.Failed } => Tone.Failed,
        { Finished: false } => Tone.Skipped,
        { Result: RunResult.Unchanged } => Tone.Ok,
        { Result: RunResult.Interrupted } => Tone.Unknown,
        _ => Tone.Changed,
    };
}
