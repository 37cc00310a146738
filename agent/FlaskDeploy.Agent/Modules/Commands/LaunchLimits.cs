using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules.Commands;

/// <summary>What <c>launch</c> is told of a log and of health, in the machine's terms. None of it is an input: no change of it restarts anything.</summary>
internal static class LaunchLimits
{
    private const int MostKept = 1000;

    /// <returns>Null: all of it can be used.</returns>
    internal static Impossible? Problem(LaunchArguments arguments, out LogLimits limits, out HealthCheck? health)
    {
        (limits, health) = (LogLimits.Default, null);
        if (SizeOf(arguments.LogMaxSize) is not { } size)
        {
            return new Impossible($"log_max_size: {arguments.LogMaxSize} is no size") { Remedy = "a number of bytes, or one with k, M or G: 10M" };
        }
        if (arguments.LogKeep is < 0 or > MostKept)
        {
            return new Impossible($"log_keep: {arguments.LogKeep} is not between 0 and {MostKept}");
        }
        limits = new LogLimits(size, arguments.LogKeep);
        if (arguments.HealthUrl is not { } written)
        {
            return null;
        }
        if (written.StartsWith('/') && arguments.Port is null)
        {
            return new Impossible($"health_url: {written} is a path, and no port is given") { Remedy = "add port, or write http://127.0.0.1:PORT/PATH" };
        }
        var url = written.StartsWith('/') ? string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.Port}{written}") : written;
        if (!HealthProbe.TryParse(url, out _))
        {
            return new Impossible($"health_url: {written} is no http address of this machine's loopback") { Remedy = "a path, as /health, or http://127.0.0.1:PORT/PATH" };
        }
        if (arguments.HealthStatus.IsEmpty || arguments.HealthStatus.FirstOrDefault(status => HealthProbe.Range(status) is null) is not null)
        {
            return new Impossible($"health_status: {string.Join(", ", arguments.HealthStatus)} holds something that is no HTTP status") { Remedy = "numbers or ranges between 100 and 599: 200, 300-399" };
        }
        if (arguments.HealthTimeout <= TimeSpan.Zero || arguments.HealthRetries < 1)
        {
            return new Impossible("health_timeout and health_retries have to be more than nothing");
        }
        health = new HealthCheck(url, string.Join(' ', arguments.HealthStatus), arguments.HealthTimeout, arguments.HealthInterval, arguments.HealthRetries);
        return null;
    }

    private static long? SizeOf(string written)
    {
        const long thousand = 1024;
        var text = written.Trim();
        var factor = text.Length == 0 ? 1 : char.ToUpperInvariant(text[^1]) switch
        {
            'K' => thousand,
            'M' => thousand * thousand,
            'G' => thousand * thousand * thousand,
            _ => 1,
        };
        return long.TryParse(factor == 1 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= long.MaxValue / factor ? number * factor : null;
    }
}
