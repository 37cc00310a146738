using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>fail</c>: fails, in a check too.</summary>
internal sealed class FailModule : Module<FailArguments>
{
    protected override ValueTask<Plan> Plan(FailArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        ValueTask.FromResult<Plan>(new Impossible(arguments.Message));
}
