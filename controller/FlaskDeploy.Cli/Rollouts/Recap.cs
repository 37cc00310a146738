using FlaskDeploy.Cli.Display;

namespace FlaskDeploy.Cli.Rollouts;

/// <summary>The end of a push: PLAY RECAP, then what a person should know besides.</summary>
internal static class Recap
{
    public static IEnumerable<string> Render(RolloutState state, Style style)
    {
        yield return "";
        yield return TextRenderer.Heading("PLAY RECAP");
        foreach (var host in state.InOrder)
        {
            yield return Line(host, style);
        }
        List<string> notes = [.. state.InOrder.SelectMany(host => Notes(host, style))];
        if (notes.Count > 0)
        {
            yield return "";
        }
        foreach (var note in notes)
        {
            yield return note;
        }
    }

    /// <summary>For the progress line while many hosts are at work.</summary>
    public static string Progress(RolloutState state)
    {
        var hosts = state.Hosts.Values.ToList();
        var parts = new (string Word, int Count)[]
        {
            ("running", hosts.Count(host => !host.IsEnd && host.Phase == HostPhase.Accepted)),
            ("waiting", hosts.Count(host => !host.IsEnd && host.Phase != HostPhase.Accepted)),
            ("changed", hosts.Count(host => host is { IsEnd: true, Outcome: HostOutcome.Changed })),
            ("failed", hosts.Count(host => host is { IsEnd: true, Outcome: HostOutcome.Failed or HostOutcome.Refused or HostOutcome.Interrupted })),
        };
        return $"{hosts.Count(host => host.IsEnd)} of {hosts.Count} hosts done"
            + string.Concat(parts.Where(part => part.Count > 0).Select(part => $", {part.Count} {part.Word}"));
    }

    private static string Line(HostState host, Style style)
    {
        var counts = host.Recap;
        var tone = counts switch
        {
            { Failed: > 0 } or { Unreachable: > 0 } => Tone.Failed,
            { Changed: > 0 } => Tone.Changed,
            _ => Tone.Ok,
        };
        var name = Safe.Line(host.Host);
        return style.Paint(tone, name) + new string(' ', Math.Max(0, 26 - name.Length)) + " : "
            + Number("ok", counts.Ok, Tone.Ok) + Number("changed", counts.Changed, Tone.Changed) + Number("unreachable", counts.Unreachable, Tone.Unreachable)
            + Number("failed", counts.Failed, Tone.Failed) + Number("skipped", counts.Skipped, Tone.Skipped) + Number("rescued", counts.Rescued, Tone.Ok)
            + Number("ignored", counts.Ignored, Tone.Skipped).TrimEnd()
            + (counts.Unknown > 0 ? "    " + style.Paint(Tone.Unknown, $"unknown={counts.Unknown}") : "");

        string Number(string word, int count, Tone when)
        {
            var text = $"{word}={count}".PadRight(word.Length + 5);
            return (count > 0 ? style.Paint(when, text) : text) + " ";
        }
    }

    private static IEnumerable<string> Notes(HostState host, Style style)
    {
        var name = Safe.Line(host.Host);
        if (host.End is { Corrected.Length: > 0 } || host.Corrected.Any())
        {
            var corrected = host.Corrected.Any() ? host.Corrected : host.End!.Corrected;
            yield return style.Paint(Tone.Changed, $"{name}: drift corrected: {string.Join(", ", corrected.Select(Safe.Line))}");
        }
        if (host.Outcome == HostOutcome.Drifted)
        {
            yield return style.Paint(Tone.Changed, $"{name}: drift found and left alone, as the policy says: {string.Join(", ", host.Drift.Select(drift => Safe.Line(drift.What)))}");
        }
        foreach (var left in host.LeftOver)
        {
            yield return style.Paint(Tone.Changed, $"{name}: left over from r{left.SinceSequence}: {Safe.Line(left.What)}");
        }
        if (host.Outcome == HostOutcome.Superseded)
        {
            yield return style.Paint(Tone.Unknown, $"{name}: superseded{(host.SupersededBy > 0 ? $" by order {host.SupersededBy}" : "")}; what this push asked for was not finished here");
        }
        if (host is { Outcome: HostOutcome.Unreachable, Phase: not HostPhase.NotEnrolled })
        {
            yield return style.Paint(Tone.Unreachable, host.Phase == HostPhase.Waiting
                ? $"{name}: not connected{(host.Detail.Length > 0 ? $" ({Safe.Line(host.Detail)})" : "")}; it will take the revision when it is back"
                : $"{name}: has not reported in time; 'flaskdeploy logs {name}' shows what comes");
        }
    }
}
