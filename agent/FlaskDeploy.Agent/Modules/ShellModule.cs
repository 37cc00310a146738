using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>shell</c>: the text goes to <c>/bin/sh -c</c> as it is.</summary>
internal sealed class ShellModule : Module<ShellArguments>
{
    protected override async ValueTask<Plan> Plan(ShellArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Request.Line is not { } line || string.IsNullOrWhiteSpace(line))
        {
            return new Impossible(CommandPlanner.NoCommand) { Remedy = "write the command line after shell:", Result = CommandPlanner.WrongCall };
        }
        var shell = arguments.Request.Executable is { } written ? await HostPath.ExpandText(written, context.View, cancellation) : "/bin/sh";
        return await CommandPlanner.Plan(arguments.Request, [shell, "-c", line], Value.Of(line), line.Trim(), context, cancellation);
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => CommandPlanner.Result(plan, outcomes);
}
