using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>debug</c>: shows a text or the value of a variable.</summary>
internal sealed class DebugModule : Module<DebugArguments>
{
    protected override ValueTask<Plan> Plan(DebugArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        ValueTask.FromResult(Plan(arguments, context));

    private static Plan Plan(DebugArguments arguments, ModuleContext context)
    {
        if (arguments.Verbosity > 0)
        {
            return new InSync("verbosity threshold not met") { Result = MapValue.From(("skipped_reason", Value.Of("Verbosity threshold not met."))) };
        }
        if (arguments.Variable is not { } variable)
        {
            return new InSync("shown") { Result = MapValue.From(("msg", arguments.Message ?? Value.Of("Hello world!"))) };
        }
        // What was written as a template is a value by now; only a name or an expression is still to be evaluated.
        if (variable.Reveal() is not TextValue name)
        {
            return new InSync("shown") { Result = MapValue.From((variable.TypeName, variable)) };
        }
        var evaluation = context.Variable(name.Text);
        return evaluation.Error is { } error
            ? new Impossible(error.Summary) { Remedy = error.Remedy }
            : new InSync("shown")
            {
                Result = MapValue.From((name.Text, evaluation.Value is null or UndefinedValue ? Value.Of("VARIABLE IS NOT DEFINED!") : evaluation.Value)),
            };
    }
}
