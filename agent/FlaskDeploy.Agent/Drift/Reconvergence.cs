using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;
using TaskStatus = FlaskDeploy.Agent.Runs.TaskStatus;

namespace FlaskDeploy.Agent.Drift;

/// <summary>
/// Holds a host against its baseline and touches what drifted, nothing else: drifted tasks in their order, the tasks that
/// read what those register, the handlers they notify, and a stretch of commands whole where its verification fails or a
/// path that it names was corrected.
/// </summary>
internal sealed class Reconvergence(RunContext run, Baseline baseline, EvidenceComparer comparer, CancellationToken preempted)
{
    private readonly Func<string, ModuleSpec?> _specs = name => run.Services.Modules.Find(name)?.Spec;
    private readonly List<string> _correctedPaths = [];
    private readonly Dictionary<string, InstanceBaseline> _known = new(baseline.ByKey(), StringComparer.Ordinal);
    private readonly HashSet<string> _moved = new(StringComparer.Ordinal);
    private bool _hasDrift;
    private bool _hasCorrected;
    private string? _failure;

    private bool MayCorrect => run.Request.Mode != OrderMode.Check && run.Assigned.Release.Policy == Policy.Correct;

    public async Task<RunOutcome> Execute(CancellationToken cancellation)
    {
        if (run.Assigned.Release.Policy == Policy.Off && run.Request.Order == 0)
        {
            return new RunOutcome(RunEnd.Unchanged, "drift is not looked for, by policy");
        }
        var movements = await comparer.Compare(baseline, cancellation);
        var isPending = !run.Handlers.IsEmpty || baseline.Instances.Any(instance => instance.Kind == BaselineKind.Failing);
        var unchanged = $"unchanged since r{baseline.Sequence}";
        if (run.Request.Order != 0 || run.Request.Cause == "converge" && movements.Count > 0)
        {
            run.Reporter.Begin(RunPass.Correct, baseline.TaskCount);
        }
        if (movements.Count == 0 && !isPending)
        {
            return End(RunEnd.Unchanged, unchanged, refreshed: null);
        }
        var sessions = await Correct(movements, cancellation);
        if (_failure is not null)
        {
            return End(RunEnd.Failed, _failure, refreshed: null);
        }
        if (_hasDrift && !MayCorrect)
        {
            return End(RunEnd.Drifted, "drift was found and, by policy, left", refreshed: null);
        }
        // What was corrected may be evidence of others: all are looked at once more.
        var refreshed = await Refresh(sessions, cancellation);
        return _hasCorrected
            ? End(RunEnd.Changed, $"corrected {string.Join(", ", run.Reporter.Corrected)}", refreshed)
            : End(RunEnd.Unchanged, unchanged, refreshed);
    }

    private RunOutcome End(RunEnd end, string because, Baseline? refreshed)
    {
        if (end == RunEnd.Unchanged || !_hasCorrected)
        {
            run.Reporter.CountUntouched(baseline.TaskCount, baseline.SkippedCount);
        }
        run.Reporter.End(end, because);
        return new RunOutcome(end, because) { Baseline = refreshed, PendingHandlers = run.Handlers.All };
    }

    private async Task<List<PlaySession>> Correct(IReadOnlyDictionary<string, IReadOnlyList<Movement>> movements, CancellationToken cancellation)
    {
        var sessions = new List<PlaySession>();
        var number = 0;
        foreach (var play in run.Assigned.Plays)
        {
            var session = await run.Open(play, cancellation);
            sessions.Add(session);
            if (number < baseline.Registered.Length)
            {
                BaselineTaker.Restore(session, baseline.Registered[number]);
            }
            number++;
            var tasks = PlaybookTasks.Of(play).ToList();
            var stretches = Stretch.In(tasks, _specs);
            var inStretch = stretches.SelectMany(stretch => stretch.Tasks.Select(task => (task.Node.Id, stretch))).ToDictionary(pair => pair.Id, pair => pair.stretch, StringComparer.Ordinal);
            var changedNames = new HashSet<string>(StringComparer.Ordinal);
            foreach (var task in tasks)
            {
                if (_failure is not null || preempted.IsCancellationRequested)
                {
                    return sessions;
                }
                if (!inStretch.TryGetValue(task.Node.Id, out var stretch))
                {
                    await CorrectTask(session, task, movements, changedNames, cancellation);
                }
                else if (stretch.Tasks[^1].Node.Id == task.Node.Id && await MustReplay(session, stretch, movements, cancellation) is { } reason)
                {
                    await Replay(session, stretch, reason, cancellation);
                }
            }
            await FlushHandlers(session, cancellation);
        }
        return sessions;
    }

    private async ValueTask CorrectTask(PlaySession session, PlacedTask task, IReadOnlyDictionary<string, IReadOnlyList<Movement>> movements, HashSet<string> changedNames, CancellationToken cancellation)
    {
        var own = movements.Where(pair => pair.Key.Split('#')[0] == task.Node.Id).SelectMany(pair => pair.Value).ToList();
        var readsChanged = changedNames.Count > 0 && TaskReads.Names(task).Overlaps(changedNames);
        if (own.Count == 0 && !readsChanged || _specs(task.Call.Module) is not { } spec || Stretch.IsUnguardedCommand(task, spec))
        {
            return;
        }
        _moved.Add(task.Node.Id);
        if (!await Differs(session, task, cancellation))
        {
            return;
        }
        _hasDrift = true;
        run.Reporter.Begin(RunPass.Correct, baseline.TaskCount);
        run.Reporter.Drift(task.Node, task.Name, own.Count > 0 ? string.Join("; ", own.Distinct()) : "what it reads has changed");
        if (!MayCorrect)
        {
            return;
        }
        var result = await session.RunTask(task, TaskMode.Correction, cancellation);
        _hasCorrected |= result.Status == TaskStatus.Changed;
        _correctedPaths.AddRange(result.ContentPaths);
        if (task.Node.Register is { } name)
        {
            changedNames.Add(name);
        }
        if (result.HasFailed)
        {
            _failure = $"{task.Name}: {result.Because}";
        }
    }

    // Moved is not yet drift: a file that was touched, a package that was reinstalled. The plan decides.
    private async ValueTask<bool> Differs(PlaySession session, PlacedTask task, CancellationToken cancellation)
    {
        var (instances, instead) = session.Preparer.Expand(task.Node, task.Call, task.Keywords, session.Variables);
        if (instead is not null)
        {
            return instead is Preparation.Wrong;
        }
        foreach (var instance in instances)
        {
            switch (await session.Preparer.Prepare(instance, cancellation))
            {
                case Preparation.Ready ready:
                    if (ready.Task.Module.Spec.Nature == ModuleNature.Information)
                    {
                        return true;
                    }
                    var (plan, _) = await session.Runner.Look(ready.Task, Purpose.Maintain, cancellation);
                    if (plan is Change or Impossible)
                    {
                        return true;
                    }
                    break;
                case Preparation.Wrong:
                    return true;
            }
        }
        return false;
    }

    private async ValueTask<string?> MustReplay(PlaySession session, Stretch stretch, IReadOnlyDictionary<string, IReadOnlyList<Movement>> movements, CancellationToken cancellation)
    {
        foreach (var verification in stretch.Verifications(_specs))
        {
            var moved = movements.Where(pair => pair.Key.Split('#')[0] == verification.Node.Id).SelectMany(pair => pair.Value).FirstOrDefault();
            if (moved is not null)
            {
                // The listener must be the one of the baseline: a port that somebody else took is no site of ours.
                return moved.ToString();
            }
            var failing = _known.Values.FirstOrDefault(known => known.Kind == BaselineKind.Failing && known.Key.Split('#')[0] == verification.Node.Id);
            if (failing is not null && await Differs(session, verification, cancellation))
            {
                return failing.Because;
            }
        }
        var named = stretch.Tasks.SelectMany(task => _known.Values.Where(known => known.Key.Split('#')[0] == task.Node.Id)).SelectMany(known => known.Named).ToImmutableArray();
        return _correctedPaths.FirstOrDefault(path => NamedPaths.Concerns(path, named)) is { } corrected ? $"{corrected} was corrected" : null;
    }

    private async ValueTask Replay(PlaySession session, Stretch stretch, string reason, CancellationToken cancellation)
    {
        _hasDrift = true;
        run.Reporter.Begin(RunPass.Correct, baseline.TaskCount);
        run.Reporter.Drift(stretch.First.Node, stretch.First.Name, reason);
        if (!MayCorrect)
        {
            return;
        }
        foreach (var task in stretch.Tasks)
        {
            _moved.Add(task.Node.Id);
            var result = await session.RunTask(task, TaskMode.Replay, cancellation);
            _hasCorrected |= result.Status == TaskStatus.Changed;
            if (result.HasFailed)
            {
                _failure = $"{task.Name}: {result.Because}";
                return;
            }
        }
    }

    private async ValueTask FlushHandlers(PlaySession session, CancellationToken cancellation)
    {
        for (var round = run.Handlers.Of(session.Play); round.Count > 0 && _failure is null && MayCorrect; round = run.Handlers.Of(session.Play))
        {
            run.Reporter.Begin(RunPass.Correct, baseline.TaskCount);
            foreach (var handler in round)
            {
                var result = await session.RunTask(handler, TaskMode.Correction with { Purpose = Purpose.Push, IsHandler = true }, cancellation);
                _hasCorrected |= result.Status == TaskStatus.Changed;
                if (result.HasFailed)
                {
                    _failure = $"{handler.Name}: {result.Because}";
                    return;
                }
                run.Handlers.Succeeded(handler.Node);
            }
        }
    }

    private async Task<Baseline> Refresh(List<PlaySession> sessions, CancellationToken cancellation)
    {
        foreach (var session in sessions)
        {
            foreach (var task in PlaybookTasks.Of(session.Play).Where(task => _hasCorrected || _moved.Contains(task.Node.Id)))
            {
                var (instances, _) = session.Preparer.Expand(task.Node, task.Call, task.Keywords, session.Variables);
                foreach (var instance in instances.Where(instance => _known.TryGetValue(instance.Key, out var known) && known.Kind != BaselineKind.Skipped || _moved.Contains(task.Node.Id)))
                {
                    var preparation = await session.Preparer.Prepare(instance, cancellation);
                    // A command of a stretch that was not replayed keeps what it named when it was run.
                    if (preparation is Preparation.Ready ready)
                    {
                        _known[instance.Key] = await BaselineTaker.Look(session, task, instance, ready.Task, TaskResult.Unknown(""), cancellation);
                    }
                }
            }
        }
        return baseline with
        {
            Taken = run.Services.Time.GetUtcNow(),
            Instances = [.. _known.Values],
            Registered = [.. sessions.Select(BaselineTaker.Registered)],
        };
    }

}
