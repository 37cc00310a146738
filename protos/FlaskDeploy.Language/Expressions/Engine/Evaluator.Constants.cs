using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// Constants as Jinja2 computes them when it compiles a template. It shows in one thing: a slice of what has none is undefined
// there, and an error where the template runs.
internal sealed partial class Evaluator
{
    // Those that ask for the context are left to the time when the template runs.
    private static readonly ImmutableArray<string> OfContext = ["map", "select", "reject", "selectattr", "rejectattr", "random"];

    private bool _isFolding;

    // Null: it is computed when the template runs.
    private Value? Folded(ExpressionNode node)
    {
        if (_isFolding || node is ConstantNode || !IsConstant(node))
        {
            return null;
        }
        _isFolding = true;
        try
        {
            var value = Eval(node);
            return IsWritable(value) ? value : null;
        }
        catch (EvaluationStop stop) when (!stop.IsBudget)
        {
            return null;
        }
        finally
        {
            _isFolding = false;
        }
    }

    internal static bool IsConstant(ExpressionNode? node) => node switch
    {
        null or ConstantNode => true,
        ListNode list => list.Items.All(IsConstant),
        TupleNode tuple => tuple.Items.All(IsConstant),
        DictNode dict => dict.Entries.All(entry => IsConstant(entry.Key) && IsConstant(entry.Value)),
        AttributeNode attribute => IsConstant(attribute.Target),
        ItemNode item => IsConstant(item.Target) && IsConstant(item.Key),
        SliceNode slice => IsConstant(slice.Start) && IsConstant(slice.Stop) && IsConstant(slice.Step),
        FilterNode { Subject: { } subject } filter => !OfContext.Contains(filter.Name) && IsConstant(subject) && AreConstant(filter.Arguments),
        TestNode test => IsConstant(test.Subject) && AreConstant(test.Arguments),
        BinaryNode binary => IsConstant(binary.Left) && IsConstant(binary.Right),
        CompareNode compare => IsConstant(compare.First) && compare.Rest.All(operand => IsConstant(operand.Operand)),
        ConcatNode concat => concat.Parts.All(IsConstant),
        ConditionalNode conditional => IsConstant(conditional.Condition) && IsConstant(conditional.Then) && IsConstant(conditional.Else),
        AndNode and => IsConstant(and.Left) && IsConstant(and.Right),
        OrNode or => IsConstant(or.Left) && IsConstant(or.Right),
        NotNode not => IsConstant(not.Operand),
        NegateNode negate => IsConstant(negate.Operand),
        PlusNode plus => IsConstant(plus.Operand),
        _ => false,
    };

    private static bool AreConstant(ArgumentsNode arguments) =>
        arguments.Positional.All(IsConstant) && arguments.Keywords.All(keyword => IsConstant(keyword.Value)) && IsConstant(arguments.Rest) && IsConstant(arguments.KeywordRest);

    // What can be written into a template's code.
    private static bool IsWritable(Value value) => value switch
    {
        NullValue or BoolValue or IntegerValue or RealValue or TextValue or RangeValue => true,
        ListValue list => list.Items.All(IsWritable),
        TupleValue { IsGroup: false } tuple => tuple.Items.All(IsWritable),
        MapValue map => map.Entries.All(entry => IsWritable(entry.Key) && IsWritable(entry.Value)),
        _ => false,
    };
}
