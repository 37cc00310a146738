using System.Globalization;
using System.Net.Sockets;

namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>
/// <c>WATCHDOG=1</c> twice in the time that systemd waits for it, see sd_watchdog_enabled(3). Sent by a thread of the
/// pool: a program whose pool is stuck is as good as dead, and systemd starts it anew.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private static readonly ServiceState Alive = new("WATCHDOG=1");
    private readonly ISystemdNotifier _notifier;
    private readonly ITimer _timer;

    private Watchdog(ISystemdNotifier notifier, TimeSpan interval)
    {
        _notifier = notifier;
        _timer = TimeProvider.System.CreateTimer(_ => Tell(), null, TimeSpan.Zero, interval);
    }

    /// <summary>Null: systemd does not wait for it, or waits for another process.</summary>
    public static Watchdog? FromEnvironment(ISystemdNotifier notifier)
    {
        const int ticksPerMicrosecond = 10;
        var ours = Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { Length: > 0 } pid
            || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return ours && long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            ? new Watchdog(notifier, TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, microseconds * ticksPerMicrosecond / 2)))
            : null;
    }

    public void Dispose() => _timer.Dispose();

    private void Tell()
    {
        try
        {
            _notifier.Notify(Alive);
        }
        catch (SocketException)
        {
            // systemd is being re-executed, or its queue is full: the next one comes in time, and if none does, that is its verdict.
        }
    }
}
