using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>The special variables that tell which roles a play has, as Ansible names them.</summary>
internal static class RoleNames
{
    public static IEnumerable<KeyValuePair<string, Value>> Of(Play play)
    {
        var (named, dependencies) = (new List<string>(), new List<string>());
        Gather(play.Tasks, named, dependencies);
        var own = Value.Of(named);
        return
        [
            KeyValuePair.Create("role_names", own),
            KeyValuePair.Create("ansible_play_role_names", own),
            KeyValuePair.Create("ansible_dependent_role_names", Value.Of(dependencies.Distinct(StringComparer.Ordinal))),
            KeyValuePair.Create("ansible_role_names", Value.Of(dependencies.Concat(named).Distinct(StringComparer.Ordinal))),
        ];
    }

    /// <param name="parents">The roles whose tasks included or imported this one, the nearest first.</param>
    public static Dictionary<string, Value> Around(RoleScope role, IReadOnlyCollection<RoleScope> parents)
    {
        var names = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            ["role_name"] = Value.Of(role.Name),
            ["ansible_role_name"] = Value.Of(role.Name),
            ["role_path"] = Value.Of(role.Path),
        };
        if (parents.Count > 0)
        {
            names["ansible_parent_role_names"] = Value.Of(parents.Select(parent => parent.Name));
            names["ansible_parent_role_paths"] = Value.Of(parents.Select(parent => parent.Path));
        }
        return names;
    }

    // A role's block holds its dependencies' blocks and then its own tasks, among which are roles that they import.
    private static void Gather(IEnumerable<TaskNode> nodes, List<string> named, List<string> dependencies)
    {
        foreach (var node in nodes)
        {
            if (node.Action is not Block block)
            {
                continue;
            }
            if (node.Role is not { } role)
            {
                Gather(block.Tasks.Concat(block.Rescue).Concat(block.Always), named, dependencies);
                continue;
            }
            named.Add(role.Name);
            foreach (var part in block.Tasks)
            {
                Gather([part], part.Role is null ? named : dependencies, dependencies);
            }
        }
    }
}
