using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Runs;

// How drift is treated: pauses and their ends, by order or by root, and when what is withheld may be done.
internal sealed partial class Coordinator
{
    /// <summary>For this host's root. Drift is looked for and reported, and not corrected until then.</summary>
    /// <returns>Null, or why not.</returns>
    public string? Pause(string name, string reason, string by, TimeSpan? length) => Stand(name, () => standing.Pause(name, reason, by, length));

    /// <summary>Ends a pause, and tries again what is held. For this host's root.</summary>
    /// <returns>Null, or why not.</returns>
    public string? Resume(string name) => Stand(name, () => standing.Resume(name));

    /// <summary>How drift of a deployment is treated. Null: none of that name is kept here.</summary>
    public Standing? Standing(string name)
    {
        lock (_lock)
        {
            return _current.TryGetValue(name, out var assignment) ? standing.Of(store.Get(name), assignment.Content) : null;
        }
    }

    private string? Stand(string name, Action change)
    {
        lock (_lock)
        {
            if (!_current.TryGetValue(name, out var assignment) || assignment.Content.Retired)
            {
                var known = _current.Where(pair => !pair.Value.Content.Retired).Select(pair => pair.Key).Order(StringComparer.Ordinal).ToList();
                return $"no deployment '{name}' is kept on this host; {(known.Count == 0 ? "there is none" : $"there is {string.Join(", ", known)}")}";
            }
            change();
            standing.Tell(name, (ulong)assignment.Release.Sequence, assignment.Content);
            LookAnew(name);
        }
        _wake.Writer.TryWrite(true);
        return null;
    }

    // It runs nothing, and does not make the revision beside it this host's: what waits for that goes on waiting.
    private void TakeStanding(string name, VerifiedAssignment assignment, Protocol.OrderStatement order)
    {
        if ((ulong)order.Number <= store.Get(name).Order || order.Number <= _newestOrder.GetValueOrDefault(name))
        {
            return;
        }
        foreach (var waiting in _ordered.Where(waiting => waiting.Release.Deployment == name).ToList())
        {
            // Its operator was told so already: the controller keeps one order for each host.
            _ordered.Remove(waiting);
            Supersede(waiting, (ulong)order.Number);
        }
        var isPause = order.Mode == OrderMode.Pause;
        var request = RequestOf(order) with { Cause = isPause ? "pause" : "resume" };
        if (isPause)
        {
            standing.Pause(name, order.Reason, order.By, order.PauseFor);
        }
        else
        {
            standing.Resume(name);
        }
        var reporter = new RunReporter(events, name, (ulong)assignment.Release.Sequence, request, time);
        reporter.Begin(RunPass.Check, 0);
        standing.Tell(name, (ulong)assignment.Release.Sequence, assignment.Content);
        store.Update(name, record => record with { Order = Math.Max(record.Order, (ulong)order.Number) });
        _newestOrder[name] = order.Number;
        reporter.End(RunEnd.Unchanged, isPause ? standing.PauseOf(store.Get(name))!.Text : "resumed: drift is corrected again");
        if (_running is { IsOwn: true } running && running.Deployment == name && isPause)
        {
            running.Preempt.Cancel();
        }
        LookAnew(name);
    }

    private void LookAnew(string name)
    {
        if (_current.ContainsKey(name))
        {
            _due[name] = time.GetTimestamp();
        }
    }

    private void TellStanding(string name)
    {
        lock (_lock)
        {
            if (_current.TryGetValue(name, out var current))
            {
                try
                {
                    standing.Tell(name, (ulong)current.Release.Sequence, current.Content);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // The disk takes nothing: what is not known to be told is told after the next run.
                    LogUntold(e.Message, name);
                }
            }
        }
    }

    // Once a pause ends or a window opens, what waited for that need not wait for the interval.
    private TimeSpan Sooner(TimeSpan interval, string name, VerifiedAssignment assignment) =>
        standing.UntilChange(name, assignment.Content) is { } change && change < interval ? change > TimeSpan.Zero ? change : TimeSpan.Zero : interval;

    private static RunRequest OwnRequest { get; } = new("", OrderMode.Converge, "interval");
}
