using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>JSON as a value, and a value as Python's <c>json.dumps</c> prints it: what <c>copy</c> writes where its content is a dict or a list.</summary>
internal static class ValueJson
{
    private const int Deepest = 512;

    /// <summary>Null: it is no JSON.</summary>
    internal static Value? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Deepest });
            return ToValue(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Value ToValue(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => Value.Null,
        JsonValueKind.True => Value.True,
        JsonValueKind.False => Value.False,
        JsonValueKind.Number => BigInteger.TryParse(json.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? new IntegerValue(number) : Value.Of(json.GetDouble()),
        JsonValueKind.Array => Value.Of(json.EnumerateArray().Select(ToValue)),
        JsonValueKind.Object => MapValue.From(json.EnumerateObject().Select(property => (property.Name, ToValue(property.Value)))),
        _ => Value.Of(json.GetString()!),
    };

    internal static string Print(Value value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, Value value)
    {
        switch (value.Reveal())
        {
            case NullValue:
                text.Append("null");
                break;
            case BoolValue flag:
                text.Append(flag.IsTrue ? "true" : "false");
                break;
            case IntegerValue or RealValue:
                text.Append(value.Reveal());
                break;
            case MomentValue moment:
                AppendText(text, moment.ToIso());
                break;
            case ListValue list:
                AppendAll(text, '[', list.Items, item => Append(text, item), ']');
                break;
            case MapValue map:
                AppendAll(text, '{', map.Entries, entry =>
                {
                    AppendText(text, entry.Key.ToString());
                    text.Append(": ");
                    Append(text, entry.Value);
                }, '}');
                break;
            default:
                AppendText(text, value.Reveal().ToString());
                break;
        }
    }

    private static void AppendAll<T>(StringBuilder text, char open, IEnumerable<T> items, Action<T> append, char close)
    {
        text.Append(open);
        var isFirst = true;
        foreach (var item in items)
        {
            text.Append(isFirst ? "" : ", ");
            append(item);
            isFirst = false;
        }
        text.Append(close);
    }

    private static void AppendText(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append(@"\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' or > '~' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }
        text.Append('"');
    }
}
