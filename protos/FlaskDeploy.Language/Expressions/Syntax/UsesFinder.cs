using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Walks a tree for the names that it reads from outside, in the order of writing.</summary>
internal sealed class UsesFinder
{
    private readonly List<string> _variables = [];
    private readonly List<string> _filters = [];
    private readonly List<string> _tests = [];
    private readonly List<string> _lookups = [];
    private readonly List<TemplateReference> _templates = [];
    private ImmutableHashSet<string> _bound;

    private UsesFinder(ImmutableHashSet<string> bound) => _bound = bound;

    /// <summary>Whether a method is called that changes a list or dict in place.</summary>
    private bool HasMutation { get; set; }

    private bool HasScopedBlock { get; set; }

    private bool IsLoopMentioned { get; set; }

    private bool AsksOfOtherHosts { get; set; }

    /// <summary>What every macro has beside its parameters.</summary>
    private ImmutableArray<string> CatchAlls { get; init; } = ["varargs", "kwargs", "caller"];

    internal static TemplateUses Of(ImmutableArray<StatementNode> body, ImmutableHashSet<string> bound)
    {
        var finder = new UsesFinder(bound);
        finder.Body(body);
        return finder.Found();
    }

    /// <summary>What decides which arguments beyond its parameters a macro takes. As Jinja2 has it, what a macro inside of it reads counts as well.</summary>
    internal static ImmutableArray<string> ReadInMacro(ImmutableArray<StatementNode> body)
    {
        var finder = new UsesFinder([]) { CatchAlls = [] };
        finder.Body(body);
        return finder.Found().Variables;
    }

    /// <summary>Whether <c>loop</c> is read, inside of a loop's body too, or a block in it is scoped.</summary>
    internal static bool MentionsLoop(ImmutableArray<StatementNode> body)
    {
        var finder = new UsesFinder([]);
        finder.Body(body);
        return finder.HasScopedBlock || finder.IsLoopMentioned;
    }

    internal static (TemplateUses Uses, bool HasMutation) Of(ImmutableArray<StatementNode> body)
    {
        // What the engine binds in every template.
        var finder = new UsesFinder(["self"]);
        finder.Body(body);
        return (finder.Found(), finder.HasMutation);
    }

    internal static (TemplateUses Uses, bool HasMutation) Of(ExpressionNode expression)
    {
        var finder = new UsesFinder([]);
        finder.Visit(expression);
        return (finder.Found(), finder.HasMutation);
    }

    private TemplateUses Found() => new()
    {
        Variables = [.. _variables.Distinct()],
        AsksOfOtherHosts = AsksOfOtherHosts,
        Filters = [.. _filters.Distinct()],
        Tests = [.. _tests.Distinct()],
        Lookups = [.. _lookups.Distinct()],
        Templates = [.. _templates],
    };

    private void Body(ImmutableArray<StatementNode> body)
    {
        foreach (var statement in body)
        {
            Statement(statement);
        }
    }

    private void Scoped(Action visit, params IEnumerable<string> names)
    {
        var outer = _bound;
        _bound = _bound.Union(names);
        visit();
        _bound = outer;
    }

    private void Statement(StatementNode statement)
    {
        switch (statement)
        {
            case PrintNode print:
                Visit(print.Value);
                break;
            case DoNode node:
                Visit(node.Value);
                break;
            case ForNode loop:
                Visit(loop.Items);
                Scoped(() =>
                {
                    Bind(loop.Target);
                    Visit(loop.Filter);
                    _bound = _bound.Add("loop");
                    Body(loop.Body);
                });
                Scoped(() => Body(loop.Else));
                break;
            case IfNode node:
                foreach (var (condition, body) in node.Branches)
                {
                    Visit(condition);
                    Body(body);
                }
                Body(node.Else);
                break;
            case SetNode set:
                Visit(set.Value);
                Bind(set.Target);
                break;
            case SetBlockNode set:
                Scoped(() => Body(set.Body));
                Visit(set.Filter);
                Bind(set.Target);
                break;
            case WithNode with:
                foreach (var (_, value) in with.Bindings)
                {
                    Visit(value);
                }
                Scoped(() =>
                {
                    foreach (var (target, _) in with.Bindings)
                    {
                        Bind(target);
                    }
                    Body(with.Body);
                });
                break;
            case MacroNode macro:
                _bound = _bound.Add(macro.Name);
                Macro(macro);
                break;
            case CallBlockNode call:
                Visit(call.Call);
                Macro(call.Caller);
                break;
            case FilterBlockNode filter:
                Visit(filter.Filter);
                Scoped(() => Body(filter.Body));
                break;
            case BlockNode block:
                HasScopedBlock |= block.IsScoped;
                Scoped(() => Body(block.Body), "super");
                break;
            case IncludeNode include:
                Template(include.Name, include.IgnoresMissing);
                break;
            case ImportNode import:
                Template(import.Name, mayBeMissing: false);
                _bound = _bound.Add(import.Target);
                break;
            case FromImportNode import:
                Template(import.Name, mayBeMissing: false);
                _bound = _bound.Union(import.Names.Select(name => name.Alias));
                break;
            case ExtendsNode extends:
                Template(extends.Name, mayBeMissing: false);
                break;
            case AutoEscapeNode escape:
                Visit(escape.Condition);
                Scoped(() => Body(escape.Body));
                break;
        }
    }

    private void Template(ExpressionNode name, bool mayBeMissing)
    {
        Visit(name);
        foreach (var one in name switch { ListNode list => list.Items, TupleNode tuple => tuple.Items, _ => [name] })
        {
            var isOneOfMany = name is ListNode or TupleNode;
            _templates.Add(TemplateReference.Of(one) with { MayBeMissing = mayBeMissing || isOneOfMany });
        }
    }

    private void Macro(MacroNode macro)
    {
        foreach (var (_, fallback) in macro.Parameters.Items)
        {
            Visit(fallback);
        }
        Scoped(() => Body(macro.Body), [.. macro.Parameters.Items.Select(parameter => parameter.Name), .. CatchAlls]);
    }

    private void Bind(ExpressionNode target)
    {
        switch (target)
        {
            case NameNode name:
                _bound = _bound.Add(name.Name);
                break;
            case TupleNode tuple:
                foreach (var item in tuple.Items)
                {
                    Bind(item);
                }
                break;
            case NamespaceNode node:
                Read(node.Name);
                break;
        }
    }

    private void Read(string name)
    {
        IsLoopMentioned |= name == "loop";
        if (!_bound.Contains(name) && !Globals.All.ContainsKey(name))
        {
            _variables.Add(name);
        }
    }

    private void Visit(ExpressionNode? node)
    {
        if (!System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new SyntaxStop(node?.At ?? 0, "this is nested too deeply");
        }
        switch (node)
        {
            case NameNode name:
                AsksOfOtherHosts |= name.Name == "hostvars";
                Read(name.Name);
                break;
            case ItemNode { Target: NameNode { Name: "hostvars" } own, Key: NameNode { Name: "inventory_hostname" } host }:
                Read(own.Name);
                Read(host.Name);
                return;
            case AttributeNode attribute:
                HasMutation |= Methods.Mutating.Contains(attribute.Name);
                break;
            case ItemNode item:
                HasMutation |= item.Key is ConstantNode { Value: TextValue method } && Methods.Mutating.Contains(method.Text);
                break;
            case CallNode call:
                Lookup(call);
                break;
            case FilterNode filter:
                _filters.Add(filter.Name);
                HasMutation |= filter.Name == "attr";
                break;
            case TestNode test:
                _tests.Add(test.Name);
                break;
        }
        foreach (var part in node?.Parts ?? [])
        {
            Visit(part);
        }
    }

    private void Lookup(CallNode call)
    {
        if (call is { Target: NameNode { Name: "lookup" or "query" or "q" }, Arguments.Positional: [ConstantNode { Value: TextValue name }, ..] })
        {
            _lookups.Add(Lookups.Plain(name.Text));
        }
    }
}
