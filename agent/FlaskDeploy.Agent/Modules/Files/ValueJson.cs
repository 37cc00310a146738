using System.Globalization;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>A value as Python's <c>json.dumps</c> prints it: what <c>copy</c> writes where its content is a dict or a list.</summary>
internal static class ValueJson
{
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
