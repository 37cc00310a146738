using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>A task in its place, with what it has from its play and blocks.</summary>
internal sealed record PlacedTask(TaskNode Node, ModuleCall Call, Inherited Keywords)
{
    /// <summary>As written, where it was not rendered: the task's name, or its module's.</summary>
    public string Name => Node.Name is NullValue ? Call.Module : Node.Name.ToString();

    /// <summary>An include, told and counted as the module that it looks like.</summary>
    public static PlacedTask Of(TaskNode node, Include include, Inherited keywords) =>
        new(node, new ModuleCall(include.Kind == IncludeKind.Role ? "include_role" : "include_tasks", MapValue.Empty, null, include.Directory), keywords);
}

/// <summary>The tasks of a play in their order, out of their blocks.</summary>
internal static class PlaybookTasks
{
    /// <summary>Those that a run without a failure goes over: what only rescues something is not among them.</summary>
    public static IEnumerable<PlacedTask> Of(Play play) => Of(play.Tasks, Inherited.From(play), withRescue: false, null);

    /// <summary>Of tasks that were included.</summary>
    public static IEnumerable<PlacedTask> Of(IEnumerable<TaskNode> nodes, Inherited above, Inclusions inclusions) => Of(nodes, above, withRescue: false, inclusions);

    /// <summary>With what rescues: a host may have been brought into its state by that.</summary>
    /// <param name="inclusions">Null: without what includes bring.</param>
    public static IEnumerable<PlacedTask> All(Play play, Inclusions? inclusions = null) => Of(play.Tasks, Inherited.From(play), withRescue: true, inclusions);

    /// <summary>Includes among them: notified, they are gone into.</summary>
    public static IEnumerable<PlacedTask> HandlersOf(Play play, Inclusions? inclusions = null) =>
        Handlers(play.Handlers, Inherited.From(play)).Concat(inclusions?.Handlers(Inherited.From(play)).SelectMany(brought => Handlers(brought.Handlers, brought.Keywords)) ?? []);

    /// <summary>The id of the task that an instance is of: <c>0/3</c> of <c>0/3#2</c>.</summary>
    public static string TaskOf(string instance) => instance.IndexOf('#') is >= 0 and var at ? instance[..at] : instance;

    private static IEnumerable<PlacedTask> Handlers(IEnumerable<TaskNode> nodes, Inherited above) => nodes.SelectMany(node => node.Action switch
    {
        Block block => Handlers(block.Tasks.Concat(block.Always), above.With(node)),
        Include include => [PlacedTask.Of(node, include, above.With(node))],
        _ => Of([node], above, withRescue: false, null),
    });

    private static IEnumerable<PlacedTask> Of(IEnumerable<TaskNode> nodes, Inherited above, bool withRescue, Inclusions? inclusions)
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
                    foreach (var task in Of(block.Tasks.Concat(withRescue ? block.Rescue : []).Concat(block.Always), keywords, withRescue, inclusions))
                    {
                        yield return task;
                    }
                    break;
                case Include:
                    foreach (var task in inclusions?.Under(node, above).SelectMany(under => Of(under.Tasks, under.Keywords, withRescue, inclusions)) ?? [])
                    {
                        yield return task;
                    }
                    break;
            }
        }
    }
}
