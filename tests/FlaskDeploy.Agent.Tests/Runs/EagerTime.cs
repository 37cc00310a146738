using FlaskDeploy.Agent.Tests.Machine;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>A clock on which every wait is over at once, and has taken as long as it should.</summary>
internal sealed class EagerTime(FakeClock clock) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>What was waited for, in order.</summary>
    public List<TimeSpan> Waits { get; } = [];

    /// <summary>After each wait.</summary>
    public Action? Waited { get; set; }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp() => clock.GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime >= TimeSpan.Zero)
        {
            Waits.Add(dueTime);
            clock.Advance(dueTime);
            Waited?.Invoke();
            ThreadPool.QueueUserWorkItem(_ => callback(state));
        }
        return new Timer();
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
