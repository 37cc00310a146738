using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Watching;
using Microsoft.Extensions.Logging;

namespace FlaskDeploy.Agent.Drift;

/// <summary>
/// Watches what the baselines of this host looked at, and says which deployment is to be held against its baseline because
/// something of it moved. A hint, never a finding: the comparison decides. What moves while a run is under way is looked
/// at after it; where that was our own doing, the comparison finds nothing, and that is that.
/// </summary>
internal sealed partial class HostWatch(EvidenceTargets targets, MovementLog movements, TimeProvider time, ILogger log, Func<TimeSpan>? processorTime = null) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Func<TimeSpan> _processorTime = processorTime ?? WatchCalls.ProcessorTime;
    private readonly Dictionary<string, Followed> _followed = new(StringComparer.Ordinal);
    private MachineWatch? _machine;
    private bool _isRunning;
    private TimeSpan? _processorTimeBefore;

    /// <summary>The deployment of that name is due. Raised on a thread of the pool.</summary>
    public event Action<string>? Moved;

    /// <summary>What cannot be watched and is only found at the interval.</summary>
    public ImmutableArray<string> Problems { get; private set; } = [];

    /// <summary>Until <see cref="Dispose"/>. Without it nothing is watched, and nothing else differs.</summary>
    public void Start()
    {
        try
        {
            _machine = new MachineWatch(Signalled, Armed, Told, time);
            _machine.Start();
        }
        catch (IOException e)
        {
            Told([e.Message]);
        }
        lock (_lock)
        {
            Watch();
        }
    }

    /// <summary>From now on this is what the deployment's host is to look like; null: nobody looks after it any more.</summary>
    public void Follow(string deployment, Baseline? baseline)
    {
        lock (_lock)
        {
            if (Keep(deployment, baseline))
            {
                Watch();
            }
        }
    }

    /// <param name="isNudged">It is because something moved.</param>
    public void RunBegins(bool isNudged)
    {
        lock (_lock)
        {
            _isRunning = true;
            _processorTimeBefore = isNudged ? _processorTime() : null;
        }
    }

    /// <param name="baseline">The deployment's as it is after the run.</param>
    public void RunEnds(string deployment, Baseline? baseline)
    {
        lock (_lock)
        {
            _isRunning = false;
            if (_processorTimeBefore is { } before)
            {
                _followed.GetValueOrDefault(deployment)?.Gate.Charge(_processorTime() - before);
            }
            if (Keep(deployment, baseline))
            {
                if (_followed.GetValueOrDefault(deployment) is { } followed)
                {
                    // Between the look and the watch there was a gap.
                    followed.LooksOnceArmed = true;
                }
                Watch();
            }
            foreach (var waiting in _followed.Values)
            {
                Plan(waiting);
            }
        }
    }

    public void Dispose()
    {
        // Not under the lock: the thread that is waited for may be about to take it.
        _machine?.Dispose();
        lock (_lock)
        {
            foreach (var followed in _followed.Values)
            {
                followed.Timer?.Dispose();
            }
            _followed.Clear();
        }
    }

    /// <summary>What the machine's watch says; called on its thread.</summary>
    internal void Signalled(WatchSignal signal)
    {
        lock (_lock)
        {
            foreach (var followed in _followed.Values)
            {
                if (followed.Targets.TryGetValue(signal.Target, out var subject))
                {
                    movements.Add(followed.Deployment, subject, signal.What, signal.By, signal.Uid, duringRun: _isRunning);
                    followed.Gate.Moved(PaceOf(signal));
                    Plan(followed);
                }
            }
        }
    }

    internal void Armed(IReadOnlyCollection<WatchTarget> added)
    {
        lock (_lock)
        {
            foreach (var followed in _followed.Values.Where(followed => followed.LooksOnceArmed && added.Any(followed.Targets.ContainsKey)))
            {
                followed.LooksOnceArmed = false;
                followed.Gate.Moved(Pace.Files);
                Plan(followed);
            }
        }
    }

    private static Pace PaceOf(WatchSignal signal) => signal.Target switch
    {
        ProcessTarget or PortTarget => Pace.AtOnce,
        PathTarget { IsPackageDatabase: true } => Pace.Packages,
        _ => Pace.Files,
    };

    /// <returns>Whether anything else is to be watched than before.</returns>
    private bool Keep(string deployment, Baseline? baseline)
    {
        var known = _followed.GetValueOrDefault(deployment);
        if (baseline is null)
        {
            known?.Timer?.Dispose();
            movements.Forget(deployment);
            return _followed.Remove(deployment);
        }
        if (ReferenceEquals(known?.Baseline, baseline))
        {
            return false;
        }
        known ??= _followed[deployment] = new Followed(deployment, new NudgeGate(time));
        var wanted = targets.Of(baseline);
        var isOther = wanted.Count != known.Targets.Count || !wanted.Keys.All(known.Targets.ContainsKey);
        (known.Baseline, known.Targets) = (baseline, wanted);
        return isOther;
    }

    private void Watch() => _machine?.Replace([.. _followed.Values.SelectMany(followed => followed.Targets.Keys)]);

    // One timer at a time: while one waits, a movement after it only puts off what it will find when it fires.
    private void Plan(Followed followed)
    {
        if (_isRunning || followed.Gate.Wait is not { } wait)
        {
            return;
        }
        var at = time.GetTimestamp() + (long)(Math.Max(0, wait.TotalSeconds) * time.TimestampFrequency);
        if (followed.Timer is null || at < followed.TimerAt)
        {
            followed.Timer?.Dispose();
            followed.TimerAt = at;
            followed.Timer = time.CreateTimer(state => Fire((Followed)state!), followed, wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private void Fire(Followed followed)
    {
        lock (_lock)
        {
            followed.Timer?.Dispose();
            followed.Timer = null;
            if (_isRunning || followed.Gate.Wait is not { } wait || _followed.GetValueOrDefault(followed.Deployment) != followed)
            {
                return;
            }
            if (wait > TimeSpan.Zero)
            {
                Plan(followed);
                return;
            }
            followed.Gate.Take();
        }
        Moved?.Invoke(followed.Deployment);
    }

    private void Told(ImmutableArray<string> problems)
    {
        foreach (var problem in problems.Except(Problems))
        {
            LogUnwatched(problem);
        }
        Problems = problems;
    }

    private sealed class Followed(string deployment, NudgeGate gate)
    {
        public string Deployment => deployment;

        public NudgeGate Gate => gate;

        public Baseline? Baseline { get; set; }

        public IReadOnlyDictionary<WatchTarget, string> Targets { get; set; } = ImmutableDictionary<WatchTarget, string>.Empty;

        public bool LooksOnceArmed { get; set; }

        public ITimer? Timer { get; set; }

        public long TimerAt { get; set; }
    }

    [LoggerMessage(1201, LogLevel.Warning, "Not everything can be watched: {Problem}. What moves there is found at the interval")]
    private partial void LogUnwatched(string problem);
}
