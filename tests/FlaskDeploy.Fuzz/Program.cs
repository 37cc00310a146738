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
        LineStatementPrefix = Option("line_statement_prefix"),
        LineCommentPrefix = Option("line_comment_prefix"),
        NewlineSequence = Option("newline_sequence") ?? TemplateOptions.Default.NewlineSequence,
        BlockStart = Option("block_start") ?? TemplateOptions.Default.BlockStart,
        BlockEnd = Option("block_end") ?? TemplateOptions.Default.BlockEnd,
        VariableStart = Option("variable_start") ?? TemplateOptions.Default.VariableStart,
        VariableEnd = Option("variable_end") ?? TemplateOptions.Default.VariableEnd,
        CommentStart = Option("comment_start") ?? TemplateOptions.Default.CommentStart,
        CommentEnd = Option("comment_end") ?? TemplateOptions.Default.CommentEnd,
    };
    var isNative = root.TryGetProperty("native", out var native) && native.GetBoolean();
    var diagnostics = new DiagnosticBag();
    var template = Template.Parse(root.GetProperty("source").GetString()!, new SourceSpan("case.j2", 1, 1), diagnostics, options);
    var answer = template is null
        ? Evaluation.Failed(diagnostics.ToSorted()[0])
        : isNative ? template.Render(Context())
        : template.RenderText(Context(), options);
    output.WriteLine(Answer(answer, isNative));
    output.Flush();

    string? Option(string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;

    EvaluationContext Context() => new(new JsonVariables(root.GetProperty("context"))) { Templates = new JsonTemplates(root), HasNativeTypes = isNative };
}

static string Answer(Evaluation evaluation, bool asRepr)
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
            writer.WriteString("text", asRepr ? evaluation.Value!.ToRepr() : evaluation.Value!.ToString());
        }
        writer.WriteEndObject();
    }
    return Encoding.UTF8.GetString(stream.ToArray());
}
