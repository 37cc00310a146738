using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>JSON as Python's json module writes and reads it.</summary>
internal sealed class Json(Evaluator evaluator, int? indent, bool sortsKeys, bool isAscii, string itemSeparator, string keySeparator, bool takesMoments)
{
    private readonly StringBuilder _text = new();

    internal static string Write(Evaluator evaluator, Value value, int? indent = null, bool sortsKeys = false, bool isAscii = true, string? itemSeparator = null, string keySeparator = ": ", bool takesMoments = true)
    {
        var json = new Json(evaluator, indent, sortsKeys, isAscii, itemSeparator ?? (indent is null ? ", " : ","), keySeparator, takesMoments);
        json.Write(value, depth: 0);
        return json._text.ToString();
    }

    private void Write(Value value, int depth)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        value = evaluator.Use(value);
        evaluator.Charge(1);
        switch (value)
        {
            case NullValue:
                _text.Append("null");
                break;
            case BoolValue boolean:
                _text.Append(boolean.IsTrue ? "true" : "false");
                break;
            case RealValue real:
                _text.Append(double.IsNaN(real.Number) ? "NaN" : double.IsInfinity(real.Number) ? real.Number > 0 ? "Infinity" : "-Infinity" : Numbers.Print(real.Number));
                break;
            case IntegerValue:
                _text.Append(evaluator.Text(value));
                break;
            case TextValue text:
                Quote(text.Text);
                break;
            case MomentValue moment when takesMoments:
                Quote(moment.ToIso());
                break;
            case MapValue map:
                var entries = map.Entries.Select(entry => (Key: Key(entry.Key), entry.Value)).ToList();
                if (sortsKeys)
                {
                    entries = [.. evaluator.Sorted(map.Entries.Select(entry => entry.Key), key => key, isReversed: false).Select(key => (Key(key), map.TryGet(key, out var found) ? found : Value.Null))];
                }
                Block('{', '}', entries, depth, entry =>
                {
                    Quote(entry.Key);
                    _text.Append(keySeparator);
                    Write(entry.Value, depth + 1);
                });
                break;
            default:
                if (value is not (ListValue or TupleValue or ViewValue))
                {
                    throw evaluator.Error($"Object of type {value.TypeName} is not JSON serializable");
                }
                Block('[', ']', evaluator.Items(value), depth, item => Write(item, depth + 1));
                break;
        }
        evaluator.LimitText(_text.Length);
    }

    private void Block<T>(char open, char close, IReadOnlyList<T> items, int depth, Action<T> write)
    {
        _text.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            _text.Append(i > 0 ? itemSeparator : "");
            Line(depth + 1);
            write(items[i]);
        }
        if (items.Count > 0)
        {
            Line(depth);
        }
        _text.Append(close);
    }

    private void Line(int depth)
    {
        if (indent is { } width)
        {
            _text.Append('\n').Append(' ', Math.Clamp(width, 0, 100) * depth);
        }
    }

    private string Key(Value key) => evaluator.Use(key) switch
    {
        TextValue text => text.Text,
        NullValue => "null",
        BoolValue boolean => boolean.IsTrue ? "true" : "false",
        IntegerValue or RealValue => evaluator.Text(key),
        var other => throw evaluator.Error($"keys must be str, int, float, bool or None, not {other.TypeName}"),
    };

    private void Quote(string text)
    {
        _text.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                < ' ' => _text.Append($"\\u{(int)c:x4}"),
                > '~' when isAscii => _text.Append($"\\u{(int)c:x4}"),
                _ => _text.Append(c),
            };
        }
        _text.Append('"');
    }

    /// <summary>Integers of any length stay exact; a key that stands twice takes the last value.</summary>
    internal static Value Read(Evaluator evaluator, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 512 });
            return Read(evaluator, document.RootElement);
        }
        catch (JsonException error)
        {
            throw evaluator.Error($"this is no JSON: {error.Message}");
        }
    }

    private static Value Read(Evaluator evaluator, JsonElement element)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        evaluator.Charge(1);
        return element.ValueKind switch
        {
            JsonValueKind.Object => new MapValue(element.EnumerateObject().Select(property => KeyValuePair.Create((Value)Value.Of(property.Name), Read(evaluator, property.Value)))),
            JsonValueKind.Array => new ListValue([.. element.EnumerateArray().Select(item => Read(evaluator, item))]),
            JsonValueKind.String => Value.Of(element.GetString()!),
            JsonValueKind.True => Value.True,
            JsonValueKind.False => Value.False,
            JsonValueKind.Number when element.GetRawText() is var raw => raw.AsSpan().IndexOfAny('.', 'e', 'E') >= 0
                ? Value.Of(double.Parse(raw, CultureInfo.InvariantCulture))
                : raw.Length <= 4300 ? new IntegerValue(BigInteger.Parse(raw, CultureInfo.InvariantCulture)) : throw evaluator.Error("a number of more than 4300 digits"),
            _ => Value.Null,
        };
    }
}
