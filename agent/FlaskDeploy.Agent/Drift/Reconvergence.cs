using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Watching;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Bundles;
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
    private readonly Dictionary<string, InstanceBaseline> _known = baseline.Instances.ToDictionary(instance => instance.Key, instance => instance, StringComparer.Ordinal);
    private readonly ImmutableArray<Inclusions> _inclusions = [.. run.Assigned.Plays.Select((_, index) => Inclusions.Restore(run.Assigned.Bundle, baseline.InclusionsOf(index)))];
    private readonly HashSet<string> _tasksOfBaseline = [.. baseline.Instances.Select(instance => PlaybookTasks.TaskOf(instance.Key))];
    private readonly HashSet<string> _touched = [.. run.Resumed?.Touched.Select(PlaybookTasks.TaskOf) ?? []];
    private readonly HashSet<string> _moved = new(StringComparer.Ordinal);
    private readonly HashSet<string> _corrected = new(StringComparer.Ordinal);
    private readonly List<string> _correctedPaths = [.. run.Resumed?.ContentPaths ?? []];
    private readonly HashSet<string> _settledStretches = new(StringComparer.Ordinal);
    private readonly List<(TaskNode Node, string Name, string What)> _left = [];
    private readonly List<(string Task, string Name)> _units = [];
    private readonly List<string> _heldStretches = [];
    private IReadOnlyDictionary<string, IReadOnlyList<Movement>> _movements = ImmutableDictionary<string, IReadOnlyList<Movement>>.Empty;
    private bool _hasCorrected;
    private bool _isInterrupted;
    private string? _failure;

    /// <summary>The fingerprints are not believed this time.</summary>
    public FullLook? FullLook { get; init; }

    private bool MayCorrect => run.Request.Mode != OrderMode.Check && run.Withheld is null;

    public async Task<RunOutcome> Execute(CancellationToken cancellation)
    {
        if (run.Assigned.Release.Policy == Policy.Off && run.Request.Order == 0)
        {
            return new RunOutcome(RunEnd.Unchanged, "drift is not looked for, by policy") { CompletesRevision = true, PendingHandlers = run.Handlers.All };
        }
        var comparison = await comparer.Compare(baseline, cancellation);
        if (FullLook is not null)
        {
            comparison = await FullLook.Look(baseline, comparison, cancellation);
        }
        _movements = comparison.Moved;
TellLog();
        var isPending = run.Handlers.HasAnyOf(run.Assigned.Plays, run.Assigned.Bundle) || !run.Owed.IsNothing || run.Resumed is not null || _known.Values.Any(instance => instance.Kind == BaselineKind.Failing);
        if (run.Request.Order != 0 || run.Resumed is not null || run.Request.Cause == "converge" && (_movements.Count > 0 || isPending))
        {
            Begin();
            InterruptedStep.Tell(run);
        }
        if (_movements.Count == 0 && !isPending)
        {
            return Unchanged(ReferenceEquals(comparison.Baseline, baseline) ? null : comparison.Baseline);
        }
        var sessions = await Correct(cancellation);
        if (_failure is not null || _isInterrupted)
        {
            var end = _failure is not null ? RunEnd.Failed : RunEnd.Interrupted;
            return Counted(new RunOutcome(end, _failure ?? "a newer order took over between two tasks") { PendingHandlers = run.Handlers.All, Owed = StillOwed(sessions), Corrected = [.. _units] });
        }
        if (_left.Count > 0 && !_hasCorrected)
        {
            return Drifted();
        }
        if (_moved.Count == 0 && !_hasCorrected)
        {
            return Unchanged(ReferenceEquals(comparison.Baseline, baseline) ? null : comparison.Baseline);
        }
        // What was corrected may be evidence of others: all are looked at once more.
        var refreshed = await Refresh(sessions, cancellation);
        if (!_hasCorrected)
        {
            return Unchanged(refreshed);
        }
        var corrected = $"corrected {string.Join(", ", run.Reporter.Corrected)}";
        var told = TellLeft();
        return Counted(new RunOutcome(_left.Count > 0 ? RunEnd.Drifted : RunEnd.Changed, _left.Count > 0 ? $"{corrected}; drift was left: {run.HeldBecause}" : corrected)
        {
            Baseline = refreshed,
            CompletesRevision = true,
            PendingHandlers = run.Handlers.All,
            // What a stretch that is held was to be replayed for can no longer be seen afterwards.
            Owed = new Owed([], [.. _heldStretches]),
            ToldDrift = told,
            Corrected = [.. _units],
        });
    }

    // What a watch saw is in the log already.
    private void TellLog()
    {
        foreach (var subject in run.Request.Cause == "drift" ? [] : _movements.Values.SelectMany(movements => movements).Select(movement => movement.Evidence.Look.Subject).Distinct(StringComparer.Ordinal))
        {
            run.Services.Movements.Add(run.Assigned.Deployment, subject, subject, NoticedBy.Interval);
        }
    }

    private void Begin() => run.Reporter.Begin(RunPass.Correct, baseline.TaskCount);

    private RunOutcome Unchanged(Baseline? refreshed) => Counted(new RunOutcome(RunEnd.Unchanged, $"unchanged since r{baseline.Sequence}")
    {
        Baseline = refreshed,
        CompletesRevision = true,
        PendingHandlers = run.Handlers.All,
        Owed = Owed.Nothing,
    });

    // Told once: drift that is left and stays the same is no news at every interval.
    private string? TellLeft()
    {
        if (_left.Count == 0)
        {
            return null;
        }
        var told = string.Join('\n', _left.Select(left => $"{left.Node.Id} {left.What}"));
        if (told != run.ToldDrift || run.Request.Order != 0 || run.Request.Cause == "converge")
        {
            Begin();
            _left.ForEach(left => run.Reporter.Drift(left.Node, left.Name, left.What));
        }
        return told;
    }

    private RunOutcome Drifted()
    {
        var told = TellLeft();
        var because = run.Withheld switch
        {
            CorrectionPolicy.ByPolicy => "drift was found and, by policy, left",
            { } withheld => $"drift was found and left: {withheld}",
            null => $"drift was found and left: {run.HeldBecause}",
        };
        // What a pass left undone when it failed is still to be done once it may be.
        return Counted(new RunOutcome(RunEnd.Drifted, because) { CompletesRevision = !run.IsDisturbed, PendingHandlers = run.Handlers.All, ToldDrift = told });
    }

    private RunOutcome Counted(RunOutcome outcome)
    {
        run.Reporter.CountUntouched(baseline.TaskCount, baseline.SkippedCount);
        return outcome;
    }

    private async Task<List<PlaySession>> Correct(CancellationToken cancellation)
    {
        var sessions = new List<PlaySession>();
        foreach (var play in run.Assigned.Plays)
        {
            var session = await run.Open(play, cancellation, _inclusions[sessions.Count]);
            BaselineTaker.Restore(run, session, baseline, sessions.Count);
            sessions.Add(session);
            var tasks = TasksOf(play, session.Inclusions);
            var stretches = Stretch.In(tasks, _specs).SelectMany(stretch => stretch.Tasks.Select(task => (task.Node.Id, stretch))).ToDictionary(pair => pair.Id, pair => pair.stretch, StringComparer.Ordinal);
            var changes = new Changes(tasks.Where(task => run.Owed.Tasks.Contains(task.Node.Id) && task.Node.Register is not null).Select(task => task.Node.Register!));
            foreach (var task in tasks)
            {
                if (preempted.IsCancellationRequested)
                {
                    _isInterrupted = true;
                    return sessions;
                }
                if (!stretches.TryGetValue(task.Node.Id, out var stretch))
                {
                    await CorrectTask(session, task, changes, cancellation);
                }
                else if (stretch.Tasks[^1].Node.Id == task.Node.Id)
                {
                    await CorrectStretch(session, stretch, changes, cancellation);
                }
                if (_failure is not null)
                {
                    return sessions;
                }
            }
            if (MayCorrect && run.Handlers.Of(session.Handlers).Count > 0)
            {
                Begin();
                var (hasChanged, failure) = await HandlerFlush.Run(run, session, TaskMode.Replay, cancellation);
                (_hasCorrected, _failure) = (_hasCorrected | hasChanged, failure);
                if (failure is not null)
                {
                    return sessions;
                }
            }
            session.End();
        }
        return sessions;
    }

    // Those that the baseline knows: what only rescues and did not run, or was not among the tags, is none of the host's state.
    private List<PlacedTask> TasksOf(Play play, Inclusions inclusions) => [.. PlaybookTasks.All(play, inclusions).Where(task => _tasksOfBaseline.Contains(task.Node.Id))];

    private async ValueTask CorrectTask(PlaySession session, PlacedTask task, Changes changes, CancellationToken cancellation)
    {
        if (session.Preparer.SpecOf(task, session.Variables) is not { } spec)
        {
            return;
        }
        var movements = await MovementsOf(task, cancellation);
        var readsCorrected = changes.Corrected.Count > 0 && TaskReads.Names(task).Overlaps(changes.Corrected);
        var readsMoved = readsCorrected || changes.Moved.Count > 0 && TaskReads.Names(task).Overlaps(changes.Moved);
        var isTouched = _touched.Contains(task.Node.Id);
        var isCommand = Stretch.IsUnguardedCommand(task, spec);
        var failing = _known.Values.FirstOrDefault(known => known.Kind == BaselineKind.Failing && PlaybookTasks.TaskOf(known.Key) == task.Node.Id);
        if (!isTouched && !(isCommand ? readsCorrected : movements.Count > 0 || readsMoved || failing is not null))
        {
            return;
        }
        _moved.Add(task.Node.Id);
        var before = session.Variables.Registered.ToDictionary(StringComparer.Ordinal);
        if (spec.Nature == ModuleNature.Information && !(await session.RunTask(task, TaskMode.Correction with { IsQuiet = true }, cancellation)).HasFailed)
        {
            // It yields values: that they are others is no drift, but what reads them is looked at.
            changes.Add(session.Variables.Registered.Where(pair => !pair.Value.Equals(before.GetValueOrDefault(pair.Key))).Select(pair => pair.Key), readsCorrected);
            return;
        }
        if (!isTouched && (isCommand ? !await IsDue(session, task, cancellation) : !await Differs(session, task, cancellation)))
        {
            return;
        }
        if (!Drift(task, movements.Count > 0 ? string.Join("; ", movements.Distinct()) : failing?.Because ?? "what it reads has changed"))
        {
            return;
        }
        var result = await session.RunTask(task, isCommand ? TaskMode.Replay : TaskMode.Correction, cancellation);
        _correctedPaths.AddRange(result.ContentPaths);
        if (result.HasFailed)
        {
            _failure = $"{task.Name}: {result.Shown}";
        }
        else if (result.Status == TaskStatus.Changed)
        {
            _hasCorrected = true;
            _corrected.Add(task.Node.Id);
            _units.Add((task.Node.Id, task.Name));
            changes.Add(task.Node.Register is { } name ? [name] : [], isCorrected: true);
        }
    }

    // After a correction the start of this pass says nothing any more: an earlier task may just have undone a later one's work.
    private async ValueTask<IReadOnlyList<Movement>> MovementsOf(PlacedTask task, CancellationToken cancellation)
    {
        var moved = _movements;
        if (_hasCorrected)
        {
            var own = baseline with { Instances = [.. _known.Values.Where(known => PlaybookTasks.TaskOf(known.Key) == task.Node.Id)] };
            moved = (await comparer.Compare(own, cancellation)).Moved;
            // What the fingerprints do not show, they do not show now either; whether it still holds, its plan will say.
            if (_movements.Values.SelectMany(movements => movements).Any(movement => movement.IsHidden))
            {
                moved = moved.Concat(_movements.Where(pair => !moved.ContainsKey(pair.Key) && pair.Value.Any(movement => movement.IsHidden))).ToDictionary(StringComparer.Ordinal);
            }
        }
        return [.. moved.Where(pair => PlaybookTasks.TaskOf(pair.Key) == task.Node.Id).SelectMany(pair => pair.Value)];
    }

    /// <returns>Whether it is to be corrected; else it is kept, to be told.</returns>
    private bool Drift(PlacedTask task, string what)
    {
        if (!MayCorrect)
        {
            _left.Add((task.Node, task.Name, what));
            return false;
        }
        if (run.Held.Contains(task.Node.Id))
        {
            _left.Add((task.Node, task.Name, $"{what}; held: {run.HeldBecause}"));
            return false;
        }
        Begin();
        run.Reporter.Drift(task.Node, task.Name, what);
        return true;
    }

    // A command that only its condition holds back: nothing has drifted where it would be skipped.
    private static async ValueTask<bool> IsDue(PlaySession session, PlacedTask task, CancellationToken cancellation)
    {
        var (instances, instead) = session.Preparer.Expand(task.Node, task.Call, task.Keywords, session.Variables);
        foreach (var instance in instances)
        {
            if (await session.Preparer.Prepare(instance, cancellation) is Preparation.Ready or Preparation.Wrong)
            {
                return true;
            }
        }
        return instead is Preparation.Wrong;
    }

    // Moved is not yet drift: a file that was touched, a package that was reinstalled. The plan decides.
    private static async ValueTask<bool> Differs(PlaySession session, PlacedTask task, CancellationToken cancellation)
    {
        var (instances, instead) = session.Preparer.Expand(task.Node, task.Call, task.Keywords, session.Variables);
        foreach (var instance in instances)
        {
            var preparation = await session.Preparer.Prepare(instance, cancellation);
            if (preparation is Preparation.Wrong
                || preparation is Preparation.Ready ready && (await session.Runner.Look(ready.Task, Purpose.Maintain, cancellation)).Plan is Change or Impossible)
            {
                return true;
            }
        }
        return instead is Preparation.Wrong;
    }

    private async ValueTask CorrectStretch(PlaySession session, Stretch stretch, Changes changes, CancellationToken cancellation)
    {
        var reason = await ReasonToReplay(session, stretch, changes, cancellation);
        if (_failure is null && reason is not null && !Drift(stretch.First, reason))
        {
            _heldStretches.Add(stretch.First.Node.Id);
        }
        else if (_failure is null && reason is not null)
        {
            // A unit: a newer order waits for its end, which a site without its last command would not survive.
            foreach (var task in stretch.Tasks)
            {
                _moved.Add(task.Node.Id);
                var result = await session.RunTask(task, TaskMode.Replay, cancellation);
                _hasCorrected |= result.Status == TaskStatus.Changed;
                if (result.HasFailed)
                {
                    _failure = $"{task.Name}: {result.Shown}";
                    return;
                }
                _corrected.Add(task.Node.Id);
            }
            _units.Add((stretch.First.Node.Id, stretch.First.Name));
        }
        if (_failure is null && !_heldStretches.Contains(stretch.First.Node.Id))
        {
            _settledStretches.Add(stretch.First.Node.Id);
        }
    }

    private async ValueTask<string?> ReasonToReplay(PlaySession session, Stretch stretch, Changes changes, CancellationToken cancellation)
    {
        if (stretch.Tasks.Any(task => _touched.Contains(task.Node.Id)))
        {
            return "the agent was cut off in it";
        }
        if (run.Owed.Stretches.Contains(stretch.First.Node.Id))
        {
            return "an earlier correction did not come to its end";
        }
        foreach (var verification in stretch.Verifications(_specs))
        {
            var movements = await MovementsOf(verification, cancellation);
            if (movements.FirstOrDefault(movement => !movement.IsFailedLook) is { } moved)
            {
                // The listener must be the one of the baseline: a port that somebody else took is no site of ours.
                return moved.ToString();
            }
            if (movements is [var unseen, ..])
            {
                // Unknown is not drift: a site is not restarted because it could not be looked at.
                _failure = $"{verification.Name}: {unseen}";
                return null;
            }
            var failing = _known.Values.FirstOrDefault(known => known.Kind == BaselineKind.Failing && PlaybookTasks.TaskOf(known.Key) == verification.Node.Id);
            if (failing is not null && await Differs(session, verification, cancellation))
            {
                return failing.Because;
            }
        }
        if (_correctedPaths.FirstOrDefault(path => NamedPaths.Concerns(path, NamedBy(stretch))) is { } corrected)
        {
            return $"{corrected} was corrected";
        }
        var own = stretch.Tasks.Select(task => task.Node.Register).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return stretch.Tasks.Any(task => TaskReads.Names(task).Any(name => changes.Corrected.Contains(name) && !own.Contains(name))) ? "what it reads was corrected" : null;
    }

    private ImmutableArray<string> NamedBy(Stretch stretch) =>
        [.. stretch.Tasks.SelectMany(task => _known.Values.Where(known => PlaybookTasks.TaskOf(known.Key) == task.Node.Id)).SelectMany(known => known.Named)];

    private Owed StillOwed(List<PlaySession> sessions)
    {
        var stretches = run.Assigned.Plays.SelectMany((play, index) => Stretch.In(TasksOf(play, _inclusions[index]), _specs))
            .Where(stretch => !_settledStretches.Contains(stretch.First.Node.Id))
            .Where(stretch => run.Owed.Stretches.Contains(stretch.First.Node.Id) || stretch.Tasks.Any(task => _moved.Contains(task.Node.Id)) || _correctedPaths.Exists(path => NamedPaths.Concerns(path, NamedBy(stretch))))
            .Select(stretch => stretch.First.Node.Id);
        return new Owed([.. run.Owed.Tasks.Union(_corrected).Order(StringComparer.Ordinal)], [.. stretches]);
    }

    private async Task<Baseline> Refresh(List<PlaySession> sessions, CancellationToken cancellation)
    {
        foreach (var session in sessions)
        {
            foreach (var task in TasksOf(session.Play, session.Inclusions).Where(task => _hasCorrected || _moved.Contains(task.Node.Id)))
            {
                var (instances, instead) = session.Preparer.Expand(task.Node, task.Call, task.Keywords, session.Variables);
                if (instead is null or Preparation.NoItems)
                {
                    // Items that the loop no longer has are nobody's.
                    var keys = instances.Select(instance => instance.Key).ToHashSet(StringComparer.Ordinal);
                    _known.Keys.Where(key => PlaybookTasks.TaskOf(key) == task.Node.Id && key.Contains('#') && !keys.Contains(key)).ToList().ForEach(key => _known.Remove(key));
                }
                foreach (var instance in instances)
                {
                    await Refresh(session, task, instance, cancellation);
                }
            }
        }
        return baseline with
        {
            Taken = run.Services.Time.GetUtcNow(),
            Instances = [.. _known.Values],
            Registered = [.. sessions.Select(BaselineTaker.Registered)],
            Joins = [.. sessions.Select((session, play) => session.Joins.IsEmpty ? baseline.JoinsOf(play) : session.Joins)],
        };
    }

    private async ValueTask Refresh(PlaySession session, PlacedTask task, TaskInstance instance, CancellationToken cancellation)
    {
        var before = _known.GetValueOrDefault(instance.Key);
        var (ready, status) = await session.Preparer.Prepare(instance, cancellation) switch
        {
            Preparation.Ready prepared => (prepared.Task, TaskStatus.Ok),
            Preparation.Skipped when _moved.Contains(task.Node.Id) => (null, TaskStatus.Skipped),
            _ => (null, TaskStatus.Unknown),
        };
        if (ready is null && status == TaskStatus.Unknown || before?.Kind == BaselineKind.Skipped && !_moved.Contains(task.Node.Id))
        {
            return;
        }
        var result = new TaskResult(status, "a condition does not hold", MapValue.Empty) { IsCensored = session.Preparer.IsCensored(instance) };
        var now = await BaselineTaker.Look(run, session, new RanInstance(task, instance, ready, result, IsHandler: false), cancellation);
        _known[instance.Key] = (before?.Kind, now.Kind) switch
        {
            // Drifted since it was compared: against the old evidence the next reconvergence finds it. The new one would hide it.
            (BaselineKind.InSync, BaselineKind.Change or BaselineKind.Failing or BaselineKind.Unknown) => before!,
            // An oddity stays one.
            (BaselineKind.Change, BaselineKind.Failing) => now with { Kind = BaselineKind.Change },
            _ => now,
        };
    }

    /// <summary>Names that mean something else than at the baseline; those that a correction registered are reason enough to run a command.</summary>
    private sealed class Changes(IEnumerable<string> owed)
    {
        public HashSet<string> Corrected { get; } = new(owed, StringComparer.Ordinal);

        public HashSet<string> Moved { get; } = new(StringComparer.Ordinal);

        public void Add(IEnumerable<string> names, bool isCorrected) => (isCorrected ? Corrected : Moved).UnionWith(names);
    }
}
