using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// What stands behind an expression: attributes, items, calls, filters and tests.
internal sealed partial class Parser
{
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
