using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Ends one evaluation with what is wrong. Never leaves the engine: it becomes an <see cref="Evaluation"/>.</summary>
internal sealed class EvaluationStop(Diagnostic diagnostic) : Exception(diagnostic.Summary)
{
    internal Diagnostic Diagnostic { get; } = diagnostic;

    internal bool IsBudget => Diagnostic.Code == DiagnosticCodes.BudgetExceeded;
}

/// <summary>An operation met something unknown, so its result is. Caught where a known operand may still decide.</summary>
internal sealed class UnknownStop(UnknownValue value) : Exception(value.Because)
{
    internal UnknownValue Value { get; } = value;
}
