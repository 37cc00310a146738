using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// Makes a syntax tree of tokens, by Jinja2's grammar. The first syntax error ends it; unknown filters and tests are
/// collected, all of them.
/// </summary>
internal sealed partial class Parser(List<Token> tokens, TemplateText text, DiagnosticBag diagnostics)
{
    internal static readonly string[] Statements =
        ["for", "if", "set", "with", "macro", "call", "filter", "block", "print", "do", "break", "continue", "autoescape", "raw", "include", "import", "from", "extends"];

    private readonly Stack<string> _tags = new();
    private readonly Dictionary<string, BlockNode?> _blocks = new(StringComparer.Ordinal);
    private int _at;
    private int _loops;

    private Token Current => tokens[_at];

    /// <summary>All blocks of the template that was parsed, those inside of others too.</summary>
    internal ImmutableArray<BlockNode> Blocks => [.. _blocks.Values.OfType<BlockNode>()];

    internal ImmutableArray<StatementNode> ParseTemplate()
    {
        var body = ParseBody([]);
        return Current.Kind == TokenKind.End ? body : throw Fail(Current, $"unexpected {Current}");
    }

    internal ExpressionNode ParseWholeExpression()
    {
        var expression = ParseExpression();
        return Current.Kind == TokenKind.End ? expression : throw Fail(Current, $"unexpected {Current} after the expression");
    }

    private Token Next() => Current.Kind == TokenKind.End ? Current : tokens[_at++];

    private Token Look() => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    private bool SkipName(string name)
    {
        var isIt = Current.IsName(name);
        _at += isIt ? 1 : 0;
        return isIt;
    }

    private bool SkipOperator(string text)
    {
        var isIt = Current.IsOperator(text);
        _at += isIt ? 1 : 0;
        return isIt;
    }

    private Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Next() : throw Fail(Current, $"expected {what}, got {Current}");

    private void ExpectOperator(string text)
    {
        if (!SkipOperator(text))
        {
            throw Fail(Current, $"expected '{text}', got {Current}");
        }
    }

    private void ExpectName(string name)
    {
        if (!SkipName(name))
        {
            throw Fail(Current, $"expected '{name}', got {Current}");
        }
    }

    private static SyntaxStop Fail(Token token, string message) => new(token.At, message);

    private static void EnsureStack(int at)
    {
        if (!System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new SyntaxStop(at, "this is nested too deeply");
        }
    }

    /// <summary>Up to a tag with one of the names, which is not consumed, or to the end.</summary>
    private ImmutableArray<StatementNode> ParseBody(string[] ends)
    {
        EnsureStack(Current.At);
        var body = ImmutableArray.CreateBuilder<StatementNode>();
        while (true)
        {
            var token = Current;
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new DataNode(token.At, Next().Text));
                    break;
                case TokenKind.VariableStart:
                    Next();
                    body.Add(new PrintNode(Current.At, ParseTuple(withConditional: true)));
                    Expect(TokenKind.VariableEnd, "the end of the print statement");
                    break;
                case TokenKind.BlockStart:
                    if (Look() is { Kind: TokenKind.Name } name && ends.Contains(name.Text))
                    {
                        return body.ToImmutable();
                    }
                    Next();
                    ParseStatement(body, ends);
                    Expect(TokenKind.BlockEnd, "the end of the statement block");
                    break;
                default:
                    return body.ToImmutable();
            }
        }
    }

    /// <summary>The body of a statement and the name of the tag that ended it. <c>{% endx</c> is consumed.</summary>
    private (ImmutableArray<StatementNode> Body, Token End) ParseBodyUntil(params string[] ends)
    {
        SkipOperator(":");
        var opened = _tags.Peek();
        Expect(TokenKind.BlockEnd, "the end of the statement block");
        var body = ParseBody(ends);
        if (Current.Kind != TokenKind.BlockStart)
        {
            throw Fail(Current, $"the end of '{opened}' is missing: expected {string.Join(" or ", ends.Select(end => $"'{end}'"))}");
        }
        Next();
        return (body, Next());
    }

    private void ParseStatement(ImmutableArray<StatementNode>.Builder body, string[] ends)
    {
        var token = Current;
        if (token.Kind != TokenKind.Name)
        {
            throw Fail(token, $"expected the name of a statement, got {token}");
        }
        _tags.Push(token.Text);
        Next();
        if (token.Text == "print")
        {
            ParsePrint(body);
        }
        else
        {
            body.Add(token.Text switch
            {
                "for" => ParseFor(token.At),
                "if" => ParseIf(token.At),
                "set" => ParseSet(token.At),
                "with" => ParseWith(token.At),
                "macro" => ParseMacro(token.At),
                "call" => ParseCallBlock(token.At),
                "filter" => ParseFilterBlock(token.At),
                "block" => ParseBlock(token.At),
                "do" => new DoNode(token.At, ParseTuple(withConditional: true)),
                "autoescape" => ParseAutoEscape(token.At),
                "include" => ParseInclude(token.At),
                "import" => ParseImport(token.At),
                "from" => ParseFromImport(token.At),
                "extends" => ParseExtends(token),
                "break" => _loops > 0 ? new BreakNode(token.At) : throw Fail(token, "'break' outside of a loop"),
                "continue" => _loops > 0 ? new ContinueNode(token.At) : throw Fail(token, "'continue' outside of a loop"),
                _ => throw UnknownStatement(token, ends),
            });
        }
        _tags.Pop();
    }

    private SyntaxStop UnknownStatement(Token token, string[] ends)
    {
        _tags.Pop();
        var looking = ends.Length > 0 ? $"; looking for {string.Join(" or ", ends.Select(end => $"'{end}'"))} of '{_tags.Peek()}'" : "";
        var suggestion = Suggestion.For(token.Text, [.. ends, .. Statements]) is { } found ? $"; {found}" : "";
        return Fail(token, $"there is no statement '{token.Text}'{looking}{suggestion}");
    }

    private void ParsePrint(ImmutableArray<StatementNode>.Builder body)
    {
        var isFirst = true;
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (!isFirst)
            {
                ExpectOperator(",");
            }
            isFirst = false;
            body.Add(new PrintNode(Current.At, ParseExpression()));
        }
    }

    private ForNode ParseFor(int at)
    {
        var start = Current;
        var target = ParseTarget(endsAt: "in");
        if (NamesIn(target).Contains("loop", StringComparer.Ordinal))
        {
            throw Fail(start, "'loop' is the loop's own variable, and cannot be assigned to by 'for'");
        }
        ExpectName("in");
        var items = ParseTuple(withConditional: false, endsAt: "recursive");
        var filter = SkipName("if") ? ParseExpression() : null;
        var isRecursive = SkipName("recursive");
        _loops++;
        var (body, end) = ParseBodyUntil("endfor", "else");
        _loops--;
        ImmutableArray<StatementNode> otherwise = [];
        if (end.Text == "else")
        {
            (otherwise, _) = ParseBodyUntil("endfor");
        }
        return new ForNode(at, target, items, filter, isRecursive, body, otherwise) { HasLoop = isRecursive || UsesFinder.MentionsLoop(body) };
    }

    private static IEnumerable<string> NamesIn(ExpressionNode target) => target switch
    {
        NameNode name => [name.Name],
        TupleNode tuple => tuple.Items.SelectMany(NamesIn),
        _ => [],
    };

    private IfNode ParseIf(int at)
    {
        var branches = ImmutableArray.CreateBuilder<(ExpressionNode, ImmutableArray<StatementNode>)>();
        while (true)
        {
            var condition = ParseTuple(withConditional: false);
            var (body, end) = ParseBodyUntil("elif", "else", "endif");
            branches.Add((condition, body));
            if (end.Text == "elif")
            {
                continue;
            }
            ImmutableArray<StatementNode> otherwise = [];
            if (end.Text == "else")
            {
                (otherwise, _) = ParseBodyUntil("endif");
            }
            return new IfNode(at, branches.ToImmutable(), otherwise);
        }
    }

    private StatementNode ParseSet(int at)
    {
        var target = ParseTarget(withNamespace: true);
        if (SkipOperator("="))
        {
            return new SetNode(at, target, ParseTuple(withConditional: true));
        }
        var filter = (FilterNode?)ParseFilters(null);
        var (body, _) = ParseBodyUntil("endset");
        return new SetBlockNode(at, target, filter, body);
    }

    private WithNode ParseWith(int at)
    {
        var bindings = ImmutableArray.CreateBuilder<(ExpressionNode, ExpressionNode)>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (bindings.Count > 0)
            {
                ExpectOperator(",");
            }
            var target = ParseTarget();
            ExpectOperator("=");
            bindings.Add((target, ParseExpression()));
        }
        var (body, _) = ParseBodyUntil("endwith");
        return new WithNode(at, bindings.ToImmutable(), body);
    }

    private MacroNode ParseMacro(int at)
    {
        var name = ParseNameTarget();
        return WithBody(at, name, ParseParameters(), "endmacro");
    }

    private MacroNode WithBody(int at, string name, ParametersNode parameters, string end)
    {
        var loops = _loops;
        _loops = 0;
        var (body, _) = ParseBodyUntil(end);
        _loops = loops;
        var reads = UsesFinder.ReadInMacro(body);
        if (reads.Contains("caller") && parameters.Items.Any(parameter => parameter is ("caller", null)))
        {
            throw new SyntaxStop(at, "the parameter 'caller' of a macro must be left out, or have a default");
        }
        return new MacroNode(at, name, parameters, body)
        {
            TakesRest = reads.Contains("varargs"),
            TakesKeywords = reads.Contains("kwargs"),
            TakesCaller = reads.Contains("caller"),
        };
    }

    private ParametersNode ParseParameters()
    {
        var at = Current.At;
        ExpectOperator("(");
        var parameters = ImmutableArray.CreateBuilder<(string, ExpressionNode?)>();
        var hasDefaults = false;
        while (!Current.IsOperator(")"))
        {
            if (parameters.Count > 0)
            {
                ExpectOperator(",");
            }
            var token = Current;
            var name = ParseNameTarget();
            var fallback = SkipOperator("=") ? ParseExpression() : null;
            if (hasDefaults && fallback is null)
            {
                throw Fail(token, $"parameter '{name}' has no default but follows one that has");
            }
            hasDefaults |= fallback is not null;
            parameters.Add((name, fallback));
        }
        ExpectOperator(")");
        return new ParametersNode(at, parameters.ToImmutable());
    }

    private CallBlockNode ParseCallBlock(int at)
    {
        var parameters = Current.IsOperator("(") ? ParseParameters() : ParametersNode.None;
        if (ParseExpression() is not CallNode call)
        {
            throw new SyntaxStop(at, "'call' wants a call: {% call name(...) %}");
        }
        return new CallBlockNode(at, call, WithBody(at, "caller", parameters, "endcall"));
    }

    private FilterBlockNode ParseFilterBlock(int at)
    {
        var filter = ParseFilters(ParseFilter(null));
        var (body, _) = ParseBodyUntil("endfilter");
        return new FilterBlockNode(at, (FilterNode)filter!, body);
    }

    private BlockNode ParseBlock(int at)
    {
        var name = Expect(TokenKind.Name, "the name of the block").Text;
        var isScoped = SkipName("scoped");
        var isRequired = SkipName("required");
        if (!_blocks.TryAdd(name, null))
        {
            throw new SyntaxStop(at, $"block '{name}' is defined twice");
        }
        var loops = _loops;
        _loops = 0;
        var (body, _) = ParseBodyUntil("endblock");
        _loops = loops;
        SkipName(name);
        if (isRequired && !body.All(statement => statement is DataNode data && PythonChar.Trim(data.Text).Length == 0))
        {
            throw new SyntaxStop(at, "a required block can only hold comments and blanks");
        }
        var block = new BlockNode(at, name, isScoped, isRequired, body);
        _blocks[name] = block;
        return block;
    }

    private AutoEscapeNode ParseAutoEscape(int at)
    {
        var condition = ParseExpression();
        var (body, _) = ParseBodyUntil("endautoescape");
        return new AutoEscapeNode(at, condition, body);
    }

    private string ParseNameTarget()
    {
        var token = Expect(TokenKind.Name, "a name");
        return IsLiteral(token.Text) ? throw Fail(token, $"'{token.Text}' cannot be assigned to") : token.Text;
    }

    private static bool IsLiteral(string name) => name is "true" or "True" or "false" or "False" or "none" or "None";

    private ExpressionNode ParseTarget(string? endsAt = null, bool withNamespace = false)
    {
        var token = Current;
        var target = ParseTupleOf(() => ParsePrimary(withNamespace), endsAt, isParenthesised: false);
        CheckTarget(target, token);
        return target;
    }

    private static void CheckTarget(ExpressionNode target, Token token)
    {
        switch (target)
        {
            case NameNode or NamespaceNode:
                break;
            case TupleNode tuple:
                foreach (var item in tuple.Items)
                {
                    CheckTarget(item, token);
                }
                break;
            default:
                throw Fail(token, $"{token} cannot be assigned to");
        }
    }
}
