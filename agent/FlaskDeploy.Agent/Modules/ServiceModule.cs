using System.Collections.Immutable;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>service</c>: a service, through systemd.</summary>
internal sealed class ServiceModule : Module<ServiceArguments>
{
    protected override ValueTask<Plan> Plan(ServiceArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        ServicePlanner.Plan(arguments.Request, context, cancellation);

    protected override ValueTask<ImmutableArray<Claim>> Claims(ServiceArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        new(ServicePlanner.Claims(arguments.Request));
}
