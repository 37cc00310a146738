using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Systemd;

namespace Microsoft.Extensions.Hosting;

/// <summary>Stand-in for the package Microsoft.Extensions.Hosting.Systemd, with its signatures.</summary>
public static class SystemdHostBuilderExtensions
{
    /// <summary>Does nothing where the process is no service of systemd.</summary>
    public static IHostBuilder UseSystemd(this IHostBuilder hostBuilder)
    {
        ArgumentNullException.ThrowIfNull(hostBuilder);
        return SystemdHelpers.IsSystemdService() ? hostBuilder.ConfigureServices((_, services) => Add(services)) : hostBuilder;
    }

    /// <inheritdoc cref="UseSystemd"/>
    public static IServiceCollection AddSystemd(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (SystemdHelpers.IsSystemdService())
        {
            Add(services);
        }
        return services;
    }

    // Of several registrations the last one counts, so this replaces the console's lifetime.
    private static void Add(IServiceCollection services) => services
        .AddSingleton<ISystemdNotifier, SystemdNotifier>()
        .AddSingleton<IHostLifetime, SystemdLifetime>();
}
