using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>
/// READY when the host has started, STOPPING when it begins to end, an orderly end on SIGTERM, and the watchdog's sign of
/// life in between, until all services have ended.
/// </summary>
public partial class SystemdLifetime : IHostLifetime, IDisposable
{
    private readonly IHostApplicationLifetime _application;
    private readonly ISystemdNotifier _notifier;
    private readonly IHostEnvironment _environment;
    private readonly ILogger _log;
    private readonly List<IDisposable> _registrations = [];

    public SystemdLifetime(IHostEnvironment environment, IHostApplicationLifetime applicationLifetime, ISystemdNotifier systemdNotifier, ILoggerFactory loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(applicationLifetime);
        ArgumentNullException.ThrowIfNull(systemdNotifier);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        _environment = environment;
        _application = applicationLifetime;
        _notifier = systemdNotifier;
        _log = loggerFactory.CreateLogger("Microsoft.Hosting.Lifetime");
    }

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(_application.ApplicationStarted.Register(() =>
        {
            Log.Started(_log, _environment.EnvironmentName, _environment.ContentRootPath);
            _notifier.Notify(ServiceState.Ready);
        }));
        _registrations.Add(_application.ApplicationStopping.Register(() =>
        {
            Log.Stopping(_log);
            _notifier.Notify(ServiceState.Stopping);
        }));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            // Ended by the host, in order, and not by the runtime at once.
            context.Cancel = true;
            _application.StopApplication();
        }));
        if (_notifier.IsEnabled && Watchdog.FromEnvironment(_notifier) is { } watchdog)
        {
            _registrations.Add(watchdog);
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends the watchdog's signs and gives SIGTERM its usual meaning back.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
        _registrations.Clear();
        GC.SuppressFinalize(this);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Application started. Hosting environment: {Environment}; Content root path: {ContentRoot}")]
        public static partial void Started(ILogger log, string environment, string contentRoot);

        [LoggerMessage(2, LogLevel.Information, "Application is shutting down...")]
        public static partial void Stopping(ILogger log);
    }
}
