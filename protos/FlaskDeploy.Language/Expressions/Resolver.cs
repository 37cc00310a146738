using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Evaluates values that hold templates.</summary>
public static class Resolver
{
    /// <summary>What <c>omit</c> evaluates to: an argument that equals it is as if it had not been written.</summary>
    public static Value Omit { get; } = Value.Of("__omit_place_holder__9f2b7d1c64e84c0a");

    /// <summary>Renders every <see cref="TemplateValue"/> in it, deeply. Parts that are unknown stay unknown in their place.</summary>
    public static Evaluation Resolve(Value value, EvaluationContext context) =>
        value.HasTemplates
            ? Evaluator.Guard(context, session => session.Defined(session.Settle(value)))
            : Evaluation.Of(value);

    /// <summary>
    /// Whether all conditions hold, as <c>when</c> has them: a <see cref="TemplateValue"/> is a bare expression (one wholly
    /// inside <c>{{ }}</c> is taken without them, as Ansible does), all else counts by Python's truth. One that does not
    /// hold decides, whatever is unknown beside it; else something unknown makes the result unknown.
    /// </summary>
    public static Evaluation Test(IEnumerable<Value> conditions, EvaluationContext context) =>
        Evaluator.Guard(context, session =>
        {
            Value? unknown = null;
            foreach (var condition in conditions)
            {
                Value result;
                try
                {
                    result = Condition(condition, session);
                }
                catch (EvaluationStop stop) when (unknown is not null && !stop.IsBudget)
                {
                    // It stands behind something unknown that may be its guard.
                    break;
                }
                if (result is UnknownValue)
                {
                    unknown ??= result;
                }
                else if (!Truth(condition, result))
                {
                    return Value.False;
                }
            }
            return unknown ?? Value.True;
        });

    private static Value Condition(Value condition, Session session)
    {
        if (condition is not TemplateValue template)
        {
            return session.Defined(session.Settle(condition));
        }
        var span = template.Span.IsNone ? session.Context.Span : template.Span;
        var (source, offset) = WithoutBraces(template.Source);
        if (source.Length == 0)
        {
            return Value.True;
        }
        var (expression, error) = TemplateCache.Shared.GetExpression(source, span.Shift(offset));
        return expression is null ? throw new EvaluationStop(error!) : session.Defined(expression.EvaluateIn(session));
    }

    // "{{ x }}" around the whole; "{{ a }} and {{ b }}" is not that.
    private static (string Source, int Offset) WithoutBraces(string source)
    {
        var trimmed = source.Trim();
        if (!trimmed.StartsWith("{{", StringComparison.Ordinal) || !trimmed.EndsWith("}}", StringComparison.Ordinal) || trimmed.Length < 4
            || trimmed.IndexOf("}}", 2, StringComparison.Ordinal) != trimmed.Length - 2)
        {
            return (trimmed.Length == 0 ? "" : source, 0);
        }
        var inner = trimmed[2..^2];
        return (inner, source.IndexOf("{{", StringComparison.Ordinal) + 2);
    }

    // As Ansible has it, what stands in braces is printed first and then read: "false" is no text then. Without them it is one.
    private static bool Truth(Value condition, Value value) => value.Reveal() is TextValue text && IsInBraces(condition)
        ? text.Text.Trim().ToLowerInvariant() is not ("" or "false")
        : value.IsTruthy;

    private static bool IsInBraces(Value condition) => condition is TemplateValue { Source: var source } && WithoutBraces(source).Source.Length < source.Length;
}
