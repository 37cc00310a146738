using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// Other templates: include, import, extends, and the blocks that those replace.
internal sealed partial class Evaluator
{
    private Template? _parent;
    private Scope? _around;
    private int _captures;

    // What extends another prints only in its blocks, macros and captures.
    private bool IsSilent => _parent is not null && _captures == 0;

    internal TemplateUnit Unit => unit;

    internal void TakeTaint(TemplateUnit other)
    {
        if (other.IsTainted)
        {
            Touch();
        }
    }

    /// <summary>A whole template, and what it extends in its place.</summary>
    private void RunRoot(ImmutableArray<StatementNode> body, Output output)
    {
        _scope = unit.Top;
        Run(body, output);
        if (_parent is { } parent)
        {
            // The macros of this template keep to what it bound itself, whatever the next one up binds to the same names.
            foreach (var name in MayBind(body).Where(name => unit.Top.Find(name) is null))
            {
                unit.Top.Set(name, FindVariable(name) ?? UndefinedName(name));
            }
            unit.Top = unit.Top.GoOn();
            new Evaluator(session, parent.Text, unit).RunRoot(parent.Body, output);
        }
    }

    // As in Jinja2, a name that only a branch binds is the template's own, also where the branch is not taken.
    private static IEnumerable<string> MayBind(ImmutableArray<StatementNode> body) => body.OfType<IfNode>()
        .SelectMany(node => node.Branches.Select(branch => branch.Body).Append(node.Else))
        .SelectMany(branch => branch.SelectMany(Bound).Concat(MayBind(branch)));

    private static IEnumerable<string> Bound(StatementNode statement) => statement switch
    {
        SetNode set => NamesIn(set.Target),
        SetBlockNode set => NamesIn(set.Target),
        MacroNode macro => [macro.Name],
        ImportNode import => [import.Target],
        FromImportNode import => import.Names.Select(name => name.Alias),
        _ => [],
    };

    private void RunInclude(IncludeNode node, Output output)
    {
        if (Load(node.Name, node.IgnoresMissing, out var name) is not { } template)
        {
            return;
        }
        // What is included is text here, whatever it printed.
        output.Add(Value.Of(RunApart(template, name, node.HasContext ? _scope : null).Text));
    }

    private void RunImport(ImportNode node)
    {
        Bind(node.Target, Import(node.Name, node.HasContext));
    }

    private void RunFromImport(FromImportNode node)
    {
        var module = Import(node.Name, node.HasContext);
        foreach (var (name, alias) in node.Names)
        {
            _at = node.At;
            Bind(alias, module.Attribute(name, this) ?? UndefinedResult($"the template '{module.Unit.Name}' does not export the requested name '{name}'"));
        }
    }

    private ModuleValue Import(ExpressionNode name, bool hasContext)
    {
        var template = Load(name, mayBeMissing: false, out var found)!;
        var (text, inner) = RunApart(template, found, hasContext ? _scope.Snapshot() : null);
        return new ModuleValue(text, inner);
    }

    // An imported name is not handed on to who imports this template.
    private void Bind(string name, Value value)
    {
        _scope.Set(name, value);
        if (ReferenceEquals(_scope, unit.Top))
        {
            unit.Exported.Remove(name);
        }
    }

    private void Export(string name)
    {
        if (ReferenceEquals(_scope, unit.Top) && !name.StartsWith('_'))
        {
            unit.Exported.Add(name);
        }
    }

    private (string Text, TemplateUnit Unit) RunApart(Template template, string name, Scope? around)
    {
        if (unit.Depth >= TemplateUnit.MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Stop(DiagnosticCodes.BudgetExceeded, $"evaluation was given up: templates bring in each other more than {TemplateUnit.MaxDepth} deep: {Chain(name)}");
        }
        Charge(1);
        var inner = new TemplateUnit(template.Copies, template.Options, name, unit)
        {
            Top = new Scope(around),
            HidesVariables = around is null || unit.HidesVariables,
        };
        inner.Add(template);
        var output = new Output(this);
        try
        {
            new Evaluator(session, template.Text, inner).RunRoot(template.Body, output);
            return (output.ToText(), inner);
        }
        finally
        {
            TakeTaint(inner);
        }
    }

    // The last few names tell what goes round.
    private string Chain(string last)
    {
        var names = new List<string> { last };
        for (var at = unit; at is not null && names.Count < 4; at = at.Outer)
        {
            names.Insert(0, at.Name);
        }
        return "... -> " + string.Join(" -> ", names);
    }

    private void RunExtends(ExtendsNode node)
    {
        if (_parent is not null)
        {
            _at = node.At;
            throw Error("a template extends one other only");
        }
        var parent = Load(node.Name, mayBeMissing: false, out var name)!;
        if (unit.Parents.Contains(name))
        {
            throw Error($"templates extend each other in a circle: {string.Join(" -> ", unit.Parents.Append(name))}");
        }
        if (unit.Parents.Count >= TemplateUnit.MaxDepth)
        {
            throw Stop(DiagnosticCodes.BudgetExceeded, $"evaluation was given up: templates extend each other more than {TemplateUnit.MaxDepth} deep");
        }
        unit.Parents.Add(name);
        unit.Add(parent);
        _parent = parent;
    }

    private void RunBlock(BlockNode node, Output output)
    {
        _at = node.At;
        if (node.IsRequired && unit.Block(node.Name, 1) is null)
        {
            throw Error($"the block '{node.Name}' is required, and no template that extends this one has it");
        }
        RunBlock(unit.Block(node.Name, 0)!, 0, node.IsScoped ? _scope : _around ?? unit.Top, output);
    }

    private void RunBlock(BlockPart part, int level, Scope around, Output output)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TooDeep();
        }
        Charge(1);
        var inner = new Evaluator(session, part.Template.Text, unit) { _scope = new Scope(around), _around = around, _escapes = _escapes };
        inner._scope.Set("super", BlockReference.Above(inner, part.Node.Name, level));
        inner.Run(part.Node.Body, output);
    }

    internal string BlockText(string name, int level)
    {
        var output = new Output(this);
        RunBlock(unit.Block(name, level)!, level, _around ?? unit.Top, output);
        return output.ToText();
    }

    // Null only where it may be missing.
    private Template? Load(ExpressionNode node, bool mayBeMissing, out string name)
    {
        var wanted = Eval(node);
        _at = node.At;
        var names = Names(wanted);
        foreach (var one in names)
        {
            if (session.Load(one, unit.Options) is var (template, error, isSecret) && (template ?? (object?)error) is not null)
            {
                if (isSecret)
                {
                    Touch();
                }
                name = one;
                return template ?? throw new EvaluationStop(error!);
            }
        }
        name = "";
        var remedy = Context.Templates is null ? "other templates are looked for only where a task's files are" : null;
        return mayBeMissing ? null
            : throw Stop(DiagnosticCodes.TemplateNotFound, names.Length == 1 ? $"there is no template '{names[0]}'" : $"there is none of the templates {string.Join(", ", names)}", remedy);
    }

    private ImmutableArray<string> Names(Value wanted)
    {
        wanted = Use(wanted);
        return wanted is TextValue text ? [text.Text]
            : TrySequence(wanted, out var items) ? [.. items.Where(item => item is not UndefinedValue).Select(Text)]
            : throw Error($"the name of a template is a text or a list, not {wanted.TypeName}");
    }
}
