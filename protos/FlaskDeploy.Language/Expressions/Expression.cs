using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>A bare expression, as <c>when</c>, <c>changed_when</c> and <c>until</c> have them. Immutable.</summary>
public sealed class Expression
{
    private readonly string _source;

    private Expression(string source) => _source = source;

    public TemplateUses Uses { get; } = new();

    /// <summary>Null when syntax errors were added.</summary>
    public static Expression? Parse(string source, SourceSpan start, DiagnosticBag diagnostics) => new(source);

    public Evaluation Evaluate(EvaluationContext context) => Evaluation.Of(Value.Of(_source));
}
