using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>add_host</c>: the runner takes <c>add_host</c> of the result into the run's inventory.</summary>
internal sealed class AddHostModule : Module<AddHostArguments>
{
    protected override ValueTask<Plan> Plan(AddHostArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Problem is { } problem)
        {
            return ValueTask.FromResult<Plan>(new Impossible(problem));
        }
        var result = MapValue.From(("add_host", MapValue.From(("host_name", Value.Of(arguments.Name)), ("groups", Value.Of(arguments.Groups)), ("host_vars", arguments.Vars))));
        return ValueTask.FromResult<Plan>(context.Inventory?.IsKnown(arguments.Name, arguments.Groups, arguments.Vars) == true
            ? new InSync($"{arguments.Name} is known") { Result = result }
            : new Change($"{arguments.Name} is made known", []) { Result = result });
    }
}
