using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>A task in its place, with what it has from its play and blocks.</summary>
internal sealed record PlacedTask(TaskNode Node, ModuleCall Call, Inherited Keywords)
{
    /// <summary>As written, where it was not rendered: the task's name, or its module's.</summary>
    public string Name => Node.Name is NullValue ? Call.Module : Node.Name.ToString();
}

/// <summary>The tasks of a play in their order, out of their blocks. What only rescues something is not among them.</summary>
internal static class PlaybookTasks
{
    public static IEnumerable<PlacedTask> Of(Play play) => Of(play.Tasks, Inherited.From(play));

    public static IEnumerable<PlacedTask> HandlersOf(Play play) => Of(play.Handlers, Inherited.From(play));

    private static IEnumerable<PlacedTask> Of(IEnumerable<TaskNode> nodes, Inherited above)
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
                    foreach (var task in Of(block.Tasks, keywords).Concat(Of(block.Always, keywords)))
                    {
                        yield return task;
                    }
                    break;
            }
        }
    }
}
