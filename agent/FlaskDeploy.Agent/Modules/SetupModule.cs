using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Modules.Facts;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>setup</c>: the facts that a play begins with, asked again, and with them those of the task's user, the moment and the host's own.</summary>
internal sealed class SetupModule : Module<SetupArguments>
{
    protected override async ValueTask<Plan> Plan(SetupArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var (names, unknown) = FactSubsets.Resolve(arguments.Subsets);
        if (unknown is not null)
        {
            return new Impossible($"Bad subset '{unknown}' given to Ansible.") { Remedy = $"gather_subset: {string.Join(", ", FactSubsets.Names)}, or one of them with ! before it" };
        }
        var system = HostFacts.From(await context.View.Ask(new SystemLook(), cancellation), MapValue.Empty).Where(fact => fact.Key is not ("ansible_facts" or "ansible_env"));
        List<KeyValuePair<string, Value>> facts = [.. system, .. await OwnFacts.Of(context.As, context.View, cancellation), OwnFacts.Now(context.Time), OwnFacts.Environment(context.View.Environment)];
        if (names.Contains("local"))
        {
            facts.Add(KeyValuePair.Create("ansible_local", (Value)await LocalFacts.Read(await HostPath.Expand(arguments.FactPath, context, cancellation), context.View, cancellation)));
        }
        var told = facts
            .Where(fact => names.Contains(FactSubsets.Of(fact.Key, fact.Value)) && IsWanted(arguments, fact.Key))
            .Append(KeyValuePair.Create("gather_subset", Value.Of(arguments.Subsets)))
            .Append(KeyValuePair.Create("module_setup", (Value)Value.True));
        return new InSync($"facts of {string.Join(", ", arguments.Subsets)}") { Result = MapValue.From(("ansible_facts", MapValue.From(told.Select(fact => (fact.Key, fact.Value))))) };
    }

    private static bool IsWanted(SetupArguments arguments, string name) => arguments.Filters.All(filter => filter.Length == 0)
        || arguments.Filters.Any(filter => filter.Length > 0 && (Glob.Matches(filter, name) || Glob.Matches(filter, name["ansible_".Length..])));
}
