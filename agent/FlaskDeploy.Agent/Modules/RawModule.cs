using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>raw</c>: <c>shell</c> without its guards. Ansible has it for hosts without Python; here every module does without.</summary>
internal sealed class RawModule : Module<RawArguments>
{
    protected override ValueTask<Plan> Plan(RawArguments arguments, ModuleContext context, CancellationToken cancellation) => new(
        arguments.Line is { } line
            ? new Change(RawArguments.Spec.OnlyRunsBecause!, [new RunCommand([arguments.Executable, "-c", line]) { Shown = line.Trim() }])
            : new Impossible(CommandPlanner.NoCommand) { Remedy = "write the command line after raw:" });

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => CommandPlanner.Result(plan, outcomes);
}
