using System.Globalization;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.State;

/// <summary>What /etc/flaskdeploy/agent.conf says: lines of <c>name = value</c>, <c>#</c> comments.</summary>
internal sealed record AgentConfiguration
{
    private static readonly string[] Names = ["controller", "interval", "full_look", "watch", "proxy", "flap_limit", "flap_window", "maintenance_windows"];

    /// <summary>HOST:PORT; null: the controller of the enrolment.</summary>
    public string? Controller { get; init; }

    /// <summary>Of reconvergence, where the release does not say.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a reconvergence believes no fingerprint and looks at everything.</summary>
    public TimeSpan FullLook { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Whether what moves is looked at at once, or only at the interval.</summary>
    public bool Watch { get; init; } = true;

    /// <summary>Of the session, and of it alone: the environment's proxies are not for the agent.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>After how many corrections of one task within what time it is held.</summary>
    public FlapBreaker Flapping { get; init; } = FlapBreaker.Default;

    /// <summary>When anything on this host may be corrected without a person's asking.</summary>
    public MaintenanceWindows Windows { get; init; } = MaintenanceWindows.Always;

    /// <returns>The configuration, and what is wrong with the file: position and remedy, one line each.</returns>
    public static (AgentConfiguration Configuration, IReadOnlyList<string> Problems) Read(string path)
    {
        var configuration = new AgentConfiguration();
        var problems = new List<string>();
        if (!File.Exists(path))
        {
            return (configuration, problems);
        }
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var text = line.Split('#')[0].Trim();
            if (text.Length == 0)
            {
                continue;
            }
            var parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
            var value = parts.Length == 2 ? parts[1] : "";
            switch (parts[0])
            {
                case "controller" when value.Contains(':'):
                    configuration = configuration with { Controller = value };
                    break;
                case "interval" when TryParseDuration(value, out var interval) && interval >= TimeSpan.FromSeconds(1):
                    configuration = configuration with { Interval = interval };
                    break;
                case "full_look" when TryParseDuration(value, out var full) && full >= TimeSpan.FromSeconds(1):
                    configuration = configuration with { FullLook = full };
                    break;
                case "watch" when value is "yes" or "no":
                    configuration = configuration with { Watch = value == "yes" };
                    break;
                case "proxy" when Uri.TryCreate(value, UriKind.Absolute, out var proxy) && proxy.Scheme == "http":
                    configuration = configuration with { Proxy = proxy };
                    break;
                case "flap_limit" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= 1000:
                    configuration = configuration with { Flapping = configuration.Flapping with { Limit = limit } };
                    break;
                case "flap_window" when TryParseDuration(value, out var window) && window >= TimeSpan.FromSeconds(1):
                    configuration = configuration with { Flapping = configuration.Flapping with { Window = window } };
                    break;
                case "maintenance_windows" when MaintenanceWindows.Parse(value).Windows is { } windows:
                    configuration = configuration with { Windows = windows };
                    break;
                default:
                    problems.Add($"{path}:{number}: error: '{text}' is not understood; " + parts[0] switch
                    {
                        "controller" => "write controller = HOST:7443",
                        "interval" => "write interval = 5m (s, m, h or d; at least 1s)",
                        "full_look" => "write full_look = 1d (s, m, h or d; at least 1s)",
                        "watch" => "write watch = yes or watch = no",
                        "proxy" => "write proxy = http://HOST:PORT",
                        "flap_limit" => "write flap_limit = 5 (1 to 1000)",
                        "flap_window" => "write flap_window = 1h (s, m or h; at least 1s)",
                        "maintenance_windows" => MaintenanceWindows.Parse(value).Problem,
                        _ => Language.Diagnostics.Suggestion.For(parts[0], Names) ?? $"the names are {string.Join(", ", Names)}",
                    });
                    break;
            }
        }
        return (configuration, problems);
    }

    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length < 2 || !double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }
        double? seconds = text[^1] switch { 's' => number, 'm' => number * 60, 'h' => number * 3600, 'd' => number * 24 * 3600, _ => null };
        if (seconds is not <= 30 * 24 * 3600)
        {
            return false;
        }
        duration = TimeSpan.FromSeconds(seconds.Value);
        return true;
    }
}
