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

    private ExpressionNode ParsePostfix(ExpressionNode node)
    {
        while (Current is { Kind: TokenKind.Operator, Text: "." or "[" or "(" } token)
        {
            node = token.Text switch
            {
                "." => ParseAttribute(node),
                "[" => ParseItem(node),
                _ => new CallNode(token.At, node, ParseArguments()),
            };
        }
        return node;
    }

    private ExpressionNode ParseAttribute(ExpressionNode target)
    {
        Next();
        var name = Next();
        return name.Kind switch
        {
            TokenKind.Name => new AttributeNode(name.At, target, name.Text),
            TokenKind.Integer => new ItemNode(name.At, target, new ConstantNode(name.At, new IntegerValue(ReadInteger(name)))),
            _ => throw Fail(name, $"expected a name or a number after '.', got {name}"),
        };
    }

    private ItemNode ParseItem(ExpressionNode target)
    {
        var at = Next().At;
        var keys = ImmutableArray.CreateBuilder<ExpressionNode>();
        while (!Current.IsOperator("]"))
        {
            if (keys.Count > 0)
            {
                ExpectOperator(",");
            }
            keys.Add(ParseSubscript());
        }
        ExpectOperator("]");
        text.SlicesConstants |= keys is [SliceNode] && Evaluator.IsConstant(target);
        return new ItemNode(at, target, keys.Count == 1 ? keys[0] : new TupleNode(at, keys.ToImmutable()));
    }

    private ExpressionNode ParseSubscript()
    {
        var at = Current.At;
        ExpressionNode? start = null;
        if (!Current.IsOperator(":"))
        {
            start = ParseExpression();
            if (!Current.IsOperator(":"))
            {
                return start;
            }
        }
        ExpectOperator(":");
        var stop = Current is { Kind: TokenKind.Operator, Text: ":" or "]" or "," } ? null : ParseExpression();
        var step = SkipOperator(":") && Current is not { Kind: TokenKind.Operator, Text: "]" or "," } ? ParseExpression() : null;
        return new SliceNode(at, start, stop, step);
    }

    private ArgumentsNode ParseArguments()
    {
        var at = Current.At;
        ExpectOperator("(");
        var positional = ImmutableArray.CreateBuilder<ExpressionNode>();
        var keywords = ImmutableArray.CreateBuilder<(string, ExpressionNode)>();
        ExpressionNode? rest = null;
        ExpressionNode? keywordRest = null;
        var isFirst = true;
        while (!Current.IsOperator(")"))
        {
            if (!isFirst)
            {
                ExpectOperator(",");
                if (Current.IsOperator(")"))
                {
                    break;
                }
            }
            isFirst = false;
            var token = Current;
            if (SkipOperator("**"))
            {
                Ensure(keywordRest is null, token);
                keywordRest = ParseExpression();
            }
            else if (SkipOperator("*"))
            {
                Ensure(rest is null && keywordRest is null, token);
                rest = ParseExpression();
            }
            else if (token.Kind == TokenKind.Name && Look().IsOperator("="))
            {
                Ensure(keywordRest is null, token);
                _at += 2;
                if (keywords.Any(keyword => keyword.Item1 == token.Text))
                {
                    throw Fail(token, $"argument '{token.Text}' is given twice");
                }
                keywords.Add((token.Text, ParseExpression()));
            }
            else
            {
                Ensure(rest is null && keywordRest is null && keywords.Count == 0, token);
                positional.Add(ParseExpression());
            }
        }
        ExpectOperator(")");
        return new ArgumentsNode(at, positional.ToImmutable(), keywords.ToImmutable(), rest, keywordRest);

        static void Ensure(bool holds, Token token)
        {
            if (!holds)
            {
                throw Fail(token, "this argument cannot follow the ones before it");
            }
        }
    }

    private ExpressionNode ParseFiltersAndTests(ExpressionNode node)
    {
        while (true)
        {
            if (Current.IsOperator("|"))
            {
                Next();
                node = ParseFilter(node);
            }
            else if (Current.IsName("is"))
            {
                node = ParseTest(node);
            }
            else if (Current.IsOperator("("))
            {
                node = new CallNode(Current.At, node, ParseArguments());
            }
            else
            {
                return node;
            }
        }
    }

    /// <summary>Null subject: the filters of a block, of which the first takes the block's text.</summary>
    private ExpressionNode? ParseFilters(ExpressionNode? subject)
    {
        while (SkipOperator("|"))
        {
            subject = ParseFilter(subject);
        }
        return subject;
    }

    private FilterNode ParseFilter(ExpressionNode? subject)
    {
        var at = Current.At;
        var name = ParseDottedName("the name of a filter");
        if (!Filters.All.ContainsKey(name))
        {
            Refuse(DiagnosticCodes.UnknownFilter, at, "filter", name, RefusedNames.Filters, Filters.All.Keys);
        }
        return new FilterNode(at, subject, name, Current.IsOperator("(") ? ParseArguments() : ArgumentsNode.None);
    }

    private void Refuse(string code, int at, string what, string name, IReadOnlyDictionary<string, string> refused, IEnumerable<string> known)
    {
        if (refused.TryGetValue(name, out var remedy))
        {
            diagnostics.Error(code, text.At(at), $"the {what} '{name}' is not supported", remedy);
            return;
        }
        diagnostics.Error(code, text.At(at), $"there is no {what} '{name}'", Suggestion.For(name, known));
    }

    private ExpressionNode ParseTest(ExpressionNode subject)
    {
        var start = Next().At;
        var isNegated = SkipName("not");
        var at = Current.At;
        var name = ParseDottedName("the name of a test");
        if (!Tests.All.ContainsKey(name))
        {
            Refuse(DiagnosticCodes.UnknownTest, at, "test", name, RefusedNames.Tests, Tests.All.Keys);
        }
        var arguments = ArgumentsNode.None;
        if (Current.IsOperator("("))
        {
            arguments = ParseArguments();
        }
        else if (StartsArgument(Current))
        {
            if (Current.IsName("is"))
            {
                throw Fail(Current, "tests cannot be chained with 'is'; combine them with 'and'");
            }
            arguments = new ArgumentsNode(Current.At, [ParsePostfix(ParsePrimary(withNamespace: false))], [], null, null);
        }
        var test = new TestNode(at, subject, name, arguments);
        return isNegated ? new NotNode(start, test) : test;
    }

    private static bool StartsArgument(Token token) =>
        token.Kind is TokenKind.Text or TokenKind.Integer or TokenKind.Real
        || token is { Kind: TokenKind.Operator, Text: "[" or "{" }
        || token.Kind == TokenKind.Name && token.Text is not ("else" or "or" or "and");

    // ansible.builtin.combine is combine.
    private string ParseDottedName(string what)
    {
        var name = Expect(TokenKind.Name, what).Text;
        while (SkipOperator("."))
        {
            name += "." + Expect(TokenKind.Name, what).Text;
        }
        foreach (var prefix in (ReadOnlySpan<string>)["ansible.builtin.", "ansible.legacy."])
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return name[prefix.Length..];
            }
        }
        return name;
    }
}
