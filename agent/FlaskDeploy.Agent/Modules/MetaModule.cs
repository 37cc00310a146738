using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>meta</c>: what it says is the run's to do; the host is not concerned.</summary>
internal sealed class MetaModule : Module<MetaArguments>
{
    protected override ValueTask<Plan> Plan(MetaArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        ValueTask.FromResult<Plan>(new InSync(arguments.Action));
}
