using System.Text;
using System.Text.Json;
using FlaskDeploy.Fuzz;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;

// Renders templates for a program that compares the results with another implementation's: one case a line on standard
// input, one answer a line on standard output.
using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = false };
while (input.ReadLine() is { } line)
{
    using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 512 });
    var root = document.RootElement;
    if (root.TryGetProperty("command", out var isCommand))
    {
        output.WriteLine(KeyValueCase.Answer(root.GetProperty("text").GetString()!, isCommand.GetBoolean()));
        output.Flush();
        continue;
    }
    var options = TemplateOptions.Default with
    {
        TrimBlocks = root.GetProperty("trim_blocks").GetBoolean(),
        LstripBlocks = root.GetProperty("lstrip_blocks").GetBoolean(),
        RestoresNewlines = false,
        KeepTrailingNewline = root.GetProperty("keep_trailing_newline").GetBoolean(),
        LineStatementPrefix = root.TryGetProperty("line_statement_prefix", out var prefix) ? prefix.GetString() : null,
        LineCommentPrefix = root.TryGetProperty("line_comment_prefix", out var comment) ? comment.GetString() : null,
    };
    var diagnostics = new DiagnosticBag();
    var template = Template.Parse(root.GetProperty("source").GetString()!, new SourceSpan("case.j2", 1, 1), diagnostics, options);
    var answer = template is null
        ? Evaluation.Failed(diagnostics.ToSorted()[0])
        : template.RenderText(new EvaluationContext(new JsonVariables(root.GetProperty("context"))) { Templates = new JsonTemplates(root) }, options);
    output.WriteLine(Answer(answer));
    output.Flush();
}

static string Answer(Evaluation evaluation)
{
    using var stream = new MemoryStream();
    using (var writer = new Utf8JsonWriter(stream))
    {
        writer.WriteStartObject();
        if (evaluation.Error is { } error)
        {
            writer.WriteString("error", error.Code);
            writer.WriteString("message", error.ToString());
        }
        else
        {
            writer.WriteString("text", evaluation.Value!.ToString());
        }
        writer.WriteEndObject();
    }
    return Encoding.UTF8.GetString(stream.ToArray());
}
