using System.Collections.Immutable;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>systemd</c>: a unit of systemd.</summary>
internal sealed class SystemdModule : Module<SystemdArguments>
{
    protected override ValueTask<Plan> Plan(SystemdArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        ServicePlanner.Plan(arguments.Request, context, cancellation);

    protected override ValueTask<ImmutableArray<Claim>> Claims(SystemdArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        new(ServicePlanner.Claims(arguments.Request));
}
