using FlaskDeploy.Language.Diagnostics;
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
        if (arguments.Verbosity > 0 && !(context.Variable("ansible_verbosity").Value is IntegerValue said && said.Number >= arguments.Verbosity))
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
        // The text may be what a template gave, and so come from a host: it must not be able to call anything.
        if (name.Text.AsSpan().IndexOfAny('(', '{', '}') >= 0)
        {
            return new Impossible($"var takes the name of a variable, or an expression without calls: {name.Text}") { Remedy = "msg: \"{{ … }}\" shows any expression" };
        }
        var evaluation = context.Variable(name.Text);
        if (evaluation.Error is { Code: not DiagnosticCodes.UndefinedVariable } error)
        {
            return new Impossible(error.Summary) { Remedy = error.Remedy };
        }
        var isDefined = evaluation is { Error: null, Value: not (null or UndefinedValue) };
        return new InSync("shown") { Result = MapValue.From((name.Text, isDefined ? evaluation.Value! : Value.Of("VARIABLE IS NOT DEFINED!"))) };
    }
}
