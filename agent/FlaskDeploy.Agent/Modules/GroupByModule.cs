using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>group_by</c>: the runner takes <c>add_group</c> of the result into the run's inventory.</summary>
internal sealed class GroupByModule : Module<GroupByArguments>
{
    protected override ValueTask<Plan> Plan(GroupByArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (context.Inventory?.Circle(new GroupJoin(arguments.Key, arguments.Parents)) is { } parent)
        {
            return ValueTask.FromResult<Plan>(new Impossible($"the group {arguments.Key} cannot be a child of {parent}: it would contain itself"));
        }
        var result = MapValue.From(("add_group", Value.Of(arguments.Key)), ("parent_groups", Value.Of(arguments.Parents)));
        return ValueTask.FromResult<Plan>(context.Inventory?.IsIn(new GroupJoin(arguments.Key, arguments.Parents)) == true
            ? new InSync($"in the group {arguments.Key}") { Result = result }
            : new Change($"joins the group {arguments.Key}", []) { Result = result });
    }
}
