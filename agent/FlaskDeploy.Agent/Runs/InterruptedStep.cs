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
            var variables = new TaskVariables(new RunVariables(run.Assigned, task.Keywords.Play, checkMode: false));
            var instance = new TaskInstance(task.Node, task.Call, task.Keywords, variables) { Name = task.Name, PlayName = task.Keywords.Play.Hosts };
            // What its variables were is not known here: whatever may be hidden, is.
            var result = TaskResult.Unknown($"the agent was cut off in: {step.Step.Summary}; it is looked at again") with { IsCensored = task.Keywords.NoLog is not null };
            run.Reporter.TaskEnds(instance, result, corrective: false, handler: false);
        }
        run.Journal.StepEnded(step.Instance, step.Index, new StepOutcome(StepStatus.Unknown));
    }
}
