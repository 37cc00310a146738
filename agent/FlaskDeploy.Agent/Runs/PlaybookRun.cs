using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// One pass over every task of a deployment, in order, as Ansible would go: a push that the host has not applied yet,
/// <c>--rerun</c>, or <c>--check</c>. What went through ends with the closing plan, which is the baseline.
/// </summary>
internal sealed class PlaybookRun(RunContext run, CancellationToken preempted)
{
    private readonly TaskMode _mode = run.Request.Mode == OrderMode.Check ? TaskMode.Check : TaskMode.Push;
    private bool _reachedStart = run.Request.StartAtTask is null;
    private bool _isInterrupted;

    public async Task<RunOutcome> Execute(CancellationToken cancellation)
    {
        var assigned = run.Assigned;
        run.Reporter.Begin(_mode.ChangeNothing ? RunPass.Check : RunPass.Apply, assigned.Plays.Sum(play => PlaybookTasks.Of(play).Count()));
        InterruptedStep.Tell(run);
        var sessions = new List<PlaySession>();
        var went = true;
        foreach (var play in assigned.Plays)
        {
            var session = await run.Open(play, cancellation);
            sessions.Add(session);
            went = await Go(session, play.Tasks, Inherited.From(play), cancellation);
            if (!_isInterrupted && (went || play.ForceHandlers))
            {
                went &= (await HandlerFlush.Run(run, session, _mode, cancellation)).Failure is null;
            }
            if (!went || _isInterrupted)
            {
                break;
            }
        }
        return await Close(sessions, went, cancellation);
    }

    private async Task<RunOutcome> Close(List<PlaySession> sessions, bool went, CancellationToken cancellation)
    {
        var counts = run.Reporter.Counts;
        if (_isInterrupted)
        {
            return new RunOutcome(RunEnd.Interrupted, "a newer order took over between two tasks") { PendingHandlers = run.Handlers.All };
        }
        if (!went)
        {
            var failed = sessions[^1].Ran.LastOrDefault(ran => ran.Result.HasFailed);
            return new RunOutcome(RunEnd.Failed, failed is null ? "a task failed" : $"{failed.Instance.Name}: {failed.Result.Shown}") { PendingHandlers = run.Handlers.All };
        }
        var end = counts.Changed > 0 ? RunEnd.Changed : RunEnd.Unchanged;
        var because = counts.Changed > 0 ? $"{counts.Changed} of {counts.Ok + counts.Skipped + counts.Unknown} tasks changed something" : "everything was as it should be";
        if (_mode.ChangeNothing)
        {
            return new RunOutcome(end, because);
        }
        var baseline = await BaselineTaker.Take(run, sessions, cancellation);
        return run.Request.IsPartial
            ? new RunOutcome(end, because) { Baseline = baseline, PendingHandlers = run.Handlers.All }
            : new RunOutcome(end, because)
            {
                Baseline = run.Services.LeftOvers.Tell(run, baseline, run.PreviousComplete),
                CompletesRevision = true,
                PendingHandlers = run.Handlers.All,
                Owed = Owed.Nothing,
            };
    }

    /// <returns>False: a task failed and nothing rescued it, so the host goes no further.</returns>
    private async ValueTask<bool> Go(PlaySession session, IEnumerable<TaskNode> nodes, Inherited above, CancellationToken cancellation)
    {
        foreach (var node in nodes)
        {
            if (preempted.IsCancellationRequested)
            {
                _isInterrupted = true;
                return true;
            }
            var keywords = above.With(node);
            var went = node.Action switch
            {
                ModuleCall call => await GoTask(session, new PlacedTask(node, call, keywords), cancellation),
                Block block => await GoBlock(session, block, keywords, cancellation),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
            if (!went || _isInterrupted)
            {
                return went;
            }
        }
        return true;
    }

    private async ValueTask<bool> GoTask(PlaySession session, PlacedTask task, CancellationToken cancellation)
    {
        if (!_reachedStart)
        {
            _reachedStart = task.Name == run.Request.StartAtTask || task.Node.Id == run.Request.StartAtTask;
        }
        if (!_reachedStart || !TagFilter.Takes(task.Keywords.Tags, run.Request.Tags, run.Request.SkipTags))
        {
            return true;
        }
        return !(await session.RunTask(task, _mode, cancellation)).HasFailed;
    }

    private async ValueTask<bool> GoBlock(PlaySession session, Block block, Inherited keywords, CancellationToken cancellation)
    {
        var went = await Go(session, block.Tasks, keywords, cancellation);
        if (!went && !block.Rescue.IsEmpty && !_isInterrupted)
        {
            var failed = session.Ran.Last(ran => ran.Result.HasFailed);
            session.Variables.Register("ansible_failed_task", MapValue.From(("name", Value.Of(failed.Instance.Name)), ("action", Value.Of(failed.Instance.Call.Module))));
            session.Variables.Register("ansible_failed_result", failed.Result.Registered);
            run.Reporter.Rescued();
            went = await Go(session, block.Rescue, keywords, cancellation);
        }
        return await Go(session, block.Always, keywords, cancellation) && went;
    }
}
