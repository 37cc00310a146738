using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>assert</c>: all conditions hold, or the task fails with the first that does not.</summary>
internal sealed class AssertModule : Module<AssertArguments>
{
    protected override ValueTask<Plan> Plan(AssertArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        ValueTask.FromResult(Plan(arguments, context));

    private static Plan Plan(AssertArguments arguments, ModuleContext context)
    {
        // An entry that was left empty asks for nothing.
        foreach (var condition in arguments.That.Where(condition => condition is not NullValue))
        {
            var evaluation = context.Test([condition]);
            if (evaluation.Error is { } error)
            {
                return new Impossible($"the condition {condition} cannot be evaluated: {error.Summary}") { Remedy = error.Remedy };
            }
            var value = evaluation.Value!;
            if (value.IsUnknown)
            {
                return new Unplannable($"the condition {condition} uses what is not known yet: {value}");
            }
            if (!value.IsTruthy)
            {
                var message = arguments.FailMessage ?? "Assertion failed";
                return new Impossible($"{message}: {condition}")
                {
                    Result = MapValue.From(("assertion", Value.Of(condition.ToString())), ("evaluated_to", Value.False), ("msg", Value.Of(message))),
                };
            }
        }
        return new InSync($"all {arguments.That.Length} conditions hold")
        {
            Result = arguments.Quiet ? MapValue.Empty : MapValue.From(("msg", Value.Of(arguments.SuccessMessage ?? "All assertions passed"))),
        };
    }
}
