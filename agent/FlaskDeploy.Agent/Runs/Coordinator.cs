using System.Threading.Channels;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using Microsoft.Extensions.Logging;

namespace FlaskDeploy.Agent.Runs;

/// <summary>What one deployment came to when it was gone over.</summary>
internal sealed record DeploymentOutcome(string Deployment, ulong Sequence, RunEnd End, string Because);

/// <summary>
/// One run at a time on this host. Orders first, in the order of their coming; then what is due by its interval or after a
/// failure. A newer push of the deployment that runs takes over between two tasks; checks, runs of some tasks, and orders
/// for other deployments wait.
/// </summary>
/// <remarks>
/// <code>
///            order / converge / due
///   idle  ---------------------------> running --+-- complete -> baseline, next due after the interval
///    ^                                   |       +-- failed ---> due after a backoff; held after six in a row
///    |                                   |       +-- interrupted by a newer order -> superseded, the newer one runs
///    +-----------------------------------+
/// </code>
/// </remarks>
internal sealed partial class Coordinator(
    string host, DeploymentStore store, RunExecutor executor, AssignmentVerifier verifier, AssignedLoader loader,
    AgentConfiguration configuration, DriftStanding standing, EventLog events, RunJournal journal, TimeProvider time, ILogger log)
{
    private readonly Lock _lock = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, VerifiedAssignment> _current = new(StringComparer.Ordinal);
    private readonly List<VerifiedAssignment> _ordered = [];
    private readonly Dictionary<string, long> _newestOrder = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _due = new(StringComparer.Ordinal);
    private readonly HashSet<string> _moved = new(StringComparer.Ordinal);
    private readonly List<TaskCompletionSource<IReadOnlyList<DeploymentOutcome>>> _convergeWaiters = [];
    private bool _isFullAsked;
    private Running? _running;
    private bool _leaveWhenIdle;

    /// <summary>A run begins, whoever asked for it.</summary>
    public event Action<RunRequest>? RunBegins;

    /// <summary>The run over the deployment of that name has ended, somehow.</summary>
    public event Action<string>? RunEnded;

    public IEnumerable<DeploymentRecord> Deployments => store.All;

    public string? RunningDeployment
    {
        get
        {
            lock (_lock)
            {
                return _running?.Deployment;
            }
        }
    }

    /// <summary>The revision that this host has of a deployment; null: none.</summary>
    public VerifiedAssignment? Current(string deployment)
    {
        lock (_lock)
        {
            return _current.GetValueOrDefault(deployment);
        }
    }

    /// <summary>Takes a verified assignment whose blobs are here. Idempotent: an order that was carried out is not carried out again.</summary>
    public void Accept(VerifiedAssignment assignment)
    {
        lock (_lock)
        {
            var name = assignment.Release.Deployment;
            if (assignment.Order is { IsStanding: true } order)
            {
                TakeStanding(name, assignment, order);
            }
            // A check changes nothing, not even which revision is this host's.
            else
            {
                if (assignment.Order?.Mode != OrderMode.Check)
                {
                    TakeRevision(name, assignment);
                }
                if (assignment.Order is { } push)
                {
                    Enqueue(name, assignment, push);
                }
            }
        }
        _wake.Writer.TryWrite(true);
    }

    /// <summary>Reconverges every deployment now; ends when that is done.</summary>
    /// <param name="full">The fingerprints are not believed: everything is looked at.</param>
    public Task<IReadOnlyList<DeploymentOutcome>> Converge(bool full = false)
    {
        var waiter = new TaskCompletionSource<IReadOnlyList<DeploymentOutcome>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _convergeWaiters.Add(waiter);
            _isFullAsked |= full;
        }
        _wake.Writer.TryWrite(true);
        return waiter.Task;
    }

    /// <summary>Something that the deployment looked at moved: it is held against its baseline now. One that is held or failing waits for what it waits for.</summary>
    public void Nudge(string deployment)
    {
        lock (_lock)
        {
            if (!_due.ContainsKey(deployment) || store.Get(deployment) is { IsHeld: true } or { Failures: > 0 } or { IsRetired: true })
            {
                return;
            }
            _moved.Add(deployment);
            _due[deployment] = time.GetTimestamp();
        }
        _wake.Writer.TryWrite(true);
    }

    /// <summary>The agent was replaced by a newer one: when no run is under way and none waits, <see cref="Run"/> ends and systemd starts the new one.</summary>
    public void LeaveWhenIdle()
    {
        lock (_lock)
        {
            _leaveWhenIdle = true;
        }
        _wake.Writer.TryWrite(true);
    }

    /// <summary>Until cancelled, or idle after <see cref="LeaveWhenIdle"/>.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        LoadStored();
        await Resume(cancellation);
        while (!cancellation.IsCancellationRequested)
        {
            if (TakeOrdered() is { } ordered)
            {
                await RunOne(ordered, RequestOf(ordered.Order!), cancellation);
            }
            else if (TakeConvergeWaiters() is { Count: > 0 } waiters)
            {
                await ConvergeAll(waiters, cancellation);
            }
            else if (MayLeave())
            {
                return;
            }
            else if (TakeDue() is { } due)
            {
                await RunOne(due.Assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, due.Cause) { IsFull = due.Cause == "interval" && IsFullLookDue(due.Assignment.Release.Deployment) }, cancellation);
            }
            else
            {
                await Sleep(cancellation);
            }
        }
    }

    private void TakeRevision(string name, VerifiedAssignment assignment)
    {
        var sequence = (ulong)assignment.Release.Sequence;
        if (sequence <= store.Get(name).Sequence && _current.ContainsKey(name))
        {
            return;
        }
        store.SaveAssignment(name, assignment.Stored);
        store.Update(name, record => record with { Sequence = Math.Max(record.Sequence, sequence), IsRetired = assignment.Content.Retired, IsHeld = false, Failures = 0, RetryAt = null });
        _current[name] = assignment;
        _due[name] = time.GetTimestamp();
        if (_running is { } running && running.Deployment == name && running.Sequence < sequence && running.Mode != OrderMode.Check)
        {
            running.Preempt.Cancel();
        }
    }

    private void Enqueue(string name, VerifiedAssignment assignment, Protocol.OrderStatement order)
    {
        // Sent again, or superseded before it came.
        if ((ulong)order.Number <= store.Get(name).Order || order.Number <= _newestOrder.GetValueOrDefault(name))
        {
            return;
        }
        _newestOrder[name] = order.Number;
        if (IsWhole(order))
        {
            foreach (var waiting in _ordered.Where(waiting => waiting.Release.Deployment == name && IsWhole(waiting.Order!)).ToList())
            {
                _ordered.Remove(waiting);
                Supersede(waiting, (ulong)order.Number);
            }
            if (_running is { } running && running.Deployment == name && running.Mode != OrderMode.Check)
            {
                running.Preempt.Cancel();
            }
        }
        _ordered.Add(assignment);
    }

    // What makes an older push pointless: a check and a run of some tasks do not.
    private static bool IsWhole(Protocol.OrderStatement order) => order is { Mode: not OrderMode.Check, Tags.IsEmpty: true, SkipTags.IsEmpty: true, StartAtTask: null };

    private void LoadStored()
    {
        lock (_lock)
        {
            foreach (var name in store.Assigned)
            {
                if (_current.ContainsKey(name))
                {
                    // The session was quicker.
                    continue;
                }
                var (assignment, refusal) = verifier.VerifyStored(store.LoadAssignment(name)!);
                if (assignment is null || assignment.Release.Deployment != name)
                {
                    LogStoredRefused(name, refusal?.Reason ?? $"it is of {assignment!.Release.Deployment}");
                    continue;
                }
                if ((ulong)assignment.Release.Sequence > store.Get(name).Sequence)
                {
                    // Cut off between the two writes of accepting it.
                    store.Update(name, record => record with { Sequence = (ulong)assignment.Release.Sequence, IsRetired = assignment.Content.Retired, IsHeld = false, Failures = 0, RetryAt = null });
                }
                _current[name] = assignment;
                // Soon after a start: a host that was rebooted has something to put right.
                _due[name] = time.GetTimestamp() + Ticks(TimeSpan.FromSeconds(1));
            }
        }
    }

    private async Task Resume(CancellationToken cancellation)
    {
        if (journal.Interrupted is not { } interrupted)
        {
            return;
        }
        VerifiedAssignment? assignment;
        lock (_lock)
        {
            assignment = _current.GetValueOrDefault(interrupted.Began.Deployment);
        }
        if (assignment is null || (ulong)assignment.Release.Sequence != interrupted.Began.Sequence)
        {
            // Its end was told by the start of this life.
            journal.Forget();
            return;
        }
        // The order counts as taken up before it goes on: sent again, it is not run a second time.
        if (interrupted.Began.Order > store.Get(interrupted.Began.Deployment).Order)
        {
            store.Update(interrupted.Began.Deployment, record => record with { Order = interrupted.Began.Order });
        }
        var request = new RunRequest(interrupted.Began.Run, interrupted.Began.Mode, interrupted.Began.Cause)
        {
            Order = interrupted.Began.Order,
            Tags = [.. interrupted.Began.Tags],
            SkipTags = [.. interrupted.Began.SkipTags],
            StartAtTask = interrupted.Began.StartAtTask,
            Limit = interrupted.Began.Limit,
            Verbosity = interrupted.Began.Verbosity,
        };
        LogResumed(interrupted.Began.Run, interrupted.Began.Deployment);
        await RunOne(assignment, request, cancellation, interrupted);
    }

    private async Task ConvergeAll(List<TaskCompletionSource<IReadOnlyList<DeploymentOutcome>>> waiters, CancellationToken cancellation)
    {
        try
        {
            List<VerifiedAssignment> all;
            bool isFull;
            lock (_lock)
            {
                (isFull, _isFullAsked) = (_isFullAsked, false);
                all = [.. _current.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value).Where(assignment => !assignment.Content.Retired)];
            }
            var outcomes = new List<DeploymentOutcome>();
            foreach (var assignment in all)
            {
                outcomes.Add(await RunOne(assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, "converge") { IsFull = isFull }, cancellation));
            }
            waiters.ForEach(waiter => waiter.TrySetResult(outcomes));
        }
        finally
        {
            waiters.ForEach(waiter => waiter.TrySetCanceled(CancellationToken.None));
        }
    }

    private async Task<DeploymentOutcome> RunOne(VerifiedAssignment assignment, RunRequest request, CancellationToken cancellation, InterruptedRun? resumed = null)
    {
        var name = assignment.Release.Deployment;
        using var preempt = new CancellationTokenSource();
        lock (_lock)
        {
            _running = new Running(name, (ulong)assignment.Release.Sequence, request.Mode, request.Order == 0, preempt);
            // What moved until now, this run sees; a check is not held against the baseline.
            _ = request.Mode != OrderMode.Check && _moved.Remove(name);
            if (resumed is null && request.Order != 0 && request.Mode != OrderMode.Check && store.Get(name) is { Failures: > 0 })
            {
                // A push begins a new series.
                store.Remember(name, record => record with { Failures = 0 });
            }
        }
        DeploymentOutcome? outcome = null;
        RunBegins?.Invoke(request);
        try
        {
            outcome = await executor.Execute(assignment, request, resumed, loader, preempt.Token, cancellation);
        }
        finally
        {
            lock (_lock)
            {
                _running = null;
                if (_current.TryGetValue(name, out var current) && request.Mode != OrderMode.Check)
                {
                    var isOld = current.Release.Sequence > assignment.Release.Sequence || outcome?.End == RunEnd.Interrupted;
                    _due[name] = time.GetTimestamp() + (isOld ? 0 : Ticks(NextDue(name, current, request)));
                }
                if (outcome?.End is RunEnd.Unchanged or RunEnd.Changed or RunEnd.Drifted && request.Mode != OrderMode.Check)
                {
                    ScheduleFullLook(name, request.IsFull);
                }
                if (outcome?.End == RunEnd.Interrupted && request.Order != 0)
                {
                    var next = _ordered.FirstOrDefault(waiting => waiting.Release.Deployment == name && IsWhole(waiting.Order!));
                    Supersede(assignment, (ulong)(next?.Order!.Number ?? 0), request);
                }
            }
            RunEnded?.Invoke(name);
        }
        if (request.Mode != OrderMode.Check)
        {
            TellStanding(name);
        }
        return outcome;
    }

    private TimeSpan NextDue(string name, VerifiedAssignment assignment, RunRequest request)
    {
        var record = store.Get(name);
        var isWithheld = standing.WhyNotAct(name, assignment.Content, OwnRequest) is not null;
        if (record.Failures > 0 && !isWithheld)
        {
            return Schedule.Backoff(record.Failures);
        }
        if (_moved.Contains(name))
        {
            return TimeSpan.Zero;
        }
        var interval = assignment.Content.Interval ?? configuration.Interval;
        // Hosts that were pushed to together do not look together: the splay shifts the first round, each next one is an interval later.
        return Sooner(request.Cause == "interval" || isWithheld ? interval : interval / 2 + Schedule.Splay(host, name, interval) / 2, name, assignment);
    }

    private bool IsFullLookDue(string name) => store.Get(name).FullLookDue <= time.GetUtcNow();

    // As of the interval: the splay shifts the first one. A clock that was put back, or a shorter interval, puts none off.
    private void ScheduleFullLook(string name, bool wasFull)
    {
        var now = time.GetUtcNow();
        var interval = configuration.FullLook;
        if (wasFull || store.Get(name).FullLookDue is not { } due || due > now + interval)
        {
            store.Update(name, record => record with { FullLookDue = now + (wasFull ? interval : interval / 2 + Schedule.Splay(host, name, interval) / 2) });
        }
    }

    private VerifiedAssignment? TakeOrdered()
    {
        lock (_lock)
        {
            var next = _ordered.FirstOrDefault();
            if (next is not null)
            {
                _ordered.RemoveAt(0);
            }
            return next;
        }
    }

    private List<TaskCompletionSource<IReadOnlyList<DeploymentOutcome>>> TakeConvergeWaiters()
    {
        lock (_lock)
        {
            List<TaskCompletionSource<IReadOnlyList<DeploymentOutcome>>> waiters = [.. _convergeWaiters];
            _convergeWaiters.Clear();
            return waiters;
        }
    }

    private (VerifiedAssignment Assignment, string Cause)? TakeDue()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            foreach (var (name, _) in _due.Where(pair => pair.Value <= now).OrderBy(pair => pair.Value).ToList())
            {
                var record = store.Get(name);
                var assignment = _current[name];
                if (record.IsHeld || assignment.Content.Retired && record.Complete >= record.Sequence)
                {
                    _due.Remove(name);
                    _moved.Remove(name);
                    continue;
                }
                // A pass over all tasks does not only look: it waits.
                if ((record.CompleteContent != assignment.ContentDigest.ToString() || store.LoadBaseline(name) is null)
                    && standing.WhyNotAct(name, assignment.Content, OwnRequest) is not null && !assignment.Content.Retired)
                {
                    _due[name] = now + Ticks(Sooner(assignment.Content.Interval ?? configuration.Interval, name, assignment));
                    continue;
                }
                return (assignment, record.Failures > 0 ? "retry"
                    : record.Complete < record.Sequence ? "push"
                    : record.ToldDrift is not null && standing.HasOpened(name, assignment.Content) ? "window"
                    : _moved.Contains(name) ? "drift"
                    : "interval");
            }
            return null;
        }
    }

    private bool MayLeave()
    {
        lock (_lock)
        {
            return _leaveWhenIdle && _ordered.Count == 0 && _convergeWaiters.Count == 0;
        }
    }

    private async Task Sleep(CancellationToken cancellation)
    {
        TimeSpan wait;
        lock (_lock)
        {
            wait = _due.Count == 0 ? TimeSpan.FromHours(1) : time.GetElapsedTime(time.GetTimestamp(), _due.Values.Min());
        }
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var due = Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, timer.Token);
        await Task.WhenAny(due, _wake.Reader.WaitToReadAsync(timer.Token).AsTask());
        await timer.CancelAsync();
        _wake.Reader.TryRead(out _);
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private static RunRequest RequestOf(Protocol.OrderStatement order) => new(RunRequest.NewId(), order.Mode, "push")
    {
        Order = (ulong)order.Number,
        Tags = order.Tags,
        SkipTags = order.SkipTags,
        StartAtTask = order.StartAtTask,
        Diff = order.Diff,
        Limit = order.Limit,
        Verbosity = order.Verbosity,
    };

    private void Supersede(VerifiedAssignment assignment, ulong by, RunRequest? request = null) =>
        new RunReporter(events, assignment.Release.Deployment, (ulong)assignment.Release.Sequence, request ?? RequestOf(assignment.Order!), time).Superseded(by);

    /// <param name="IsOwn">No order asked for it.</param>
    private sealed record Running(string Deployment, ulong Sequence, OrderMode Mode, bool IsOwn, CancellationTokenSource Preempt);

    [LoggerMessage(1001, LogLevel.Warning, "What is stored of {Deployment} is not to be believed and is left alone: {Reason}")]
    private partial void LogStoredRefused(string deployment, string reason);

    [LoggerMessage(1003, LogLevel.Warning, "How drift of {Deployment} is treated could not be told: {Problem}")]
    private partial void LogUntold(string problem, string deployment);

    [LoggerMessage(1002, LogLevel.Information, "Run {Run} of {Deployment} was cut off and goes on")]
    private partial void LogResumed(string run, string deployment);
}
