using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Cli.Rollouts;

internal sealed record RolloutHeader(string Deployment, OrderMode Mode, long Sequence, long Order, string Rollout, bool IsNewRevision);

/// <summary>A finished push as one JSON document. Names stay; what is new is added.</summary>
internal static class RolloutJson
{
    public static string Print(RolloutState state, RolloutHeader header, int exit)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 200 }))
        {
            json.WriteStartObject();
            json.WriteString("deployment", header.Deployment);
            json.WriteString("mode", Name(header.Mode));
            json.WriteNumber("sequence", header.Sequence);
            json.WriteNumber("order", header.Order);
            json.WriteString("rollout", header.Rollout);
            json.WriteBoolean("new_revision", header.IsNewRevision);
            json.WriteNumber("exit", exit);
            json.WriteStartArray("hosts");
            foreach (var host in state.InOrder)
            {
                Write(json, host);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Safe.Lines(Encoding.UTF8.GetString(stream.ToArray()));
    }

    public static void WriteTask(Utf8JsonWriter json, Happening.TaskFinished task)
    {
        json.WriteString("play", task.Play);
        json.WriteString("task", task.Name);
        json.WriteString("id", task.Task);
        json.WriteString("module", task.Module);
        json.WriteString("status", Name(task.Status));
        json.WriteString("because", task.Because);
        if (task.Item is not null)
        {
            json.WriteString("item", task.Item);
        }
        json.WriteString("location", task.Location);
        json.WriteNumber("micros", task.Micros);
        json.WriteBoolean("corrective", task.Corrective);
        json.WriteBoolean("handler", task.Handler);
        if (task.Diff.Length > 0)
        {
            json.WriteString("diff", task.Diff);
        }
        json.WritePropertyName("result");
        ValueJson.Write(json, task.Result);
    }

    public static void WriteCounts(Utf8JsonWriter json, Counts counts)
    {
        json.WriteStartObject("counts");
        json.WriteNumber("ok", counts.Ok);
        json.WriteNumber("changed", counts.Changed);
        json.WriteNumber("unreachable", counts.Unreachable);
        json.WriteNumber("failed", counts.Failed);
        json.WriteNumber("skipped", counts.Skipped);
        json.WriteNumber("rescued", counts.Rescued);
        json.WriteNumber("ignored", counts.Ignored);
        json.WriteNumber("unknown", counts.Unknown);
        json.WriteEndObject();
    }

    public static void WriteLeftOver(Utf8JsonWriter json, Happening.LeftOver left)
    {
        json.WriteString("what", left.What);
        json.WriteNumber("pid", left.Pid);
        json.WriteNumber("port", left.Port);
        json.WriteNumber("since_sequence", left.SinceSequence);
    }

    /// <summary>The names of JSON: lower case, words joined by an underscore.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static void Write(Utf8JsonWriter json, HostState host)
    {
        json.WriteStartObject();
        json.WriteString("host", host.Host);
        json.WriteString("outcome", Name(host.Outcome));
        json.WriteString("phase", Name(host.Phase));
        json.WriteString("because", host.Refusal?.Reason ?? (host.End?.Because is { Length: > 0 } because ? because : host.Detail));
        WriteCounts(json, host.Recap);
        json.WriteNumber("micros", host.End?.Micros ?? 0);
        json.WriteNumber("cpu_micros", host.End?.CpuMicros ?? 0);
        WriteTexts(json, "corrected", host.Corrected);
        WriteTexts(json, "drift", host.Drift.Select(drift => drift.What));
        if (host.Standing is { } standing)
        {
            json.WritePropertyName("standing");
            JsonSerializer.Serialize(json, standing, Fleet.FleetJson.Default.Standing);
        }
        json.WriteStartArray("left_over");
        foreach (var left in host.LeftOver)
        {
            json.WriteStartObject();
            WriteLeftOver(json, left);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("tasks");
        foreach (var task in host.Tasks)
        {
            json.WriteStartObject();
            WriteTask(json, task);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }
        json.WriteEndArray();
    }
}
