namespace FlaskDeploy.Agent.Drift;

/// <summary>
/// The host's clock as it was when the agent started, going on evenly from there: a clock that is set meanwhile neither ends
/// a pause nor prolongs one. What is kept across a restart is told apart by the clock again.
/// </summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _at = time.GetTimestamp();

    public DateTimeOffset Now => _start + time.GetElapsedTime(_at);
}
