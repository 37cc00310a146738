using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>wait_for_connection</c>: the task runs, so the host is reached.</summary>
internal sealed class WaitForConnectionModule : Module<WaitForConnectionArguments>
{
    protected override ValueTask<Plan> Plan(WaitForConnectionArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        new(new InSync("the agent is on the host") { Result = MapValue.From(("elapsed", Value.Of(0))) });
}
