using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// Expressions. Eval gives a value without templates in it, which may yet be secret, unknown or undefined.
internal sealed partial class Evaluator
{
    private Value Eval(ExpressionNode node)
    {
        Charge(1);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TooDeep();
        }
        return session.Settle(EvalShallow(node));
    }

    /// <summary>The same, but what is inside a list or dict may still be templates: enough to take one thing out of it.</summary>
    private Value EvalShallow(ExpressionNode node) => text.SlicesConstants && Folded(node) is { } folded ? folded : node switch
    {
        ConstantNode constant => constant.Value,
        NameNode name => Name(name),
        AttributeNode attribute => EvalAttribute(attribute),
        ItemNode item => EvalItem(item),
        FilterNode filter => EvalFilter(filter, filter.Subject is null ? Value.Of("") : Eval(filter.Subject)),
        TestNode test => EvalTest(test),
        CallNode call => EvalCall(call, caller: null),
        CompareNode compare => EvalCompare(compare),
        BinaryNode binary => EvalBinary(binary),
        ConcatNode concat => EvalConcat(concat),
        ConditionalNode conditional => EvalConditional(conditional),
        AndNode and => EvalAnd(and),
        OrNode or => EvalOr(or),
        NotNode not => Value.Of(!TruthAt(not.Operand)),
        NegateNode negate => At(negate, Eval(negate.Operand), Negate),
        PlusNode plus => At(plus, Eval(plus.Operand), Plus),
        ListNode list => new ListValue([.. list.Items.Select(OrUnknown)]),
        TupleNode tuple => new TupleValue([.. tuple.Items.Select(OrUnknown)]),
        DictNode dict => new MapValue(dict.Entries.Select(entry => KeyValuePair.Create(Key(Eval(entry.Key)), OrUnknown(entry.Value)))),
        SliceNode slice => throw new UnreachableException($"slice outside of brackets at {slice.At}"),
        _ => throw new UnreachableException(),
    };

    private Value At(Node node, Value operand, Func<Value, Value> operation)
    {
        _at = node.At;
        return operation(Use(operand));
    }

    private bool TruthAt(ExpressionNode node)
    {
        var value = Eval(node);
        _at = node.At;
        return Truth(value);
    }

    private Value EvalAttribute(AttributeNode node)
    {
        var target = EvalShallow(node.Target);
        _at = node.At;
        return Attribute(target, node.Name);
    }

    private Value EvalItem(ItemNode node)
    {
        var target = EvalShallow(node.Target);
        if (node.Key is SliceNode slice)
        {
            var (start, stop, step) = (Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step));
            _at = node.At;
            return target switch
            {
                UndefinedValue { IsLenient: true } nothing => throw Undefined(nothing),
                UnknownValue or UndefinedValue => target,
                not (TextValue or ListValue or TupleValue or RangeValue) when _isFolding => Missing(target, "has no slices", null),
                _ => Slice(Use(target), start, stop, step),
            };
        }
        var key = Eval(node.Key);
        _at = node.At;
        return Item(target, key);

        Value? Bound(ExpressionNode? bound) => bound is null ? null : Use(Eval(bound)) is var value and not NullValue ? value : null;
    }

    private Value EvalFilter(FilterNode node, Value subject)
    {
        // The filters of a block stand inside one another; the innermost takes the block's text.
        if (node.Subject is FilterNode inner && IsBlockFilter(inner))
        {
            subject = EvalFilter(inner, subject);
        }
        var arguments = EvalArguments(node.Arguments);
        _at = node.At;
        return Filters.All.TryGetValue(node.Name, out var filter)
            ? AsText(node.Name, filter.Invoke(this, subject, arguments))
            : throw Stop(Diagnostics.DiagnosticCodes.UnknownFilter, $"there is no filter '{node.Name}'");
    }

    // What these give is asked for as a text; Ansible's setting STRING_TYPE_FILTERS.
    private Value AsText(string filter, Value result) =>
        filter is ("string" or "to_json" or "to_nice_json" or "to_yaml" or "to_nice_yaml") && result is TextValue { StaysText: false } text
            ? new TextValue(text.Text) { IsMarkup = text.IsMarkup, StaysText = true }
            : result;

    private static bool IsBlockFilter(FilterNode node) => node.Subject is null || node.Subject is FilterNode inner && IsBlockFilter(inner);

    private Value EvalTest(TestNode node)
    {
        var subject = OrUnknown(node.Subject);
        var arguments = EvalArguments(node.Arguments);
        _at = node.At;
        return Tests.All.TryGetValue(node.Name, out var test)
            ? test.Invoke(this, subject, arguments)
            : throw Stop(Diagnostics.DiagnosticCodes.UnknownTest, $"there is no test '{node.Name}'");
    }

    private Arguments EvalArguments(ArgumentsNode node)
    {
        if (ReferenceEquals(node, ArgumentsNode.None))
        {
            return Arguments.None;
        }
        var positional = ImmutableArray.CreateBuilder<Value>();
        positional.AddRange(node.Positional.Select(OrUnknown));
        if (node.Rest is not null)
        {
            positional.AddRange(Items(Eval(node.Rest)));
        }
        var keywords = ImmutableArray.CreateBuilder<KeyValuePair<string, Value>>();
        keywords.AddRange(node.Keywords.Select(keyword => KeyValuePair.Create(keyword.Name, OrUnknown(keyword.Value))));
        if (node.KeywordRest is not null)
        {
            if (Use(Eval(node.KeywordRest)) is not MapValue map)
            {
                throw Error("the argument after ** must be a dict");
            }
            keywords.AddRange(map.Entries.Select(entry => KeyValuePair.Create(Text(entry.Key), entry.Value)));
        }
        return new Arguments(positional.ToImmutable(), keywords.ToImmutable());
    }

    private Value EvalCall(CallNode node, MacroValue? caller)
    {
        var target = EvalShallow(node.Target);
        if (target is UnknownValue)
        {
            return target;
        }
        var arguments = EvalArguments(node.Arguments);
        if (node.Target is NameNode { Name: "lookup" or "query" or "q" } && node.Arguments.Rest is null)
        {
            arguments = arguments with { Positional = [.. arguments.Positional.Select((value, i) => WrittenTerm(node.Arguments.Positional[i], value))] };
        }
        if (caller is not null)
        {
            arguments = arguments with { Keywords = arguments.Keywords.Add(KeyValuePair.Create("caller", (Value)caller)) };
        }
        _at = node.Target.At;
        return Call(target, arguments);
    }

    // As Ansible has it, a term that is written out may hold braces itself. What variables hold is never rendered again.
    private Value WrittenTerm(ExpressionNode node, Value value) =>
        node is ConstantNode { Value: TextValue { Text: var text } } && Template.HasMarkup(text) ? Session.Settle(new TemplateValue(text, Session.Context.Span)) : value;

    internal Value Call(Value target, Arguments arguments) =>
        Use(target) is CallableValue callable ? callable.Call(this, arguments) : throw Error($"'{target.TypeName}' object is not callable");

    private Value EvalConcat(ConcatNode node)
    {
        var parts = node.Parts.Select(Eval).ToList();
        _at = node.At;
        var result = new StringBuilder();
        foreach (var part in parts)
        {
            result.Append(Text(_escapes ? Escaped(part) : part));
            LimitText(result.Length);
        }
        return new TextValue(result.ToString()) { IsMarkup = _escapes };
    }

    private Value EvalConditional(ConditionalNode node)
    {
        var condition = OrUnknown(node.Condition);
        if (condition is UnknownValue)
        {
            return condition;
        }
        _at = node.Condition.At;
        if (Truth(condition))
        {
            return EvalShallow(node.Then);
        }
        return node.Else is not null
            ? EvalShallow(node.Else)
            : UndefinedResult("the inline if-expression evaluated to false and no else section was defined", isLenient: true);
    }

    // A known operand may decide what an unknown one cannot: false and X is false, whatever X is.
    private Value EvalAnd(AndNode node)
    {
        var left = OrUnknown(node.Left);
        if (left is not UnknownValue)
        {
            _at = node.Left.At;
            return Truth(left) ? EvalShallow(node.Right) : left;
        }
        return Decided(node.Right, by: false) ?? left;
    }

    private Value EvalOr(OrNode node)
    {
        var left = OrUnknown(node.Left);
        if (left is not UnknownValue)
        {
            _at = node.Left.At;
            return Truth(left) ? left : EvalShallow(node.Right);
        }
        return Decided(node.Right, by: true) ?? left;
    }

    private BoolValue? Decided(ExpressionNode node, bool by)
    {
        try
        {
            var value = OrUnknown(node);
            return value is not UnknownValue && Truth(value) == by ? Value.Of(by) as BoolValue : null;
        }
        catch (EvaluationStop stop) when (!stop.IsBudget)
        {
            // What stands behind an unknown guard may fail exactly because the guard would not hold.
            return null;
        }
    }
}
