using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <param name="FlowStyle">Null: collections of plain scalars only are written in one line.</param>
internal sealed record YamlStyle(int Indent = 2, int Width = 80, bool? FlowStyle = null, bool SortsKeys = true, bool HasStart = false, bool HasEnd = false);

/// <summary>
/// YAML as PyYAML writes it over libyaml, to the character: line breaks at column 80, quotes only where a plain scalar
/// would be read as something else, an alias for the very same value that stands in it once more.
/// </summary>
internal sealed partial class YamlWriter
{
    private const int LongestSimpleKey = 128;

    private readonly Evaluator _evaluator;
    private readonly YamlStyle _style;
    private readonly StringBuilder _text = new();
    private int _column;
    private int _indent = -1;
    private int _flowLevel;

    // The names of what stands in it more than once.
    private readonly Dictionary<Value, string> _anchors = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Value> _met = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Value> _written = new(ReferenceEqualityComparer.Instance);

    // Whether the last character was a blank that separates, and whether the line so far is indentation only.
    private bool _isWhitespace = true;
    private bool _isIndention = true;

    private YamlWriter(Evaluator evaluator, YamlStyle style)
    {
        var indent = style.Indent is < 2 or > 9 ? 2 : style.Indent;
        var width = style.Width < 0 ? int.MaxValue : style.Width <= indent * 2 ? 80 : style.Width;
        (_evaluator, _style) = (evaluator, style with { Indent = indent, Width = width });
    }

    private enum Context
    {
        Root,
        Sequence,
        Mapping,
        SimpleKey,
    }

    internal static string Write(Evaluator evaluator, Value value, YamlStyle style)
    {
        var writer = new YamlWriter(evaluator, style);
        if (style.HasStart)
        {
            writer.Indicator("---", needsBlank: true);
        }
        writer.Meet(value);
        writer.Node(value, Context.Root);
        writer.NewLine();
        if (style.HasEnd)
        {
            writer.Indicator("...", needsBlank: true);
            writer.NewLine();
        }
        return writer._text.ToString();
    }

    // Numbers, texts and nothing are no things of their own to PyYAML. Names are given in the order in which things come again.
    private void Meet(Value value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        value = _evaluator.Use(value);
        _evaluator.Charge(1);
        if (value is not (MapValue or ListValue or TupleValue { Items.Length: > 0 } or MomentValue) || ReferenceEquals(value, ListValue.Empty) || ReferenceEquals(value, MapValue.Empty))
        {
            return;
        }
        if (!_met.Add(value))
        {
            _anchors.TryAdd(value, $"id{_anchors.Count + 1:000}");
            return;
        }
        if (value is MapValue map)
        {
            foreach (var (key, inner) in Entries(map))
            {
                Meet(key);
                Meet(inner);
            }
        }
        else if (Evaluator.TrySequence(value, out var items))
        {
            foreach (var item in items)
            {
                Meet(item);
            }
        }
    }

    private void Node(Value value, Context context)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        value = _evaluator.Use(value);
        _evaluator.Charge(1);
        _evaluator.LimitText(_text.Length);
        if (_anchors.TryGetValue(value, out var anchor))
        {
            var isAgain = !_written.Add(value);
            Indicator((isAgain ? "*" : "&") + anchor, needsBlank: true);
            if (isAgain)
            {
                return;
            }
        }
        switch (value)
        {
            case TupleValue { IsGroup: true }:
                throw _evaluator.Error("cannot represent an object of type _GroupTuple");
            case MapValue map when _flowLevel > 0 || map.Entries.IsEmpty || IsFlow(map.Entries.SelectMany(entry => (Value[])[entry.Key, entry.Value])):
                FlowMapping(map);
                break;
            case MapValue map:
                BlockMapping(map);
                break;
            case ListValue or TupleValue or RangeValue or ViewValue:
                var items = _evaluator.Items(value);
                if (_flowLevel > 0 || items.IsEmpty || IsFlow(items))
                {
                    FlowSequence(items);
                }
                else
                {
                    BlockSequence(items, isIndentless: context == Context.Mapping && !_isIndention);
                }
                break;
            default:
                var outer = Increase(isFlow: true);
                Scalar(value, context == Context.SimpleKey);
                _indent = outer;
                break;
        }
    }

    private bool IsFlow(IEnumerable<Value> children) => _style.FlowStyle ?? children.All(child => _evaluator.Use(child) is not (MapValue or ListValue or TupleValue or RangeValue or ViewValue));

    private int Increase(bool isFlow, bool isIndentless = false)
    {
        var outer = _indent;
        _indent = _indent < 0 ? isFlow ? _style.Indent : 0 : isIndentless ? _indent : _indent + _style.Indent;
        return outer;
    }

    private void FlowSequence(ImmutableArray<Value> items)
    {
        Indicator("[", needsBlank: true, isBlank: true);
        var outer = Increase(isFlow: true);
        _flowLevel++;
        for (var i = 0; i < items.Length; i++)
        {
            NextInFlow(i);
            Node(items[i], Context.Sequence);
        }
        _flowLevel--;
        _indent = outer;
        Indicator("]");
    }

    private void FlowMapping(MapValue map)
    {
        Indicator("{", needsBlank: true, isBlank: true);
        var outer = Increase(isFlow: true);
        _flowLevel++;
        foreach (var (i, (key, value)) in Entries(map).Index())
        {
            NextInFlow(i);
            if (IsSimpleKey(key))
            {
                Node(key, Context.SimpleKey);
                Indicator(":");
            }
            else
            {
                Indicator("?", needsBlank: true);
                Node(key, Context.Mapping);
                BreakIfWide();
                Indicator(":", needsBlank: true);
            }
            Node(value, Context.Mapping);
        }
        _flowLevel--;
        _indent = outer;
        Indicator("}");
    }

    private void NextInFlow(int index)
    {
        if (index > 0)
        {
            Indicator(",");
        }
        BreakIfWide();
    }

    private void BreakIfWide()
    {
        if (_column > _style.Width)
        {
            NewLine();
        }
    }

    private void BlockSequence(ImmutableArray<Value> items, bool isIndentless)
    {
        var outer = Increase(isFlow: false, isIndentless);
        foreach (var item in items)
        {
            NewLine();
            Indicator("-", needsBlank: true, isIndention: true);
            Node(item, Context.Sequence);
        }
        _indent = outer;
    }

    private void BlockMapping(MapValue map)
    {
        var outer = Increase(isFlow: false);
        foreach (var (key, value) in Entries(map))
        {
            NewLine();
            if (IsSimpleKey(key))
            {
                Node(key, Context.SimpleKey);
                Indicator(":");
            }
            else
            {
                Indicator("?", needsBlank: true, isIndention: true);
                Node(key, Context.Mapping);
                NewLine();
                Indicator(":", needsBlank: true, isIndention: true);
            }
            Node(value, Context.Mapping);
        }
        _indent = outer;
    }

    // Keys that have no order among each other stay as they are.
    private IEnumerable<KeyValuePair<Value, Value>> Entries(MapValue map)
    {
        if (!_style.SortsKeys)
        {
            return map.Entries;
        }
        try
        {
            return _evaluator.Sorted(map.Entries.Select(entry => entry.Key), key => key, isReversed: false).Select(key => KeyValuePair.Create(key, map.TryGet(key, out var value) ? value : Value.Null));
        }
        catch (EvaluationStop stop) when (!stop.IsBudget)
        {
            return map.Entries;
        }
    }

    private bool IsSimpleKey(Value key) => _evaluator.Use(key) switch
    {
        TupleValue tuple => tuple.Items.IsEmpty,
        TextValue text => !YamlScalar.Of(text.Text).IsMultiline && Encoding.UTF8.GetByteCount(text.Text) <= LongestSimpleKey,
        _ => true,
    };

    private void Scalar(Value value, bool isSimpleKey)
    {
        var text = value switch
        {
            NullValue => "null",
            BoolValue boolean => boolean.IsTrue ? "true" : "false",
            RealValue real => Real(real.Number),
            TextValue written => written.Text,
            IntegerValue => _evaluator.Text(value),
            MomentValue => _evaluator.Text(value),
            _ => throw _evaluator.Error($"cannot represent an object of type {value.TypeName}"),
        };
        var scalar = YamlScalar.Of(text);
        var isPlain = (_flowLevel > 0 ? scalar.AllowsFlowPlain : scalar.AllowsBlockPlain)
            && (value is not TextValue || !YamlScalars.IsSpecial(text))
            && !(isSimpleKey && scalar.IsMultiline);
        // A time with colons in it that stands between brackets; the sign says that the quotes do not make a text of it.
        if (!isPlain && value is MomentValue)
        {
            Indicator("!", needsBlank: true);
        }
        if (isPlain)
        {
            Plain(text, !isSimpleKey);
        }
        else if (scalar.AllowsSingleQuotes)
        {
            SingleQuoted(text, !isSimpleKey);
        }
        else
        {
            DoubleQuoted(text, !isSimpleKey);
        }
    }

    private static string Real(double number)
    {
        var text = double.IsNaN(number) ? ".nan" : double.IsInfinity(number) ? number > 0 ? ".inf" : "-.inf" : Numbers.Print(number);
        return !text.Contains('.') && text.IndexOf('e') is var at and >= 0 ? text.Insert(at, ".0") : text;
    }

    private void Indicator(string indicator, bool needsBlank = false, bool isBlank = false, bool isIndention = false)
    {
        if (needsBlank && !_isWhitespace)
        {
            Put(' ');
        }
        Put(indicator);
        _isWhitespace = isBlank;
        _isIndention = _isIndention && isIndention;
    }

    private void NewLine()
    {
        var indent = Math.Max(0, _indent);
        if (!_isIndention || _column > indent || _column == indent && !_isWhitespace)
        {
            Break();
        }
        if (_column < indent)
        {
            Put(new string(' ', indent - _column));
        }
        (_isWhitespace, _isIndention) = (true, true);
    }

    private void Break(char with = '\n')
    {
        _text.Append(with);
        _column = 0;
    }

    private void Put(char c)
    {
        _text.Append(c);
        _column++;
    }

    private void Put(string text)
    {
        _text.Append(text);
        _column += text.Length;
    }
}
