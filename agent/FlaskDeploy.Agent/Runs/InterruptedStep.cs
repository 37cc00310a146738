using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Runs;

/// <summary>The step in which the agent's last life was cut off: nobody saw how it ended.</summary>
internal static class InterruptedStep
{
    /// <summary>Says so, once: cut off again before anything else was done, the next life does not repeat it.</summary>
    public static void Tell(RunContext run)
    {
        if (run.Resumed?.InMidStep is not { } step)
        {
            return;
        }
        var id = PlaybookTasks.TaskOf(step.Instance);
        if (run.Assigned.Plays.SelectMany(play => PlaybookTasks.All(play).Concat(PlaybookTasks.HandlersOf(play))).FirstOrDefault(task => task.Node.Id == id) is { } task)
        {
            var variables = new TaskVariables(new RunVariables(run.Assigned, task.Keywords.Play, request: null));
            var instance = new TaskInstance(task.Node, task.Call, task.Keywords, variables) { Name = task.Name, PlayName = task.Keywords.Play.Hosts };
            // What its variables were is not known here: whatever may be hidden, is.
            var result = TaskResult.Unknown($"the agent was cut off in: {step.Step.Summary}; it is looked at again") with { IsCensored = task.Keywords.NoLog is not null };
            run.Reporter.TaskEnds(instance, result, corrective: false, handler: false);
        }
        else if (Included(run, id) is { } included)
        {
            var variables = new TaskVariables(new RunVariables(run.Assigned, included.Keywords.Play, request: null));
            var instance = new TaskInstance(included.Node, included.Call, included.Keywords, variables) { Name = included.Name, PlayName = included.Keywords.Play.Hosts };
            // What is above the include may hide the step; that it is hidden is not known.
            run.Reporter.TaskEnds(instance, TaskResult.Unknown("the agent was cut off in it; it is looked at again"), corrective: false, handler: false);
        }
        run.Journal.StepEnded(step.Instance, step.Index, new StepOutcome(StepStatus.Unknown));
    }

    // What an include brought is not in the play: its id says which file it is of, and where in it.
    private static PlacedTask? Included(RunContext run, string id)
    {
        var (file, rest) = Inclusions.Origin(run.Assigned.Bundle, id);
        if (file is null || run.Assigned.Plays.FirstOrDefault() is not { } play)
        {
            return null;
        }
        return PlaybookTasks.All(play with { Tasks = [.. file.Tasks, .. file.Handlers] }).Where(task => task.Node.Id == rest).Select(task => task with { Node = task.Node with { Id = id } }).FirstOrDefault();
    }
}
