using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;

namespace FlaskDeploy.Cli.Fleet;

/// <summary>One event on one line, for people or as JSON.</summary>
internal static class EventText
{
    public static string Line(HostEvent e, Style style)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(e.UnixMillis, 0, 253402300799999)).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        var of = e.Deployment.Length > 0 ? $" {Safe.Line(e.Deployment)} {(e.Sequence == 0 ? "check" : $"r{e.Sequence}")}" : "";
        var (tone, text) = Tell(e.What);
        return $"{style.Paint(Tone.Faint, at + of)} {style.Paint(tone, Safe.Line(text))}";
    }

    public static string Json(HostEvent e)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 200 }))
        {
            json.WriteStartObject();
            json.WriteNumber("number", e.Number);
            json.WriteNumber("unix_millis", e.UnixMillis);
            json.WriteString("host", e.Host);
            json.WriteString("deployment", e.Deployment);
            json.WriteNumber("sequence", e.Sequence);
            json.WriteString("run", e.Run);
            json.WriteNumber("order", e.Order);
            Write(json, e.What);
            json.WriteEndObject();
        }
        return Safe.Line(Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static (Tone Tone, string Text) Tell(Happening what) => what switch
    {
        Happening.RunStarted started => (Tone.Plain, $"run started: {RolloutJson.Name(started.Kind)} of {started.Tasks} tasks, because of {started.Cause}"),
        Happening.TaskStarted task => (Tone.Faint, $"  {task.Name}"),
        Happening.TaskFinished task => (ToneOf(task.Status), $"  {RolloutJson.Name(task.Status)}: {task.Name}{(task.Item is null ? "" : $" (item={task.Item})")}{(task is { Corrective: true, Status: TaskOutcome.Changed } ? " (drift corrected)" : "")}{(task.Because.Length > 0 ? $" => {task.Because}" : "")}"),
        Happening.RunFinished end => (ToneOf(end.Result), $"run finished: {RolloutJson.Name(end.Result)}{(end.Because.Length > 0 ? $", {end.Because}" : "")}, {end.Counts.Ok} ok, {end.Counts.Changed} changed, {end.Counts.Failed} failed, {Spans.Short(TimeSpan.FromMicroseconds(end.Micros))}"),
        Happening.RunRefused refusal => (Tone.Failed, $"refused: {refusal.Reason}{(refusal.Remedy.Length > 0 ? $"; {refusal.Remedy}" : "")}"),
        Happening.DriftFound drift => (Tone.Changed, $"drift: {drift.What} ({drift.Name}){(drift.Noticed.Length > 0 ? $", noticed by {drift.Noticed}" : "")}"),
        Happening.StandingTold told => (Tone.Skipped, told.Standing.Lines().ToList() is { Count: > 0 } lines ? string.Join("; ", lines) : "drift is corrected"),
        Happening.LeftOver left => (Tone.Changed, $"left over from r{left.SinceSequence}: {left.What}"),
        Happening.AgentStarted started => (Tone.Plain, $"agent {started.Version} started{(started.InterruptedRun.Length > 0 ? $"; run {started.InterruptedRun} was interrupted" : "")}"),
        Happening.Superseded superseded => (Tone.Unknown, $"superseded by order {superseded.ByOrder}"),
        _ => (Tone.Faint, "an event of a kind that this version does not know"),
    };

    private static Tone ToneOf(TaskOutcome status) => status switch
    {
        TaskOutcome.Ok => Tone.Ok,
        TaskOutcome.Changed => Tone.Changed,
        TaskOutcome.Failed or TaskOutcome.Ignored => Tone.Failed,
        TaskOutcome.Unknown => Tone.Unknown,
        _ => Tone.Skipped,
    };

    private static Tone ToneOf(RunResult result) => result switch
    {
        RunResult.Unchanged => Tone.Ok,
        RunResult.Failed => Tone.Failed,
        RunResult.Interrupted => Tone.Unknown,
        _ => Tone.Changed,
    };

    private static void Write(Utf8JsonWriter json, Happening what)
    {
        switch (what)
        {
            case Happening.RunStarted started:
                json.WriteString("event", "run_started");
                json.WriteString("kind", RolloutJson.Name(started.Kind));
                json.WriteNumber("tasks", started.Tasks);
                json.WriteString("cause", started.Cause);
                break;
            case Happening.TaskStarted task:
                json.WriteString("event", "task_started");
                json.WriteString("play", task.Play);
                json.WriteString("task", task.Name);
                json.WriteString("id", task.Task);
                break;
            case Happening.TaskFinished task:
                json.WriteString("event", "task_finished");
                RolloutJson.WriteTask(json, task);
                break;
            case Happening.RunFinished end:
                json.WriteString("event", "run_finished");
                json.WriteString("result", RolloutJson.Name(end.Result));
                json.WriteString("because", end.Because);
                json.WriteNumber("micros", end.Micros);
                RolloutJson.WriteCounts(json, end.Counts);
                break;
            case Happening.RunRefused refusal:
                json.WriteString("event", "run_refused");
                json.WriteString("reason", refusal.Reason);
                json.WriteString("remedy", refusal.Remedy);
                break;
            case Happening.DriftFound drift:
                json.WriteString("event", "drift_found");
                json.WriteString("task", drift.Name);
                json.WriteString("what", drift.What);
                json.WriteString("noticed", drift.Noticed);
                break;
            case Happening.StandingTold told:
                json.WriteString("event", "standing");
                json.WritePropertyName("standing");
                JsonSerializer.Serialize(json, told.Standing, FleetJson.Default.Standing);
                break;
            case Happening.LeftOver left:
                json.WriteString("event", "left_over");
                RolloutJson.WriteLeftOver(json, left);
                break;
            case Happening.AgentStarted started:
                json.WriteString("event", "agent_started");
                json.WriteString("version", started.Version);
                json.WriteString("interrupted_run", started.InterruptedRun);
                break;
            case Happening.Superseded superseded:
                json.WriteString("event", "superseded");
                json.WriteNumber("by_order", superseded.ByOrder);
                break;
            default:
                json.WriteString("event", "other");
                break;
        }
    }
}
