using System.Collections.Immutable;

namespace FlaskDeploy.Controller.Runs;

/// <summary>
/// Events to runs. Pure, and a fold in the strict sense: an event that is in a run already changes nothing, so a log
/// may be replayed from anywhere.
/// <code>
///   (none) --RunStarted--> running --RunFinished--> finished
///      |                      |--AgentStarted(interrupted)--> finished, Interrupted --(later events of the run)--> as they say
///      '------RunRefused------'--> refused
/// </code>
/// </summary>
internal static class RunFold
{
    /// <summary>The run that an event tells of; null: none. A refusal before a run has a name gets one of its own.</summary>
    public static string? RunOf(string log, AgentEvent told) => told switch
    {
        { What: Happening.AgentStarted { InterruptedRun: "" } } => null,
        { What: Happening.AgentStarted started } => started.InterruptedRun,
        { What: Happening.RunRefused, Run: "" } => $"refused-{log}-{told.Number}",
        { Run: "" } => null,
        _ => told.Run,
    };

    /// <param name="run">Null: nothing is known of the run yet.</param>
    /// <returns>The run after the event; null where the event alone makes no run.</returns>
    public static Run? Next(Run? run, string host, string log, AgentEvent told)
    {
        if (RunOf(log, told) is not { } id)
        {
            return run;
        }
        if (run is not null && run.Log == log && told.Number <= run.LastNumber)
        {
            return run;
        }
        if (run is null && told.What is Happening.AgentStarted)
        {
            return null;
        }
        run ??= new Run
        {
            Host = host,
            Id = id,
            Log = log,
            Deployment = told.Deployment,
            Sequence = told.Sequence,
            Order = told.Order,
            StartedMillis = told.UnixMillis,
            FirstNumber = told.Number,
            LastNumber = 0,
        };
        return With(run, told) with { Log = log, LastNumber = told.Number };
    }

    private static Run With(Run run, AgentEvent told) => told.What switch
    {
        // A run that goes on after a restart of the agent starts a second time; it is the same run.
        Happening.RunStarted started => run with { Kind = started.Kind, Cause = started.Cause, Finished = false, Refused = false },
        Happening.TaskFinished task => run with
        {
            Counts = task.OfLoopItem ? run.Counts : run.Counts.Plus(task.Status),
            Corrected = task.Corrective && run.Corrected.All(known => known.Id != task.Task)
                ? run.Corrected.Add(new CorrectedTask(task.Task, task.Name))
                : run.Corrected,
        },
        Happening.RunFinished finished => run with
        {
            Finished = true,
            Result = finished.Result,
            Counts = finished.Counts,
            Micros = finished.Micros,
            Because = finished.Because,
            Corrected = Named(finished.Corrected, run.Corrected),
        },
        Happening.RunRefused refused => run with
        {
            Finished = true,
            Refused = true,
            Result = RunResult.Failed,
            Because = refused.Remedy.Length == 0 ? refused.Reason : $"{refused.Reason}; {refused.Remedy}",
        },
        Happening.AgentStarted when !run.Finished => run with { Finished = true, Result = RunResult.Interrupted, Because = "the agent stopped during the run" },
        _ => run,
    };

    // The end of a run names ids; the names came with the tasks.
    private static ImmutableArray<CorrectedTask> Named(ImmutableArray<string> ids, ImmutableArray<CorrectedTask> known) =>
        [.. ids.Distinct(StringComparer.Ordinal).Select(id => known.FirstOrDefault(task => task.Id == id) ?? new CorrectedTask(id, id))];
}
