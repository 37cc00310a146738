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
/// One run at a time on this host. Orders first, then what is due by its interval or after a failure; a newer order for
/// the deployment that runs takes over between two tasks, orders for others wait.
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
    AgentConfiguration configuration, EventLog events, RunJournal journal, TimeProvider time, ILogger log)
{
    private readonly Lock _lock = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, VerifiedAssignment> _current = new(StringComparer.Ordinal);
    private readonly Dictionary<string, VerifiedAssignment> _ordered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _due = new(StringComparer.Ordinal);
    private readonly List<TaskCompletionSource<IReadOnlyList<DeploymentOutcome>>> _convergeWaiters = [];
    private (string Deployment, ulong Order, CancellationTokenSource Preempt)? _running;
    private bool _leaveWhenIdle;

    public IEnumerable<DeploymentRecord> Deployments
    {
        get
        {
            lock (_lock)
            {
                return [.. store.All];
            }
        }
    }

    public string? Running
    {
        get
        {
            lock (_lock)
            {
                return _running?.Deployment;
            }
        }
    }

    /// <summary>Takes a verified assignment whose blobs are here. Idempotent: an order that was carried out is not carried out again.</summary>
    public void Accept(VerifiedAssignment assignment)
    {
        lock (_lock)
        {
            var name = assignment.Release.Deployment;
            var record = store.Get(name);
            var isCheck = assignment.Order?.Mode == OrderMode.Check;
            // A check changes nothing, not even which revision is this host's.
            if (!isCheck && ((ulong)assignment.Release.Sequence > record.Sequence || !_current.ContainsKey(name)))
            {
                store.SaveAssignment(name, assignment.Stored);
                store.Save(record with { Sequence = (ulong)assignment.Release.Sequence, IsRetired = assignment.Content.Retired, IsHeld = false, Failures = 0, RetryAt = null });
                _current[name] = assignment;
                _due[name] = time.GetTimestamp();
            }
            if (assignment.Order is { } order && (ulong)order.Number > record.Order)
            {
                if (_ordered.TryGetValue(name, out var waiting) && waiting.Order!.Number < order.Number)
                {
                    Supersede(waiting, (ulong)order.Number);
                }
                if (_running is { } running && running.Deployment == name && running.Order != (ulong)order.Number)
                {
                    running.Preempt.Cancel();
                }
                if (_running is not { } same || same.Deployment != name || same.Order != (ulong)order.Number)
                {
                    _ordered[name] = assignment;
                }
            }
        }
        _wake.Writer.TryWrite(true);
    }

    /// <summary>Reconverges every deployment now; ends when that is done.</summary>
    public Task<IReadOnlyList<DeploymentOutcome>> Converge()
    {
        var waiter = new TaskCompletionSource<IReadOnlyList<DeploymentOutcome>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _convergeWaiters.Add(waiter);
        }
        _wake.Writer.TryWrite(true);
        return waiter.Task;
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
            else if (TakeDue() is { } due)
            {
                await RunOne(due.Assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, due.Cause), cancellation);
            }
            else if (MayLeave())
            {
                return;
            }
            else
            {
                await Sleep(cancellation);
            }
        }
    }

    private void LoadStored()
    {
        foreach (var record in store.All)
        {
            if (store.LoadAssignment(record.Name) is not { } bytes)
            {
                continue;
            }
            var (assignment, refusal) = verifier.Verify(V1.Assignment.Parser.ParseFrom(bytes), known: null);
            if (assignment is null)
            {
                LogStoredRefused(record.Name, refusal!.Reason);
                continue;
            }
            _current[record.Name] = assignment;
            // Soon after a start: a host that was rebooted has something to put right.
            _due[record.Name] = time.GetTimestamp() + Ticks(TimeSpan.FromSeconds(1));
        }
    }

    private async Task Resume(CancellationToken cancellation)
    {
        if (journal.Interrupted is not { } interrupted)
        {
            return;
        }
        if (!_current.TryGetValue(interrupted.Began.Deployment, out var assignment) || (ulong)assignment.Release.Sequence != interrupted.Began.Sequence)
        {
            journal.Forget();
            return;
        }
        // The order counts as taken up before it goes on: sent again, it is not run a second time.
        var record = store.Get(interrupted.Began.Deployment);
        store.Save(record with { Order = Math.Max(record.Order, interrupted.Began.Order) });
        var request = new RunRequest(interrupted.Began.Run, interrupted.Began.Mode, interrupted.Began.Cause)
        {
            Order = interrupted.Began.Order,
            Tags = [.. interrupted.Began.Tags],
            SkipTags = [.. interrupted.Began.SkipTags],
            StartAtTask = interrupted.Began.StartAtTask,
        };
        LogResumed(interrupted.Began.Run, interrupted.Began.Deployment);
        await RunOne(assignment, request, cancellation, interrupted);
    }

    private async Task ConvergeAll(List<TaskCompletionSource<IReadOnlyList<DeploymentOutcome>>> waiters, CancellationToken cancellation)
    {
        var outcomes = new List<DeploymentOutcome>();
        foreach (var name in _current.Keys.Order(StringComparer.Ordinal).ToList())
        {
            outcomes.Add(await RunOne(_current[name], new RunRequest(RunRequest.NewId(), OrderMode.Converge, "converge"), cancellation));
        }
        waiters.ForEach(waiter => waiter.TrySetResult(outcomes));
    }

    private async Task<DeploymentOutcome> RunOne(VerifiedAssignment assignment, RunRequest request, CancellationToken cancellation, InterruptedRun? resumed = null)
    {
        var name = assignment.Release.Deployment;
        using var preempt = new CancellationTokenSource();
        lock (_lock)
        {
            _running = (name, request.Order, preempt);
            var record = store.Get(name);
            if (request.Order > record.Order)
            {
                store.Save(record with { Order = request.Order });
            }
        }
        DeploymentOutcome outcome;
        try
        {
            outcome = await executor.Execute(assignment, request, resumed, loader, preempt.Token, cancellation);
        }
        finally
        {
            lock (_lock)
            {
                _running = null;
                _due[name] = time.GetTimestamp() + Ticks(NextDue(name, assignment));
            }
        }
        if (outcome.End == RunEnd.Interrupted && request.Order != 0)
        {
            lock (_lock)
            {
                Supersede(assignment, _ordered.TryGetValue(name, out var next) ? (ulong)next.Order!.Number : 0, request.Run);
            }
        }
        return outcome;
    }

    private TimeSpan NextDue(string name, VerifiedAssignment assignment)
    {
        var record = store.Get(name);
        var interval = assignment.Content.Interval ?? configuration.Interval;
        if (record.RetryAt is { } retry && !record.IsHeld)
        {
            var wait = retry - time.GetUtcNow();
            return wait < TimeSpan.Zero ? TimeSpan.Zero : wait < interval ? wait : interval;
        }
        // The splay shifts the first round; after it each round is one interval later.
        return record.LastCheck is null ? interval / 2 + Schedule.Splay(host, name, interval) / 2 : interval;
    }

    private VerifiedAssignment? TakeOrdered()
    {
        lock (_lock)
        {
            var next = _ordered.Values.OrderBy(assignment => assignment.Release.Deployment, StringComparer.Ordinal).FirstOrDefault();
            if (next is not null)
            {
                _ordered.Remove(next.Release.Deployment);
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
            foreach (var (name, at) in _due.OrderBy(pair => pair.Value))
            {
                if (at > now)
                {
                    break;
                }
                var record = store.Get(name);
                var assignment = _current[name];
                if (assignment.Content.Retired || record.IsHeld)
                {
                    _due.Remove(name);
                    if (assignment.Content.Retired && record.Complete < record.Sequence)
                    {
                        return (assignment, "push");
                    }
                    continue;
                }
                return (assignment, record.Complete == 0 && record.Failures == 0 ? "push" : record.RetryAt is not null ? "retry" : "interval");
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
    };

    private void Supersede(VerifiedAssignment assignment, ulong by, string? run = null)
    {
        var request = new RunRequest(run ?? RunRequest.NewId(), assignment.Order?.Mode ?? OrderMode.Converge, "push") { Order = (ulong)(assignment.Order?.Number ?? 0) };
        new RunReporter(events, assignment.Release.Deployment, (ulong)assignment.Release.Sequence, request, time).Superseded(by);
    }

    [LoggerMessage(1001, LogLevel.Warning, "What is stored of {Deployment} is not to be believed and is left alone: {Reason}")]
    private partial void LogStoredRefused(string deployment, string reason);

    [LoggerMessage(1002, LogLevel.Information, "Run {Run} of {Deployment} was cut off and goes on")]
    private partial void LogResumed(string run, string deployment);
}
