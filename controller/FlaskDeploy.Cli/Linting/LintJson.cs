using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FlaskDeploy.Compiler.Linting;

namespace FlaskDeploy.Cli.Linting;

/// <summary>
/// <c>{"files": 3, "errors": 1, "warnings": 0, "info": 0, "left_out": 0, "findings": [{"file", "line", "column", "code", "rule", "severity",
/// "summary", "remedy", "detail"}]}</c>. Lines and columns count from 1, 0 is unknown; left_out counts what ansible-lint's configuration silenced; rule is null where the compiler says
/// it; remedy and detail may be null. Names stay; what is new is added.
/// </summary>
internal static class LintJson
{
    internal static JsonWriterOptions Options { get; } = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Print(LintResult result)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("files", result.Files);
            json.WriteNumber("errors", result.Count(LintSeverity.Error));
            json.WriteNumber("warnings", result.Count(LintSeverity.Warning));
            json.WriteNumber("info", result.Count(LintSeverity.Info));
            json.WriteNumber("left_out", result.LeftOut);
            json.WriteStartArray("findings");
            foreach (var finding in result.Findings)
            {
                json.WriteStartObject();
                json.WriteString("file", finding.Span.File);
                json.WriteNumber("line", finding.Span.Line);
                json.WriteNumber("column", finding.Span.Column);
                json.WriteString("code", finding.Code);
                json.WriteString("rule", finding.Rule?.Name);
                json.WriteString("severity", LintText.Word(finding.Severity));
                json.WriteString("summary", finding.Summary);
                json.WriteString("remedy", finding.Remedy);
                json.WriteString("detail", finding.Detail);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
