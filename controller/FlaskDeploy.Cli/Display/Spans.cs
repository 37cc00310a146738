using System.Globalization;

namespace FlaskDeploy.Cli.Display;

/// <summary>Lengths of time and points in it, as people read them.</summary>
internal static class Spans
{
    /// <summary><c>0.4s</c>, <c>12s</c>, <c>3m</c>, <c>5h</c>, <c>2d</c>: one unit, rounded down.</summary>
    public static string Short(TimeSpan span) => span switch
    {
        { Ticks: < 0 } => "0s",
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalSeconds * 10) / 10:0.#}s"),
        { TotalMinutes: < 1 } => $"{(int)span.TotalSeconds}s",
        { TotalHours: < 1 } => $"{(int)span.TotalMinutes}m",
        { TotalDays: < 1 } => $"{(int)span.TotalHours}h",
        _ => $"{(int)span.TotalDays}d",
    };

    public static string Ago(long unixMillis, DateTimeOffset now) =>
        unixMillis == 0 ? "never" : $"{Short(now - DateTimeOffset.FromUnixTimeMilliseconds(unixMillis))} ago";

    /// <summary><c>2026-11-23 22:00Z</c>.</summary>
    public static string Moment(long unixMillis) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(unixMillis, 0, 253402300799999)).UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads <c>90</c> (seconds), <c>90s</c>, <c>15m</c>, <c>24h</c>, <c>7d</c>.</summary>
    public static bool TryParse(string text, out TimeSpan span)
    {
        span = default;
        if (text.Length == 0)
        {
            return false;
        }
        var (digits, seconds) = text[^1] switch
        {
            's' => (text[..^1], 1),
            'm' => (text[..^1], 60),
            'h' => (text[..^1], 3600),
            'd' => (text[..^1], 86400),
            _ => (text, 1),
        };
        // A century is far from where a TimeSpan ends, and longer than anybody means.
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 36500L * 86400 / seconds)
        {
            return false;
        }
        span = TimeSpan.FromSeconds(number * seconds);
        return true;
    }
}
