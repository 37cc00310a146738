using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>A piece of the syntax tree. <paramref name="At"/> is its offset in the source.</summary>
internal abstract record Node(int At);

internal abstract record ExpressionNode(int At) : Node(At)
{
    /// <summary>The expressions that it is made of, in the order of writing.</summary>
    internal virtual IEnumerable<ExpressionNode> Parts => [];
}

internal sealed record ConstantNode(int At, Value Value) : ExpressionNode(At);

internal sealed record NameNode(int At, string Name) : ExpressionNode(At);

/// <summary><c>ns.name</c> on the left of a <c>set</c>.</summary>
internal sealed record NamespaceNode(int At, string Name, string Attribute) : ExpressionNode(At);

internal sealed record ListNode(int At, ImmutableArray<ExpressionNode> Items) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => Items;
}

internal sealed record TupleNode(int At, ImmutableArray<ExpressionNode> Items) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => Items;
}

internal sealed record DictNode(int At, ImmutableArray<(ExpressionNode Key, ExpressionNode Value)> Entries) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => Entries.SelectMany(entry => (ExpressionNode[])[entry.Key, entry.Value]);
}

internal sealed record AttributeNode(int At, ExpressionNode Target, string Name) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => [Target];
}

internal sealed record ItemNode(int At, ExpressionNode Target, ExpressionNode Key) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => [Target, Key];
}

/// <summary><c>a:b:c</c> between brackets; only ever the key of an <see cref="ItemNode"/>.</summary>
internal sealed record SliceNode(int At, ExpressionNode? Start, ExpressionNode? Stop, ExpressionNode? Step) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => new[] { Start, Stop, Step }.OfType<ExpressionNode>();
}

internal sealed record ArgumentsNode(
    int At,
    ImmutableArray<ExpressionNode> Positional,
    ImmutableArray<(string Name, ExpressionNode Value)> Keywords,
    ExpressionNode? Rest,
    ExpressionNode? KeywordRest) : Node(At)
{
    internal static ArgumentsNode None { get; } = new(0, [], [], null, null);

    internal IEnumerable<ExpressionNode> Parts => Positional.Concat(Keywords.Select(keyword => keyword.Value)).Concat(new[] { Rest, KeywordRest }.OfType<ExpressionNode>());
}

internal sealed record CallNode(int At, ExpressionNode Target, ArgumentsNode Arguments) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => Arguments.Parts.Prepend(Target);
}

/// <summary>A null subject stands for the text of the block that the filter is applied to.</summary>
internal sealed record FilterNode(int At, ExpressionNode? Subject, string Name, ArgumentsNode Arguments) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => Subject is null ? Arguments.Parts : Arguments.Parts.Prepend(Subject);
}

internal sealed record TestNode(int At, ExpressionNode Subject, string Name, ArgumentsNode Arguments) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => Arguments.Parts.Prepend(Subject);
}

internal enum BinaryOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

internal sealed record BinaryNode(int At, BinaryOperator Operator, ExpressionNode Left, ExpressionNode Right) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => [Left, Right];
}

internal sealed record NegateNode(int At, ExpressionNode Operand) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => [Operand];
}

internal sealed record PlusNode(int At, ExpressionNode Operand) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => [Operand];
}

internal sealed record NotNode(int At, ExpressionNode Operand) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => [Operand];
}

internal sealed record AndNode(int At, ExpressionNode Left, ExpressionNode Right) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => [Left, Right];
}

internal sealed record OrNode(int At, ExpressionNode Left, ExpressionNode Right) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => [Left, Right];
}

internal sealed record ConcatNode(int At, ImmutableArray<ExpressionNode> Operands) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => Operands;
}

internal enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

internal sealed record CompareNode(int At, ExpressionNode First, ImmutableArray<(Comparison Operator, ExpressionNode Operand)> Rest) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => Rest.Select(rest => rest.Operand).Prepend(First);
}

internal sealed record ConditionalNode(int At, ExpressionNode Condition, ExpressionNode Then, ExpressionNode? Else) : ExpressionNode(At)
{
    internal override IEnumerable<ExpressionNode> Parts => Else is null ? [Condition, Then] : [Condition, Then, Else];
}

internal abstract record StatementNode(int At) : Node(At);

internal sealed record DataNode(int At, string Text) : StatementNode(At);

internal sealed record PrintNode(int At, ExpressionNode Value) : StatementNode(At);

internal sealed record ForNode(
    int At,
    ExpressionNode Target,
    ExpressionNode Items,
    ExpressionNode? Filter,
    bool IsRecursive,
    ImmutableArray<StatementNode> Body,
    ImmutableArray<StatementNode> Else) : StatementNode(At)
{
    /// <summary>Whether the body asks for <c>loop</c>: only then is it bound, and what the body includes sees it.</summary>
    internal bool HasLoop { get; init; }
}

internal sealed record IfNode(int At, ImmutableArray<(ExpressionNode Condition, ImmutableArray<StatementNode> Body)> Branches, ImmutableArray<StatementNode> Else)
    : StatementNode(At);

internal sealed record SetNode(int At, ExpressionNode Target, ExpressionNode Value) : StatementNode(At);

internal sealed record SetBlockNode(int At, ExpressionNode Target, FilterNode? Filter, ImmutableArray<StatementNode> Body) : StatementNode(At);

internal sealed record ParametersNode(int At, ImmutableArray<(string Name, ExpressionNode? Default)> Items) : Node(At)
{
    internal static ParametersNode None { get; } = new(0, []);
}

internal sealed record MacroNode(int At, string Name, ParametersNode Parameters, ImmutableArray<StatementNode> Body) : StatementNode(At)
{
    /// <summary>Whether the body reads <c>varargs</c>, <c>kwargs</c> or <c>caller</c>: only then may calls have more than the parameters.</summary>
    internal bool TakesRest { get; init; }

    internal bool TakesKeywords { get; init; }

    internal bool TakesCaller { get; init; }
}

internal sealed record CallBlockNode(int At, CallNode Call, MacroNode Caller) : StatementNode(At);

internal sealed record FilterBlockNode(int At, FilterNode Filter, ImmutableArray<StatementNode> Body) : StatementNode(At);

internal sealed record WithNode(int At, ImmutableArray<(ExpressionNode Target, ExpressionNode Value)> Bindings, ImmutableArray<StatementNode> Body) : StatementNode(At);

internal sealed record DoNode(int At, ExpressionNode Value) : StatementNode(At);

internal sealed record BreakNode(int At) : StatementNode(At);

internal sealed record ContinueNode(int At) : StatementNode(At);

/// <summary>A named part of a template, which a template that extends it may replace. It sees what is bound around it only where it is scoped.</summary>
internal sealed record BlockNode(int At, string Name, bool IsScoped, bool IsRequired, ImmutableArray<StatementNode> Body) : StatementNode(At);

internal sealed record IncludeNode(int At, ExpressionNode Name, bool IgnoresMissing, bool HasContext) : StatementNode(At);

internal sealed record ImportNode(int At, ExpressionNode Name, string Target, bool HasContext) : StatementNode(At);

internal sealed record FromImportNode(int At, ExpressionNode Name, ImmutableArray<(string Name, string Alias)> Names, bool HasContext) : StatementNode(At);

internal sealed record ExtendsNode(int At, ExpressionNode Name) : StatementNode(At);

/// <summary><c>autoescape</c>: its body is a scope; escaping is as the condition says.</summary>
internal sealed record AutoEscapeNode(int At, ExpressionNode Condition, ImmutableArray<StatementNode> Body) : StatementNode(At);
