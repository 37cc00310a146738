using System.Text;
using System.Text.Json;
using FlaskDeploy.Compiler.Syntax;

namespace FlaskDeploy.Fuzz;

/// <summary>A line of arguments, split by the compiler.</summary>
internal static class KeyValueCase
{
    internal static string Answer(string text, bool isCommand)
    {
        var parsed = KeyValueText.Parse(text, isCommand);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            if (parsed.Problem is { } problem)
            {
                writer.WriteString("error", problem.Message);
            }
            else
            {
                writer.WriteStartObject("pairs");
                foreach (var pair in parsed.Pairs.GroupBy(pair => pair.Key).Select(group => group.Last()))
                {
                    writer.WriteString(pair.Key, pair.Value);
                }
                writer.WriteEndObject();
                writer.WriteString("rest", isCommand ? parsed.FreeForm.TrimEnd() : string.Join(' ', parsed.Strays.Select(stray => stray.Text)));
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
