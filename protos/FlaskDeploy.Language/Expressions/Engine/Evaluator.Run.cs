using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// From a tree to an Evaluation. Everything that may end an evaluation early is caught here and nowhere above.
internal sealed partial class Evaluator
{
    internal static Evaluation Guard(EvaluationContext context, Func<Session, Value> run)
    {
        var session = new Session(context);
        try
        {
            return Evaluation.Of(run(session));
        }
        catch (EvaluationStop stop)
        {
            return Evaluation.Failed(stop.Diagnostic);
        }
        catch (UnknownStop stop)
        {
            return Evaluation.Of(stop.Value);
        }
        catch (InsufficientExecutionStackException)
        {
            // Values may be nested deeper than the stack is: what an expression can build must not end the process.
            return Evaluation.Failed(new Diagnostic(DiagnosticCodes.BudgetExceeded, Severity.Error, context.Span, "evaluation was given up: it is nested too deeply"));
        }
    }

    /// <summary>A template's value: native where it printed one piece, text else. May be undefined or unknown.</summary>
    internal Value RunTemplate(Template template, bool isLazy = false) => Secured(() =>
    {
        _isNative = Context.HasNativeTypes;
        var output = new Output(this, keepsType: true) { IsNative = _isNative };
        if (isLazy && template.Body is [PrintNode only])
        {
            Charge(2);
            var shown = Asking(only.Value, EvalShallow);
            if (shown.HasTemplates)
            {
                return shown;
            }
            _at = only.At;
            output.Add(session.Settle(shown));
        }
        else
        {
            RunRoot(template.Body, output);
        }
        if (_isNative)
        {
            var native = output.IsEmpty ? Value.Null : Literal(output.ToNative());
            return native is TextValue text ? WithNewlines(text, template) : native;
        }
        var result = Concatenated(output.ToNative(), template);
        // A folded block of YAML ends in a newline, and what a loop goes over is often written in one.
        return template.NewlinesToRestore == 0 || result.Reveal() is ListValue or TupleValue or MapValue or BoolValue or UnknownValue or UndefinedValue
            ? result
            : WithNewlines(result as TextValue ?? new TextValue(PrintedText(result)), template);
    });

    // As Ansible has it without native types: what is printed is a text, and data again where it looks like a list, a dict or
    // a truth and reads as one. Only a number or nothing of a variable that stands there by itself stays what it is.
    private Value Concatenated(Value printed, Template template)
    {
        switch (printed)
        {
            case SecretValue secret:
                return new SecretValue(Concatenated(secret.Reveal(), template));
            case TupleValue:
                return Value.Of(Text(printed));
            case NullValue or IntegerValue or RealValue:
                return template.Body is [PrintNode { Value: NameNode { Name: var name } }] && Context.Variables.Find(name)?.Reveal() is NullValue or IntegerValue or RealValue
                    ? printed
                    : Value.Of(PrintedText(printed));
            case TextValue text:
                Charge(text.Text.Length / 64);
                return PrintedData.Of(text);
            default:
                return printed;
        }
    }

    // With native types a text that reads as a Python literal is what it reads as, unless a filter said that it is a text.
    private static Value Literal(Value value) =>
        value is TextValue { StaysText: false, IsMarkup: false } text && PythonLiteral.TryParsePrinted(text.Text) is { } read and not TextValue ? read : value;

    internal Value RunText(Template template) => Secured(() =>
    {
        var output = new Output(this);
        RunRoot(template.Body, output);
        return WithNewlines(new TextValue(output.ToText()), template);
    });

    // As Ansible does it, so that those of included templates do not count.
    private static TextValue WithNewlines(TextValue printed, Template template)
    {
        var missing = template.NewlinesToRestore - (printed.Text.Length - printed.Text.TrimEnd('\n').Length);
        return missing > 0 ? new TextValue(printed.Text + string.Concat(Enumerable.Repeat(template.Options.NewlineSequence, missing))) { IsMarkup = printed.IsMarkup } : printed;
    }

    internal Value RunExpression(ExpressionNode expression) => Secured(() => Asking(expression, Eval));

    private Value Secured(Func<Value> run)
    {
        Value result;
        try
        {
            result = run();
            var exported = result is UndefinedValue { IsLenient: false } || result.HasTemplates ? result : Export(result);
            // As in Ansible, what prints as datetime.date(...) is read as no list or dict: it stays the text that it printed.
            result = _hasMoment && exported is ListValue or MapValue ? Value.Of(Text(result)) : exported;
        }
        catch (UnknownStop stop)
        {
            result = stop.Value;
        }
        return IsTainted && result is not (SecretValue or UndefinedValue or UnknownValue) ? new SecretValue(result) : result;
    }

    private const int MostPossible = 8;

    // Bodies around that may come to be run and may not.
    private int _possible;

    private void Run(ImmutableArray<StatementNode> body, Output output)
    {
        UnknownStop? unknown = null;
        foreach (var statement in body)
        {
            try
            {
                Run(statement, output);
            }
            catch (UnknownStop stop)
            {
                // What stands behind it is gone through all the same: whoever asks may want to know the files that it looks up.
                unknown ??= stop;
            }
            catch (EvaluationStop stop) when (unknown is not null && !stop.IsBudget)
            {
                // It may be so because of what is unknown.
            }
        }
        if (unknown is not null)
        {
            throw unknown;
        }
    }

    private void Run(StatementNode statement, Output output)
    {
        Charge(1);
        switch (statement)
        {
            case DataNode or PrintNode when IsSilent:
                break;
            case DataNode data:
                output.Add(Value.Of(data.Text));
                break;
            case PrintNode print:
                var value = Asking(print.Value, Eval);
                _at = print.At;
                output.Add(_escapes ? Escaped(value) : value);
                break;
            case IfNode node:
                RunIf(node, output);
                break;
            case ForNode loop:
                RunFor(loop, output);
                break;
            case SetNode set:
                Assign(set.Target, Asking(set.Value, Eval));
                break;
            case SetBlockNode set:
                var captured = AsPrinted(Captured(set.Body));
                Assign(set.Target, set.Filter is null ? captured : EvalFilter(set.Filter, captured));
                break;
            case WithNode with:
                RunWith(with, output);
                break;
            case MacroNode macro:
                _scope.Set(macro.Name, new MacroValue(macro, _scope, _escapes, this));
                Export(macro.Name);
                break;
            case CallBlockNode call:
                output.Add(EvalCall(call.Call, new MacroValue(call.Caller, _scope, _escapes, this)));
                break;
            case FilterBlockNode filter:
                output.Add(EvalFilter(filter.Filter, AsPrinted(Captured(filter.Body, IsSilent))));
                break;
            case DoNode node:
                Asking(node.Value, Eval);
                break;
            case BlockNode block:
                if (_parent is null || !ReferenceEquals(_scope, unit.Top))
                {
                    RunBlock(block, output);
                }
                break;
            case IncludeNode include:
                RunInclude(include, output);
                break;
            case ImportNode import:
                RunImport(import);
                break;
            case FromImportNode import:
                RunFromImport(import);
                break;
            case ExtendsNode extends:
                RunExtends(extends);
                break;
            case AutoEscapeNode escape:
                var outer = _escapes;
                _escapes = Truth(Eval(escape.Condition));
                Scoped(() => Run(escape.Body, output));
                _escapes = outer;
                break;
            case BreakNode:
                throw LoopJump.Break;
            case ContinueNode:
                throw LoopJump.Continue;
        }
    }

    private Value Escaped(Value value) => Markup.Escape(this, value);

    private string Captured(ImmutableArray<StatementNode> body, bool isSilent = false)
    {
        var output = new Output(this);
        _captures += isSilent ? 0 : 1;
        try
        {
            Scoped(() => Run(body, output));
        }
        finally
        {
            _captures -= isSilent ? 0 : 1;
        }
        return output.ToText();
    }

    private void Scoped(Action run)
    {
        var outer = _scope;
        _scope = new Scope(outer);
        try
        {
            run();
        }
        finally
        {
            _scope = outer;
        }
    }

    private void RunIf(IfNode node, Output output)
    {
        for (var index = 0; index < node.Branches.Length; index++)
        {
            var (condition, body) = node.Branches[index];
            bool holds;
            try
            {
                var value = Asking(condition, Eval);
                _at = condition.At;
                holds = Truth(value);
            }
            catch (UnknownStop)
            {
                foreach (var possible in node.Branches.Skip(index).Select(branch => branch.Body).Append(node.Else))
                {
                    GoThrough(possible);
                }
                throw;
            }
            if (holds)
            {
                Run(body, output);
                return;
            }
        }
        Run(node.Else, output);
    }

    // What may come to be printed and may not: whoever asks may want to know the files that it looks up.
    private void GoThrough(ImmutableArray<StatementNode> body)
    {
        // A macro that ends by what is unknown would not end here.
        if (!IsAhead || _possible >= MostPossible)
        {
            return;
        }
        _possible++;
        try
        {
            Run(body, new Output(this));
        }
        catch (Exception stop) when (stop is UnknownStop or LoopJump or EvaluationStop { IsBudget: false })
        {
            // It may be so because of what is unknown.
        }
        finally
        {
            _possible--;
        }
    }

    private void RunWith(WithNode with, Output output)
    {
        var values = with.Bindings.Select(binding => (binding.Target, Value: Eval(binding.Value))).ToList();
        Scoped(() =>
        {
            foreach (var (target, value) in values)
            {
                Assign(target, value);
            }
            Run(with.Body, output);
        });
    }

    private void Assign(ExpressionNode target, Value value)
    {
        switch (target)
        {
            case NameNode name:
                _scope.Set(name.Name, value);
                Export(name.Name);
                break;
            case NamespaceNode node:
                _at = node.At;
                if (Eval(new NameNode(node.At, node.Name)) is not NamespaceValue space)
                {
                    throw Error($"cannot assign to an attribute of '{node.Name}': it is not a namespace()");
                }
                space.Set(node.Attribute, value);
                break;
            case TupleNode tuple:
                _at = tuple.At;
                var items = Items(value);
                if (items.Length != tuple.Items.Length)
                {
                    throw Error(items.Length > tuple.Items.Length
                        ? $"too many values to unpack (expected {tuple.Items.Length})"
                        : $"not enough values to unpack (expected {tuple.Items.Length}, got {items.Length})");
                }
                for (var i = 0; i < items.Length; i++)
                {
                    Assign(tuple.Items[i], items[i]);
                }
                break;
        }
    }
}

/// <summary><c>break</c> and <c>continue</c> on their way to their loop.</summary>
internal sealed class LoopJump : Exception
{
    internal static LoopJump Break { get; } = new();

    internal static LoopJump Continue { get; } = new();
}
