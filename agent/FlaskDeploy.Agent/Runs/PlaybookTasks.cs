using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>A task in its place, with what it has from its play and blocks.</summary>
internal sealed record PlacedTask(TaskNode Node, ModuleCall Call, Inherited Keywords)
{
    /// <summary>As written, where it was not rendered: the task's name, or its module's.</summary>
    public string Name => Node.Name is NullValue ? Call.Module : Node.Name.ToString();
}

/// <summary>The tasks of a play in their order, out of their blocks.</summary>
internal static class PlaybookTasks
{
    /// <summary>Those that a run without a failure goes over: what only rescues something is not among them.</summary>
    public static IEnumerable<PlacedTask> Of(Play play) => Of(play.Tasks, Inherited.From(play), withRescue: false);

    /// <summary>With what rescues: a host may have been brought into its state by that.</summary>
    public static IEnumerable<PlacedTask> All(Play play) => Of(play.Tasks, Inherited.From(play), withRescue: true);

    public static IEnumerable<PlacedTask> HandlersOf(Play play) => Of(play.Handlers, Inherited.From(play), withRescue: false);

    /// <summary>The id of the task that an instance is of: <c>0/3</c> of <c>0/3#2</c>.</summary>
    public static string TaskOf(string instance) => instance.IndexOf('#') is >= 0 and var at ? instance[..at] : instance;

    private static IEnumerable<PlacedTask> Of(IEnumerable<TaskNode> nodes, Inherited above, bool withRescue)
    {
        foreach (var node in nodes)
        {
            var keywords = above.With(node);
            switch (node.Action)
            {
                case ModuleCall call:
                    yield return new PlacedTask(node, call, keywords);
                    break;
                case Block block:
                    foreach (var task in Of(block.Tasks.Concat(withRescue ? block.Rescue : []).Concat(block.Always), keywords, withRescue))
                    {
                        yield return task;
                    }
                    break;
            }
        }
    }
}
