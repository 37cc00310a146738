using FlaskDeploy.Agent.Machine.Processes;

namespace FlaskDeploy.Agent.Machine.Launches;

internal enum LaunchEnd
{
    Well,
    /// <summary>By itself.</summary>
    Ended,
    /// <summary>Somebody else listens on its port.</summary>
    Overtaken,
    /// <summary>It runs, and is not what it should be in the time that it has.</summary>
    Late,
}

/// <summary>Watches what was just launched until it is as it should be, and for as long as it has to stay so.</summary>
/// <remarks>
/// <code>
///   started -- executed, listens, answers well --> well -- min_healthy over --> Well
///      |  ^                                         |
///      |  +---------- a bad answer -----------------+
///      +-- time over --> Late        (from either: the process ends --> Ended)
/// </code>
/// </remarks>
internal sealed class LaunchSettling(LaunchProcess launch, string unit, ProcessIdentity identity, string becoming, Listeners listeners, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(500);

    // Without a port and an address there is nothing to see but that it does not end at once.
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(1);

    private long? _executed;
    private long? _well;
    private long? _probed;
    private string? _unwell;

    /// <summary>Whether the program itself was reached, and not only what was to start it.</summary>
    public bool WasExecuted => _executed is not null;

    private bool IsBlind => launch.Port is null && launch.Health is null;

    public async ValueTask<(LaunchEnd End, string Problem)> Wait(CancellationToken cancellation)
    {
        var at = time.GetTimestamp();
        var patience = launch.StartTimeout + launch.MinHealthy + (IsBlind ? Settles : TimeSpan.Zero);
        while (true)
        {
            if (!ProcessTable.Runs(identity))
            {
                return (LaunchEnd.Ended, $"it ended {time.GetElapsedTime(at).TotalSeconds:0.0} s after its start");
            }
            // Until then it is this program on its way to become the other, however long a busy machine takes for that.
            _executed ??= ProcessTable.Command(identity.Pid)?.StartsWith(becoming, StringComparison.Ordinal) == true ? null : time.GetTimestamp();
            var (listens, taker) = Listens();
            if (taker is { } pid)
            {
                return (LaunchEnd.Overtaken, $"process {pid} took port {launch.Port} before it");
            }
            _well = listens && await AnswersWell(cancellation) ? _well ?? time.GetTimestamp() : null;
            if (_well is { } since && time.GetElapsedTime(since) >= launch.MinHealthy)
            {
                return (LaunchEnd.Well, "");
            }
            if (time.GetElapsedTime(at) >= patience)
            {
                return (LaunchEnd.Late, $"it {Missed(listens)} and was ended");
            }
            await Task.Delay(Poll, time, cancellation);
        }
    }

    private string Missed(bool listens)
    {
        var within = $"within {launch.StartTimeout.TotalSeconds:0.#} s";
        return _executed is null ? $"was not executed {within}"
            : !listens && !IsBlind ? $"did not listen on port {launch.Port} {within}"
            : launch.MinHealthy > TimeSpan.Zero ? $"did not stay well for {launch.MinHealthy.TotalSeconds:0.#} s{(_unwell is null ? "" : $" ({_unwell})")}"
            : $"was not well {within} ({_unwell})";
    }

    private (bool Listens, int? Taker) Listens()
    {
        if (_executed is not { } since)
        {
            return (false, null);
        }
        if (launch.Port is not { } port)
        {
            return (launch.Health is not null || time.GetElapsedTime(since) >= Settles, null);
        }
        var found = listeners.On(port).Listeners;
        return found.IsEmpty ? (false, null) : found.Any(listener => IsOurs(listener.Pid)) ? (true, null) : (false, found[0].Pid);
    }

    private bool IsOurs(int listener) =>
        listener == identity.Pid || ControlGroups.ProcessesOf(unit).Contains(listener) || ProcessTable.Descends(identity.Pid, listener);

    private async ValueTask<bool> AnswersWell(CancellationToken cancellation)
    {
        if (launch.Health is not { } check)
        {
            return true;
        }
        if (_probed is null || time.GetElapsedTime(_probed.Value) >= ProbeEvery)
        {
            _unwell = await HealthProbe.Try(check, cancellation);
            _probed = time.GetTimestamp();
        }
        return _unwell is null;
    }
}
