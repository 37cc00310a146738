using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Cli.Display;

/// <summary>A value as JSON. Secrets are redacted, keys become texts, what JSON has no number for becomes one too.</summary>
internal static class ValueJson
{
    public static string Print(Value value, bool indented)
    {
        using var stream = new MemoryStream();
        // Escapes what a terminal would obey and leaves letters of all languages as they are.
        var options = new JsonWriterOptions { Indented = indented, IndentSize = 4, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 200 };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            Write(json, value);
        }
        return Safe.Lines(Encoding.UTF8.GetString(stream.ToArray()));
    }

    public static void Write(Utf8JsonWriter json, Value value)
    {
        switch (value)
        {
            case NullValue:
                json.WriteNullValue();
                break;
            case BoolValue boolean:
                json.WriteBooleanValue(boolean.IsTrue);
                break;
            case IntegerValue { Number: var number }:
                json.WriteRawValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            case RealValue { Number: var number } when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case MomentValue moment:
                json.WriteStringValue(moment.ToIso());
                break;
            case ListValue list:
                json.WriteStartArray();
                foreach (var item in list.Items)
                {
                    Write(json, item);
                }
                json.WriteEndArray();
                break;
            case MapValue map:
                json.WriteStartObject();
                foreach (var entry in map.Entries)
                {
                    json.WritePropertyName(entry.Key.ToString());
                    Write(json, entry.Value);
                }
                json.WriteEndObject();
                break;
            default:
                json.WriteStringValue(value.ToString());
                break;
        }
    }
}
