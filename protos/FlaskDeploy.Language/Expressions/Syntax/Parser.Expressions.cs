using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// Expressions, from the weakest binding to the strongest.
internal sealed partial class Parser
{
    private ExpressionNode ParseExpression()
    {
        var at = Current.At;
        EnsureStack(at);
        var result = ParseOr();
        while (SkipName("if"))
        {
            var condition = ParseOr();
            result = new ConditionalNode(at, condition, result, SkipName("else") ? ParseExpression() : null);
        }
        return result;
    }

    private ExpressionNode ParseOr()
    {
        var at = Current.At;
        var left = ParseAnd();
        while (SkipName("or"))
        {
            left = new OrNode(at, left, ParseAnd());
        }
        return left;
    }

    private ExpressionNode ParseAnd()
    {
        var at = Current.At;
        var left = ParseNot();
        while (SkipName("and"))
        {
            left = new AndNode(at, left, ParseNot());
        }
        return left;
    }

    private ExpressionNode ParseNot()
    {
        var at = Current.At;
        EnsureStack(at);
        return SkipName("not") ? new NotNode(at, ParseNot()) : ParseCompare();
    }

    private ExpressionNode ParseCompare()
    {
        var at = Current.At;
        var first = ParseSum();
        var rest = ImmutableArray.CreateBuilder<(Comparison, ExpressionNode)>();
        while (TakeComparison() is { } comparison)
        {
            rest.Add((comparison, ParseSum()));
        }
        return rest.Count == 0 ? first : new CompareNode(at, first, rest.ToImmutable());
    }

    private Comparison? TakeComparison()
    {
        if (Current.IsName("not") && Look().IsName("in"))
        {
            _at += 2;
            return Comparison.NotIn;
        }
        Comparison? found = Current switch
        {
            { Kind: TokenKind.Name, Text: "in" } => Comparison.In,
            { Kind: TokenKind.Operator } token => token.Text switch
            {
                "==" => Comparison.Equal,
                "!=" => Comparison.NotEqual,
                "<" => Comparison.Less,
                "<=" => Comparison.LessOrEqual,
                ">" => Comparison.Greater,
                ">=" => Comparison.GreaterOrEqual,
                _ => null,
            },
            _ => null,
        };
        _at += found is null ? 0 : 1;
        return found;
    }

    private ExpressionNode ParseSum()
    {
        var left = ParseConcat();
        while (Current is { Kind: TokenKind.Operator, Text: "+" or "-" } token)
        {
            Next();
            left = new BinaryNode(token.At, token.Text == "+" ? BinaryOperator.Add : BinaryOperator.Subtract, left, ParseConcat());
        }
        return left;
    }

    private ExpressionNode ParseConcat()
    {
        var at = Current.At;
        var first = ParseProduct();
        if (!Current.IsOperator("~"))
        {
            return first;
        }
        var parts = ImmutableArray.CreateBuilder<ExpressionNode>();
        parts.Add(first);
        while (SkipOperator("~"))
        {
            parts.Add(ParseProduct());
        }
        return new ConcatNode(at, parts.ToImmutable());
    }

    private ExpressionNode ParseProduct()
    {
        var left = ParsePower();
        while (Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" } token)
        {
            Next();
            left = new BinaryNode(
                token.At,
                token.Text switch
                {
                    "*" => BinaryOperator.Multiply,
                    "/" => BinaryOperator.Divide,
                    "//" => BinaryOperator.FloorDivide,
                    _ => BinaryOperator.Modulo,
                },
                left,
                ParsePower());
        }
        return left;
    }

    // Binds to the left, and weaker than a sign: 2**3**2 is 64 and -2**2 is 4, in Jinja2.
    private ExpressionNode ParsePower()
    {
        var left = ParseUnary(withFilters: true);
        while (Current is { Kind: TokenKind.Operator, Text: "**" } token)
        {
            Next();
            left = new BinaryNode(token.At, BinaryOperator.Power, left, ParseUnary(withFilters: true));
        }
        return left;
    }

    private ExpressionNode ParseUnary(bool withFilters)
    {
        var at = Current.At;
        EnsureStack(at);
        var node = SkipOperator("-") ? new NegateNode(at, ParseUnary(withFilters: false))
            : SkipOperator("+") ? new PlusNode(at, ParseUnary(withFilters: false))
            : ParsePrimary(withNamespace: false);
        node = ParsePostfix(node);
        return withFilters ? ParseFiltersAndTests(node) : node;
    }

    private ExpressionNode ParsePrimary(bool withNamespace)
    {
        EnsureStack(Current.At);
        var token = Next();
        switch (token)
        {
            case { Kind: TokenKind.Name }:
                if (IsLiteral(token.Text))
                {
                    return new ConstantNode(token.At, token.Text[0] switch
                    {
                        't' or 'T' => Value.True,
                        'f' or 'F' => Value.False,
                        _ => Value.Null,
                    });
                }
                return withNamespace && SkipOperator(".")
                    ? new NamespaceNode(token.At, token.Text, Expect(TokenKind.Name, "a name").Text)
                    : new NameNode(token.At, token.Text);
            case { Kind: TokenKind.Text }:
                var joined = token.Text;
                while (Current.Kind == TokenKind.Text)
                {
                    joined += Next().Text;
                }
                return new ConstantNode(token.At, Value.Of(joined));
            case { Kind: TokenKind.Integer }:
                return new ConstantNode(token.At, new IntegerValue(ReadInteger(token)));
            case { Kind: TokenKind.Real }:
                return new ConstantNode(token.At, Value.Of(double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture)));
            case { Kind: TokenKind.Operator, Text: "(" }:
                var inner = ParseTupleOf(ParseExpression, endsAt: null, isParenthesised: true);
                ExpectOperator(")");
                return inner;
            case { Kind: TokenKind.Operator, Text: "[" }:
                return ParseList(token.At);
            case { Kind: TokenKind.Operator, Text: "{" }:
                return ParseDict(token.At);
            default:
                throw Fail(token, token.Kind is TokenKind.End or TokenKind.VariableEnd or TokenKind.BlockEnd ? $"expected an expression, got {token}" : $"unexpected {token}");
        }
    }

    private static BigInteger ReadInteger(Token token) =>
        NumberFilters.ParseInteger(token.Text, radix: 0) ?? throw Fail(token, "a number of more than 4300 digits");

    /// <summary>One expression, or several with commas between them, which make a tuple.</summary>
    private ExpressionNode ParseTuple(bool withConditional, string? endsAt = null) =>
        ParseTupleOf(withConditional ? ParseExpression : ParseOr, endsAt, isParenthesised: false);

    private ExpressionNode ParseTupleOf(Func<ExpressionNode> parse, string? endsAt, bool isParenthesised)
    {
        var at = Current.At;
        var items = ImmutableArray.CreateBuilder<ExpressionNode>();
        var isTuple = false;
        while (true)
        {
            if (items.Count > 0)
            {
                ExpectOperator(",");
            }
            if (Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || Current.IsOperator(")") || endsAt is not null && Current.IsName(endsAt))
            {
                break;
            }
            items.Add(parse());
            if (!Current.IsOperator(","))
            {
                break;
            }
            isTuple = true;
        }
        if (isTuple || items.Count == 0 && isParenthesised)
        {
            return new TupleNode(at, items.ToImmutable());
        }
        return items.Count > 0 ? items[0] : throw Fail(Current, $"expected an expression, got {Current}");
    }

    private ListNode ParseList(int at)
    {
        var items = ImmutableArray.CreateBuilder<ExpressionNode>();
        while (!Current.IsOperator("]"))
        {
            if (items.Count > 0)
            {
                ExpectOperator(",");
                if (Current.IsOperator("]"))
                {
                    break;
                }
            }
            items.Add(ParseExpression());
        }
        ExpectOperator("]");
        return new ListNode(at, items.ToImmutable());
    }

    private DictNode ParseDict(int at)
    {
        var entries = ImmutableArray.CreateBuilder<(ExpressionNode, ExpressionNode)>();
        while (!Current.IsOperator("}"))
        {
            if (entries.Count > 0)
            {
                ExpectOperator(",");
                if (Current.IsOperator("}"))
                {
                    break;
                }
            }
            var key = ParseExpression();
            ExpectOperator(":");
            entries.Add((key, ParseExpression()));
        }
        ExpectOperator("}");
        return new DictNode(at, entries.ToImmutable());
    }
}
