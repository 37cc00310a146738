using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Python's <c>str.format</c>.</summary>
internal sealed class StringFormat(Evaluator evaluator, ImmutableArray<Value> positional, ImmutableArray<KeyValuePair<string, Value>> keywords)
{
    private int _next;
    private bool _isNumbered;

    internal static string Format(Evaluator evaluator, string text, ImmutableArray<Value> positional, ImmutableArray<KeyValuePair<string, Value>> keywords) =>
        new StringFormat(evaluator, positional, keywords).Run(text, depth: 2);

    private string Run(string text, int depth)
    {
        if (depth == 0)
        {
            throw evaluator.Error("Max string recursion exceeded");
        }
        var result = new StringBuilder();
        var at = 0;
        while (at < text.Length)
        {
            var c = text[at++];
            if (c is '{' or '}' && at < text.Length && text[at] == c)
            {
                result.Append(c);
                at++;
            }
            else if (c == '{')
            {
                var end = FieldEnd(text, at);
                result.Append(Field(text[at..end], depth));
                at = end + 1;
            }
            else if (c == '}')
            {
                throw evaluator.Error("Single '}' encountered in format string");
            }
            else
            {
                result.Append(c);
            }
            evaluator.LimitText(result.Length);
        }
        return result.ToString();
    }

    private int FieldEnd(string text, int at)
    {
        var depth = 1;
        var isBracketed = false;
        for (; at < text.Length; at++)
        {
            isBracketed = text[at] == '[' || isBracketed && text[at] != ']';
            depth += isBracketed ? 0 : text[at] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return at;
            }
        }
        throw evaluator.Error(text.EndsWith('{') ? "Single '{' encountered in format string" : "expected '}' before end of string");
    }

    private string Field(string field, int depth)
    {
        var end = 0;
        var isBracketed = false;
        while (end < field.Length && (isBracketed || field[end] is not ('!' or ':')))
        {
            isBracketed = field[end] == '[' || isBracketed && field[end] != ']';
            end++;
        }
        var name = field[..end];
        var value = Find(name);
        var rest = field[end..];
        if (rest.StartsWith('!'))
        {
            if (rest.Length < 2 || rest.Length > 2 && rest[2] != ':')
            {
                throw evaluator.Error("expected ':' after conversion specifier");
            }
            value = rest[1] switch
            {
                's' => Value.Of(evaluator.Text(value)),
                'r' => Value.Of(evaluator.Repr(value)),
                'a' => Value.Of(PercentFormat.Ascii(evaluator.Repr(value))),
                var other => throw evaluator.Error($"Unknown conversion specifier '{other}'"),
            };
            rest = rest[2..];
        }
        var spec = rest.Length > 0 ? Run(rest[1..], depth - 1) : "";
        return spec.Length == 0 ? evaluator.Text(value) : value is MomentValue moment ? Moments.Format(moment, spec) : FormatSpec.Parse(evaluator, spec).Apply(evaluator, value);
    }

    private Value Find(string name)
    {
        var end = name.AsSpan().IndexOfAny('.', '[') is var dot and >= 0 ? dot : name.Length;
        var first = name[..end];
        Value value;
        if (first.Length == 0)
        {
            value = _isNumbered
                ? throw evaluator.Error("cannot switch from manual field specification to automatic field numbering")
                : _next < positional.Length ? positional[_next++] : throw Missing(_next);
        }
        else if (first.All(char.IsAsciiDigit))
        {
            _isNumbered = _next > 0 ? throw evaluator.Error("cannot switch from automatic field numbering to manual field specification") : true;
            value = BigInteger.Parse(first) is var index && index < positional.Length ? positional[(int)index] : throw Missing(index);
        }
        else
        {
            value = keywords.FirstOrDefault(pair => pair.Key == first).Value ?? throw evaluator.Error($"KeyError: '{first}'");
        }
        var rest = name[end..];
        while (rest.Length > 0)
        {
            if (rest[0] == '[')
            {
                var close = rest.IndexOf(']') is var found and > 0 ? found : throw evaluator.Error("Missing ']' in format string");
                var key = rest[1..close];
                value = Part(value, evaluator.Item(value, key.Length > 0 && key.All(char.IsAsciiDigit) ? new IntegerValue(BigInteger.Parse(key)) : Value.Of(key)));
                rest = rest[(close + 1)..];
            }
            else
            {
                var next = rest.AsSpan(1).IndexOfAny('.', '[') is var at and >= 0 ? at + 1 : rest.Length;
                // Entries of a dict are no attributes here.
                value = value is MapValue ? throw evaluator.Error($"'dict' object has no attribute '{rest[1..next]}'") : Part(value, evaluator.Attribute(value, rest[1..next]));
                rest = rest[next..];
            }
        }
        return value;

        // Python looks here, not Jinja2: what is not there is an error and nothing that is undefined.
        Value Part(Value whole, Value part) => part is UndefinedValue nothing && whole is not UndefinedValue ? throw evaluator.Error(nothing.What) : part;

        EvaluationStop Missing(BigInteger index) => evaluator.Error($"Replacement index {index} out of range for positional args tuple");
    }
}
