using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Console;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Stand-in for the package Microsoft.Extensions.Hosting.Systemd, with the signatures of the original and with the
/// watchdog that the original lacks.
/// </summary>
public static class SystemdHostBuilderExtensions
{
    /// <summary>Where the program is a service of systemd: tells it READY and STOPPING, ends on SIGTERM, logs in its format. Elsewhere nothing.</summary>
    public static IHostBuilder UseSystemd(this IHostBuilder hostBuilder)
    {
        ArgumentNullException.ThrowIfNull(hostBuilder);
        return hostBuilder.ConfigureServices((_, services) => services.AddSystemd());
    }

    /// <inheritdoc cref="UseSystemd"/>
    public static IServiceCollection AddSystemd(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return SystemdHelpers.IsSystemdService()
            ? services
                .Configure<ConsoleLoggerOptions>(options => options.FormatterName = ConsoleFormatterNames.Systemd)
                .AddSingleton<ISystemdNotifier, SystemdNotifier>()
                .AddSingleton<IHostLifetime, SystemdLifetime>()
            : services;
    }
}
