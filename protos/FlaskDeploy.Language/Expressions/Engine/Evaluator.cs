using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// Evaluates one template or expression. What meets a secret taints the whole result (<see cref="IsTainted"/>); what
/// meets something unknown ends in <see cref="UnknownStop"/>, which <c>and</c>, <c>or</c>, <c>if</c> and the tests of being
/// defined may still decide.
/// </summary>
internal sealed partial class Evaluator(Session session, TemplateText text, TemplateUnit unit)
{
    private Scope _scope = unit.Top;
    private int _at;
    private bool _escapes;
    private bool _isNative;
    private bool _hasMoment;

    internal Session Session => session;

    internal EvaluationContext Context => session.Context;

    /// <summary>Whether a secret went into what was computed.</summary>
    internal bool IsTainted => unit.IsTainted;

    internal EvaluationStop Error(string message, string? remedy = null) => Stop(DiagnosticCodes.EvaluationFailed, message, remedy);

    internal EvaluationStop Stop(string code, string message, string? remedy = null) =>
        new(new Diagnostic(code, Severity.Error, Here, message) { Remedy = remedy });

    private SourceSpan Here => text.Start.IsNone ? Context.Span : text.At(_at);

    internal void Charge(long steps)
    {
        if (session.Charge(steps) is { } spent)
        {
            throw Stop(DiagnosticCodes.BudgetExceeded, $"evaluation was given up: {spent}");
        }
    }

    internal void LimitText(long length)
    {
        if (length > session.Budget.Characters)
        {
            throw Stop(DiagnosticCodes.BudgetExceeded, $"evaluation was given up: a text of more than {session.Budget.Characters} characters");
        }
    }

    internal EvaluationStop TooDeep() => Stop(DiagnosticCodes.BudgetExceeded, "evaluation was given up: it is nested too deeply");

    internal void Touch() => unit.IsTainted = true;

    /// <summary>The value for an operation: rendered, and nothing that cannot be operated on.</summary>
    internal Value Use(Value value)
    {
        value = session.Settle(value);
        switch (value)
        {
            case SecretValue secret:
                Touch();
                return Use(secret.Reveal());
            case UnknownValue unknown:
                throw new UnknownStop(unknown);
            case UndefinedValue undefined:
                throw Undefined(undefined);
            default:
                return value;
        }
    }

    internal void RefuseUndefined(Value value)
    {
        if (value is UndefinedValue { IsLenient: false } undefined)
        {
            throw Undefined(undefined);
        }
    }

    internal EvaluationStop Undefined(UndefinedValue value) =>
        value.Origin is { } origin ? new EvaluationStop(origin) : Stop(DiagnosticCodes.UndefinedVariable, value.What);

    /// <summary>The value with all secrets in it revealed. Stops where anything inside is unknown.</summary>
    internal Value OpenDeep(Value value)
    {
        value = session.Settle(value);
        var seen = new Contents();
        Look(value, ref seen);
        if (seen.HasSecret)
        {
            Touch();
            value = Revealed(value);
        }
        return seen.Unknown is { } unknown ? throw new UnknownStop(unknown) : value;
    }

    private struct Contents
    {
        internal long Count;
        internal bool HasSecret;
        internal UnknownValue? Unknown;
    }

    // What is small in memory can be endless to go through: one list that stands in itself twice, a hundred times over.
    // So the going costs steps, few enough that large data is no matter.
    private void Look(Value value, ref Contents seen)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++seen.Count % 4096 == 0)
        {
            Charge(512);
        }
        switch (value)
        {
            case UnknownValue unknown:
                seen.Unknown ??= unknown;
                break;
            case SecretValue secret:
                seen.HasSecret = true;
                Look(secret.Reveal(), ref seen);
                break;
            case MapValue map:
                foreach (var (key, inner) in map.Entries)
                {
                    Look(key, ref seen);
                    Look(inner, ref seen);
                }
                break;
            case var list when TrySequence(list, out var items):
                foreach (var item in items)
                {
                    Look(item, ref seen);
                }
                break;
        }
    }

    private Value Revealed(Value value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return value.Reveal() switch
        {
            ListValue { HasSecrets: true } list => new ListValue([.. list.Items.Select(Revealed)]),
            MapValue { HasSecrets: true } map => new MapValue(map.Entries.Select(entry => KeyValuePair.Create(Revealed(entry.Key), Revealed(entry.Value)))),
            var other => other,
        };
    }

    /// <summary>Null: the name is neither bound, nor a variable, nor a global.</summary>
    internal Value? FindVariable(string name)
    {
        if (unit.HidesVariables)
        {
            return null;
        }
        if (unit.Copied.TryGetValue(name, out var copied))
        {
            return copied;
        }
        var value = Context.Variables.Find(name);
        if (value is TemplateValue template)
        {
            value = session.Open(template, name);
        }
        if (value is null || !unit.Copies)
        {
            return value;
        }
        return unit.Copied[name] = Copy(session.Settle(value, name));
    }

    // A method that changes a list in place changes our copy of it, never the variable.
    private static Value Copy(Value value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return value switch
        {
            ListValue list => new ListValue([.. list.Items.Select(Copy)]),
            MapValue map => new MapValue(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, Copy(entry.Value)))),
            _ => value,
        };
    }

    private Value Name(NameNode node)
    {
        if (_scope.Find(node.Name) is { } bound)
        {
            return bound;
        }
        _at = node.At;
        if (node.Name == "self")
        {
            return new SelfValue(this);
        }
        if (FindVariable(node.Name) is { } value)
        {
            return value is UndefinedValue undefined && undefined.Origin is null ? WithPlace(undefined) : value;
        }
        return Globals.All.TryGetValue(node.Name, out var global) ? global(this) : UndefinedName(node.Name);
    }

    private UndefinedValue UndefinedName(string name)
    {
        var what = $"'{name}' is undefined";
        var remedy = Suggestion.For(name, [.. Context.Variables.Suggestible, .. Globals.All.Keys]);
        return new UndefinedValue(what) { Origin = new Diagnostic(DiagnosticCodes.UndefinedVariable, Severity.Error, Here, what) { Remedy = remedy } };
    }

    internal UndefinedValue UndefinedResult(string what, string? remedy = null, bool isLenient = false) =>
        new(what) { Origin = new Diagnostic(DiagnosticCodes.UndefinedVariable, Severity.Error, Here, what) { Remedy = remedy }, IsLenient = isLenient };

    private UndefinedValue WithPlace(UndefinedValue value) => UndefinedResult(value.What);

    /// <summary>Runs a piece of work where something unknown is an answer and not the end.</summary>
    private Value OrUnknown(ExpressionNode node)
    {
        try
        {
            return Eval(node);
        }
        catch (UnknownStop stop)
        {
            return stop.Value;
        }
    }

    /// <summary>What leaves the engine: data only, lists for tuples and views, nothing undefined, and no two things that are the very same.</summary>
    internal Value Export(Value value)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TooDeep();
        }
        value = session.Settle(value);
        Charge(1);
        switch (value)
        {
            case UndefinedValue { IsLenient: true }:
                return Value.Of("");
            case UndefinedValue undefined:
                throw Undefined(undefined);
            case TupleValue tuple:
                return new ListValue([.. tuple.Items.Select(Export)]);
            case ViewValue view:
                return new ListValue([.. view.Items.Select(Export)]);
            case RangeValue range:
                return new ListValue([.. Items(range)]);
            case ListValue list when list.Items.Any(IsForeign):
                return new ListValue([.. list.Items.Select(Export)]);
            case MapValue map when map.Entries.Any(entry => IsForeign(entry.Value) || IsForeign(entry.Key)):
                return new MapValue(map.Entries.Select(entry => KeyValuePair.Create(Export(entry.Key), Export(entry.Value))));
            case ListValue list:
                return new ListValue(list.Items);
            case MapValue map:
                return map.Twin();
            case TextValue { IsMarkup: true } markup:
                return Value.Of(markup.Text);
            case MomentValue when !_isNative:
                _hasMoment = true;
                return Value.Of(Text(value));
            case VariablesValue:
                return new MapValue(Context.Variables.Names.Select(name => KeyValuePair.Create((Value)Value.Of(name), Export(FindVariable(name) ?? Value.Null))));
            case ObjectValue thing:
                return thing.AsData ?? throw Error($"the result is a {thing.TypeName}, which is no data");
            default:
                return value;
        }
    }

    private static bool IsForeign(Value value) =>
        value is UndefinedValue or TupleValue or ViewValue or RangeValue or ObjectValue or MomentValue or ListValue or MapValue or TextValue { IsMarkup: true };
}
