using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FlaskDeploy.Language.Values;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace FlaskDeploy.Language.Expressions;

/// <summary>YAML as PyYAML's safe loader reads it: YAML 1.1, merge keys, the last of equal keys.</summary>
internal sealed class YamlText
{
    private const string Core = "tag:yaml.org,2002:";

    private readonly Evaluator _evaluator;
    private readonly YamlDotNet.Core.Parser _parser;
    private readonly Dictionary<string, (Value? Value, long Size)> _anchors = [];

    // Aliases count as often as they stand.
    private long _nodes;

    private YamlText(Evaluator evaluator, string text) =>
        (_evaluator, _parser) = (evaluator, new YamlDotNet.Core.Parser(new Scanner(new StringReader(text), skipComments: true)));

    internal static ImmutableArray<Value> ReadAll(Evaluator evaluator, string text)
    {
        // The reader is quick, but takes no account of time.
        evaluator.Charge(text.Length / 4);
        try
        {
            return new YamlText(evaluator, text).Documents();
        }
        catch (YamlException error)
        {
            throw evaluator.Error($"this is no YAML: line {error.Start.Line}, column {error.Start.Column}: {error.Message}");
        }
    }

    private ImmutableArray<Value> Documents()
    {
        var documents = ImmutableArray.CreateBuilder<Value>();
        _parser.Consume<StreamStart>();
        while (!_parser.Accept<StreamEnd>(out _))
        {
            _anchors.Clear();
            _parser.Consume<DocumentStart>();
            documents.Add(Node());
            _parser.Consume<DocumentEnd>();
        }
        return documents.ToImmutable();
    }

    private Value Node()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        _evaluator.Charge(1);
        _nodes++;
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out var known))
            {
                throw _evaluator.Error($"found undefined alias '{alias.Value}'");
            }
            // A short text can make a value that takes for ever to go through.
            _nodes += known.Size;
            _evaluator.Charge(known.Size);
            return known.Value ?? throw _evaluator.Error($"the alias '{alias.Value}' stands inside of what it means");
        }
        if (!_parser.Accept<NodeEvent>(out var node))
        {
            throw _evaluator.Error("this is no YAML: it ends too early");
        }
        var anchor = node.Anchor.IsEmpty ? null : node.Anchor.Value;
        var before = _nodes;
        if (anchor is not null)
        {
            _anchors[anchor] = (null, 0);
        }
        var value = node switch
        {
            YamlDotNet.Core.Events.Scalar => Scalar(_parser.Consume<Scalar>()),
            SequenceStart => Sequence(_parser.Consume<SequenceStart>()),
            _ => Mapping(_parser.Consume<MappingStart>()),
        };
        if (anchor is not null)
        {
            _anchors[anchor] = (value, _nodes - before + 1);
        }
        return value;
    }

    private ListValue Sequence(SequenceStart start)
    {
        RefuseTag(start.Tag, "seq");
        var items = ImmutableArray.CreateBuilder<Value>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Node());
        }
        return new ListValue(items.ToImmutable());
    }

    private MapValue Mapping(MappingStart start)
    {
        RefuseTag(start.Tag, "map");
        var merged = new List<KeyValuePair<Value, Value>>();
        var own = new List<KeyValuePair<Value, Value>>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var isMerge = _parser.Accept<Scalar>(out var scalar) && scalar is { Value: "<<", Style: ScalarStyle.Plain, Tag.IsEmpty: true };
            var key = Node();
            var value = Node();
            if (isMerge)
            {
                merged.InsertRange(0, Merged(value));
            }
            else
            {
                own.Add(KeyValuePair.Create(_evaluator.Key(key), value));
            }
        }
        return new MapValue(merged.Concat(own));
    }

    // Of several, the first wins; what is added last wins here.
    private IEnumerable<KeyValuePair<Value, Value>> Merged(Value value) => value switch
    {
        MapValue map => map.Entries,
        ListValue list when list.Items.All(item => item is MapValue) => list.Items.Reverse().SelectMany(item => ((MapValue)item).Entries),
        _ => throw _evaluator.Error("expected a mapping or list of mappings for merging"),
    };

    private Value Scalar(Scalar scalar)
    {
        var tag = scalar.Tag.IsEmpty ? null : scalar.Tag.Value;
        if (tag is null or "?")
        {
            return scalar.Style == ScalarStyle.Plain ? Plain(scalar.Value) : Value.Of(scalar.Value);
        }
        var plain = YamlScalars.Resolve(scalar.Value);
        return tag switch
        {
            "!" or Core + "str" => Value.Of(scalar.Value),
            Core + "null" => Value.Null,
            Core + "int" when plain is IntegerValue => plain,
            Core + "float" when plain is RealValue or IntegerValue => new RealValue(Numbers.TryReal(plain, out var number) ? number : 0),
            Core + "bool" when plain is BoolValue => plain,
            Core + "timestamp" when plain is MomentValue => plain,
            Core + "int" or Core + "float" or Core + "bool" or Core + "timestamp" => throw _evaluator.Error($"'{scalar.Value}' is no {tag[Core.Length..]}"),
            _ => throw _evaluator.Error($"could not determine a constructor for the tag '{tag}'"),
        };
    }

    private Value Plain(string text) =>
        YamlScalars.Resolve(text) is not TextValue and var value ? value
        : MomentValue.IsWritten(text) ? throw _evaluator.Error($"'{text}' is no date of any calendar")
        : Value.Of(text);

    private void RefuseTag(TagName tag, string kind)
    {
        if (!tag.IsEmpty && tag.Value is not "?" && tag.Value != Core + kind)
        {
            throw _evaluator.Error($"could not determine a constructor for the tag '{tag}'");
        }
    }
}
