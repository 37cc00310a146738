namespace FlaskDeploy.Controller.Sessions;

/// <summary>
/// Says that something was committed, not what: whoever waits reads the store. Take <see cref="Next"/> before reading,
/// await it after, and nothing is missed.
/// </summary>
internal sealed class Pulse
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Next => Volatile.Read(ref _next).Task;

    public void Fire() => Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
