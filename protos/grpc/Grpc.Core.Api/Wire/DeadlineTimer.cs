namespace Grpc.Core.Wire;

/// <summary>Calls back once when an instant has passed, however far away it is. Disposing it any number of times is safe.</summary>
internal sealed class DeadlineTimer : IDisposable
{
    // Timers take at most about 49 days; a longer wait is taken in steps.
    private static readonly TimeSpan LongestStep = TimeSpan.FromDays(30);

    private readonly TimeProvider _time;
    private readonly DateTimeOffset _deadline;
    private readonly Action _passed;
    private readonly ITimer _timer;

    public DeadlineTimer(TimeProvider time, DateTimeOffset deadline, Action passed)
    {
        _time = time;
        _deadline = deadline;
        _passed = passed;
        // Armed only after the assignment, so that a callback never sees a missing timer.
        _timer = time.CreateTimer(static self => ((DeadlineTimer)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Tick();
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        TimeSpan left = _deadline - _time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            _passed();
            return;
        }

        // A timer counts whole milliseconds; rounding up avoids a last tick that comes too early.
        TimeSpan step = left < LongestStep ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : LongestStep;
        _timer.Change(step, Timeout.InfiniteTimeSpan);
    }
}
