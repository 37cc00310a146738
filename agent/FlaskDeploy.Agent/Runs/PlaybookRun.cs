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

    // The host's failure is cleared: it goes on behind the block whose `always` said so.
    private bool _isForgiven;

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
            if (play.IsChosenOnHost && !run.Inventory.IsMeantBy(play.Hosts))
            {
                session.End();
                continue;
            }
            went = await Go(session, play.Tasks, Inherited.From(play), cancellation);
            if (!_isInterrupted && (went || play.ForceHandlers) && session.Stop == PlayStop.Nothing)
            {
                went &= (await HandlerFlush.Run(run, session, _mode, cancellation)).Failure is null;
            }
            session.End();
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
            var failed = sessions[^1].RanInstances.LastOrDefault(ran => ran.Result.HasFailed);
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
        foreach (var (index, node) in nodes.Index())
        {
            if (preempted.IsCancellationRequested)
            {
                _isInterrupted = true;
                return true;
            }
            var keywords = above.With(node);
            var went = node.Action switch
            {
                ModuleCall call => await GoTask(session, new PlacedTask(node, call, keywords), Following(nodes, index, above), cancellation),
                Block block => await GoBlock(session, node, block, keywords, cancellation),
                Include include => await GoInclude(session, PlacedTask.Of(node, include, keywords), above, cancellation),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
            if (!went || _isInterrupted || session.Stop != PlayStop.Nothing)
            {
                return went;
            }
        }
        return true;
    }

    private async ValueTask<bool> GoInclude(PlaySession session, PlacedTask include, Inherited above, CancellationToken cancellation)
    {
        if (!IsTaken(include))
        {
            return true;
        }
        var result = await session.RunInclude(include, _mode, cancellation);
        foreach (var (tasks, keywords) in result.HasFailed ? [] : session.Inclusions.Under(include.Node, above).ToList())
        {
            if (!await Go(session, tasks, keywords, cancellation))
            {
                return false;
            }
            if (_isInterrupted || session.Stop != PlayStop.Nothing)
            {
                return true;
            }
        }
        return !result.HasFailed;
    }

    private bool IsTaken(PlacedTask task)
    {
        if (!_reachedStart)
        {
            _reachedStart = task.Name == run.Request.StartAtTask || task.Node.Id == run.Request.StartAtTask;
        }
        return _reachedStart && TagFilter.Takes(task.Keywords.Tags, run.Request.Tags, run.Request.SkipTags);
    }

    // What is neither a module's call nor left out by its tags stands between.
    private IEnumerable<PlacedTask> Following(IEnumerable<TaskNode> nodes, int index, Inherited above) => nodes.Skip(index + 1)
        .Select(node => node.Action is ModuleCall call ? new PlacedTask(node, call, above.With(node)) : null)
        .TakeWhile(task => task is { Call.Module: "yum" or "dnf" or "package" } or { Call.Choice: not null }).OfType<PlacedTask>().Where(task => TagFilter.Takes(task.Keywords.Tags, run.Request.Tags, run.Request.SkipTags));

    private async ValueTask<bool> GoTask(PlaySession session, PlacedTask task, IEnumerable<PlacedTask> following, CancellationToken cancellation)
    {
        if (!IsTaken(task))
        {
            return true;
        }
        if (task.Call.Module == "meta")
        {
            return await GoMeta(session, task, cancellation);
        }
        return !(await session.RunTask(task, _mode, cancellation, following)).HasFailed;
    }

    private async ValueTask<bool> GoMeta(PlaySession session, PlacedTask task, CancellationToken cancellation)
    {
        var result = await session.RunMeta(task, _mode, cancellation);
        if (result.Status is not TaskStatus.Ok)
        {
            return !result.HasFailed;
        }
        switch (PlaySession.ActionOf(task))
        {
            case "flush_handlers":
                return (await HandlerFlush.Run(run, session, _mode, cancellation)).Failure is null;
            case "clear_host_errors":
                _isForgiven = true;
                break;
        }
        return true;
    }

    private async ValueTask<bool> GoBlock(PlaySession session, TaskNode node, Block block, Inherited keywords, CancellationToken cancellation)
    {
        if (session.HasRun(node))
        {
            return true;
        }
        var before = session.RanInstances.Count;
        var went = await GoParts(session, block, keywords, cancellation);
        session.Ran(node, before);
        if (node.Role is not null && session.Stop == PlayStop.Role)
        {
            session.Stop = PlayStop.Nothing;
        }
        return went;
    }

    // As it is written: what is told has the role in front.
    private static string NameOf(TaskInstance task) =>
        task.Keywords.Role is { } role && task.Name.StartsWith($"{role.Name} : ", StringComparison.Ordinal) ? task.Name[(role.Name.Length + 3)..] : task.Name;

    private async ValueTask<bool> GoParts(PlaySession session, Block block, Inherited keywords, CancellationToken cancellation)
    {
        var went = await Go(session, block.Tasks, keywords, cancellation);
        if (!went && !block.Rescue.IsEmpty && !_isInterrupted)
        {
            var failed = session.RanInstances.Last(ran => ran.Result.HasFailed);
            session.Variables.Register("ansible_failed_task", MapValue.From(("name", Value.Of(NameOf(failed.Instance))), ("action", Value.Of(failed.Instance.Call.Module))));
            session.Variables.Register("ansible_failed_result", failed.Result.Registered);
            run.Reporter.Rescued();
            went = await Go(session, block.Rescue, keywords, cancellation);
        }
        if (session.Stop != PlayStop.Nothing)
        {
            // What was ended has no `always` any more; a failure before that stays one, unless it was being rescued.
            return went;
        }
        _isForgiven = false;
        return await Go(session, block.Always, keywords, cancellation) && (went || _isForgiven);
    }
}
