using System.Globalization;
using System.Runtime.InteropServices;

namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>
/// READY=1 when the host has started, an orderly stop on SIGTERM with STOPPING=1, and, which the original lacks,
/// WATCHDOG=1 at half of what <c>WatchdogSec=</c> allows for as long as the thread pool still runs timers.
/// </summary>
public class SystemdLifetime : IHostLifetime, IDisposable
{
    private readonly IHostApplicationLifetime _application;
    private readonly ISystemdNotifier _notifier;
    private readonly TimeProvider _time;
    private readonly TimeSpan? _watchdog;
    private CancellationTokenRegistration _started;
    private CancellationTokenRegistration _stopping;
    private PosixSignalRegistration? _terminate;
    private ITimer? _timer;

    public SystemdLifetime(IHostEnvironment environment, IHostApplicationLifetime applicationLifetime, ISystemdNotifier systemdNotifier)
        : this(applicationLifetime, systemdNotifier, TimeProvider.System, WatchdogInterval(
            Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"))) =>
        ArgumentNullException.ThrowIfNull(environment);

    internal SystemdLifetime(IHostApplicationLifetime application, ISystemdNotifier notifier, TimeProvider time, TimeSpan? watchdog) =>
        (_application, _notifier, _time, _watchdog) = (application, notifier, time, watchdog);

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _started = _application.ApplicationStarted.Register(OnStarted);
        _stopping = _application.ApplicationStopping.Register(() => _notifier.Notify(ServiceState.Stopping));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            _application.StopApplication();
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _timer?.Dispose();
        _terminate?.Dispose();
        _started.Dispose();
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Half of what systemd allows; null where it does not watch, or watches another process (sd_watchdog_enabled(3)).</summary>
    internal static TimeSpan? WatchdogInterval(string? microseconds, string? pid) =>
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var allowed) && allowed > 0
        && (string.IsNullOrEmpty(pid) || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(allowed / 2)
            : null;

    private void OnStarted()
    {
        _notifier.Notify(ServiceState.Ready);
        if (_watchdog is { } interval)
        {
            _timer = _time.CreateTimer(_ => _notifier.Notify(new ServiceState("WATCHDOG=1")), null, TimeSpan.Zero, interval);
        }
    }
}
