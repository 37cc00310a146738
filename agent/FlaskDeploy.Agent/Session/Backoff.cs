namespace FlaskDeploy.Agent.Session;

/// <summary>How long to wait before connecting again: full jitter, so that a fleet which lost its controller does not come back as a herd.</summary>
internal sealed class Backoff(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private int _failures;

    /// <summary>A session that came about ends the series.</summary>
    public void Reset() => _failures = 0;

    /// <summary>Between nothing and a bound that doubles with each failure; at least what the controller asked for.</summary>
    public TimeSpan Next(TimeSpan? asked = null)
    {
        var bound = TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(_failures++, 10)));
        var wait = bound * random.NextDouble();
        return asked is { } least ? least + wait : wait;
    }
}
