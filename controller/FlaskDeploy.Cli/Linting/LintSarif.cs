using System.Text;
using System.Text.Json;
using FlaskDeploy.Cli.Commands;
using FlaskDeploy.Compiler.Linting;

namespace FlaskDeploy.Cli.Linting;

/// <summary>SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html</summary>
internal static class LintSarif
{
    public static string Print(LintResult result)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, LintJson.Options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            json.WriteStartObject();
            var codes = WriteTool(json, result);
            WriteInvocation(json, result);
            json.WriteString("columnKind", "utf16CodeUnits");
            json.WriteStartArray("results");
            foreach (var finding in result.Findings)
            {
                Write(json, finding, codes[finding.Code]);
            }
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    // Every code that is used, with its place in the list.
    private static Dictionary<string, int> WriteTool(Utf8JsonWriter json, LintResult result)
    {
        var codes = new Dictionary<string, int>(StringComparer.Ordinal);
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "flaskdeploy lint");
        json.WriteString("version", VersionCommand.OfThisProgram);
        json.WriteStartArray("rules");
        foreach (var finding in result.Findings.DistinctBy(finding => finding.Code))
        {
            codes.Add(finding.Code, codes.Count);
            json.WriteStartObject();
            json.WriteString("id", finding.Code);
            if (finding.Rule is { } rule)
            {
                json.WriteString("name", rule.Name);
                WriteText(json, "shortDescription", rule.Title);
                WriteText(json, "fullDescription", rule.Why);
                WriteText(json, "help", $"Instead of:\n\n{rule.Bad}\nwrite:\n\n{rule.Good}", $"{rule.Why}\n\nInstead of\n\n```yaml\n{rule.Bad}```\n\nwrite\n\n```yaml\n{rule.Good}```\n");
                WriteLevel(json, rule.Severity);
            }
            else
            {
                const string what = "what the compiler refuses, or warns of";
                WriteText(json, "shortDescription", what);
                WriteText(json, "fullDescription", $"A push says the same of it: {what}.");
                WriteText(json, "help", "Each finding says what is wrong and, where it can be known, what to write instead.");
                WriteLevel(json, finding.Severity);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        return codes;
    }

    // What could not be looked at, for those who read nothing but this.
    private static void WriteInvocation(Utf8JsonWriter json, LintResult result)
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteBoolean("executionSuccessful", result.Problems.IsEmpty);
        json.WriteStartArray("toolExecutionNotifications");
        foreach (var problem in result.Problems)
        {
            json.WriteStartObject();
            json.WriteString("level", "error");
            WriteText(json, "message", problem);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteLevel(Utf8JsonWriter json, LintSeverity severity)
    {
        json.WriteStartObject("defaultConfiguration");
        json.WriteString("level", Level(severity));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LintFinding finding, int index)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Code);
        json.WriteNumber("ruleIndex", index);
        json.WriteString("level", Level(finding.Severity));
        WriteText(json, "message", string.Join("; ", ((string?[])[finding.Summary, finding.Remedy, finding.Detail]).OfType<string>()));
        json.WriteStartArray("locations");
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", UriOf(finding.Span.File));
        json.WriteEndObject();
        // A region starts at 1: what has no line has no region.
        if (finding.Span.Line > 0)
        {
            json.WriteStartObject("region");
            json.WriteNumber("startLine", finding.Span.Line);
            if (finding.Span.Column > 0)
            {
                json.WriteNumber("startColumn", finding.Span.Column);
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text, string? markdown = null)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        if (markdown is not null)
        {
            json.WriteString("markdown", markdown);
        }
        json.WriteEndObject();
    }

    private static string Level(LintSeverity severity) => severity switch
    {
        LintSeverity.Error => "error",
        LintSeverity.Warning => "warning",
        _ => "note",
    };

    private static string UriOf(string path) => (path.StartsWith('/') ? "file://" : "") + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
