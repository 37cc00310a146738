using FlaskDeploy.Cli.Display;

namespace FlaskDeploy.Cli.Fleet;

/// <summary>An explanation for people. Pure.</summary>
internal static class ExplanationText
{
    private const int LongestFingerprint = 100;

    /// <param name="all">The evidence of every task, not only of those that moved.</param>
    public static IEnumerable<string> Lines(HostExplanation host, DateTimeOffset now, Style style, bool all)
    {
        if (host.Deployments.IsEmpty)
        {
            yield return Safe.Line($"{host.Host}: nothing is deployed there by that name");
        }
        foreach (var (at, deployment) in host.Deployments.Index())
        {
            if (at > 0)
            {
                yield return "";
            }
            foreach (var line in Lines(host.Host, deployment, now, style, all))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<string> Lines(string host, ExplainedDeployment on, DateTimeOffset now, Style style, bool all)
    {
        var revision = on.Complete == on.Sequence || on.Complete == 0 ? $"r{on.Sequence}" : $"r{on.Sequence} (applied r{on.Complete})";
        var baseline = on.BaselineUnixMillis == 0 ? "no baseline" : $"baseline taken {Spans.Ago(on.BaselineUnixMillis, now)}";
        yield return Safe.Line($"{host}: {on.Deployment} {revision}, {baseline}{(on.LastCheckUnixMillis == 0 ? "" : $", last run {Spans.Ago(on.LastCheckUnixMillis, now)}: {on.LastResult.ToLowerInvariant()}")}");
        if (on.Problem.Length > 0)
        {
            yield return style.Paint(Tone.Failed, Safe.Line($"  {on.Problem}"));
        }
        foreach (var note in on.Notes)
        {
            yield return Safe.Line($"  {note}");
        }
        foreach (var task in on.Tasks)
        {
            yield return "";
            yield return $"{style.Paint(ToneOf(task.State), Words(task.State))}  {Safe.Line(task.Name)}{(task.Location.Length == 0 ? "" : style.Paint(Tone.Faint, Safe.Line($"  {task.Location}")))}";
            if (task.Because.Length > 0)
            {
                yield return Safe.Line($"  {task.Because}");
            }
            foreach (var evidence in task.Evidence.Where(evidence => all || evidence.HasMoved))
            {
                yield return evidence switch
                {
                    { Problem.Length: > 0 } => style.Paint(Tone.Unknown, Safe.Line($"    {evidence.Subject} (as {evidence.As}): cannot be looked at: {evidence.Problem}")),
                    { HasMoved: true } => style.Paint(Tone.Changed, Safe.Line($"    {evidence.Subject} (as {evidence.As}): {Short(evidence.Baseline)} -> {Short(evidence.Now)}")),
                    _ => Safe.Line($"    {evidence.Subject} (as {evidence.As}): {Short(evidence.Baseline)}"),
                };
            }
        }
        foreach (var left in on.LeftOver)
        {
            yield return style.Paint(Tone.Changed, Safe.Line($"left over: {left}"));
        }
        if (on.Noticed.Length > 0)
        {
            yield return "";
            yield return "noticed:";
        }
        foreach (var noticed in on.Noticed)
        {
            yield return Safe.Line($"  {Spans.Ago(noticed.UnixMillis, now)}  {noticed.Subject}{(noticed.What.Length == 0 ? "" : $": {noticed.What}")}, by {noticed.How}{(noticed.Who.Length == 0 ? "" : $"; {noticed.Who}")}");
        }
    }

    private static string Words(TaskState state) => state switch
    {
        TaskState.InSync => "in sync",
        TaskState.Moved => "MOVED",
        TaskState.Command => "command",
        TaskState.Skipped => "skipped",
        TaskState.Failing => "FAILING",
        TaskState.Odd => "odd",
        _ => "unknown",
    };

    private static Tone ToneOf(TaskState state) => state switch
    {
        TaskState.InSync => Tone.Ok,
        TaskState.Moved => Tone.Changed,
        TaskState.Failing => Tone.Failed,
        TaskState.Unknown or TaskState.Odd => Tone.Unknown,
        _ => Tone.Skipped,
    };

    private static string Short(string fingerprint) => fingerprint.Length <= LongestFingerprint ? fingerprint : $"{fingerprint.AsSpan(0, LongestFingerprint)}…";
}
