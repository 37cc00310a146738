using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>ping</c>: the agent is there and runs modules.</summary>
internal sealed class PingModule : Module<PingArguments>
{
    protected override ValueTask<Plan> Plan(PingArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        ValueTask.FromResult<Plan>(arguments.Data == "crash"
            ? new Impossible("boom") { Remedy = "data=crash asks for it" }
            : new InSync(arguments.Data) { Result = MapValue.From(("ping", Value.Of(arguments.Data))) });
}
