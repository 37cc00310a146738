using System.Globalization;

namespace Grpc.Core.Wire;

/// <summary><c>grpc-timeout</c>: at most eight digits and a unit.</summary>
internal static class TimeoutCodec
{
    private const long MaxDigits = 99_999_999;

    private static readonly (char Unit, long Ticks)[] Units =
    [
        ('m', TimeSpan.TicksPerMillisecond),
        ('S', TimeSpan.TicksPerSecond),
        ('M', TimeSpan.TicksPerMinute),
        ('H', TimeSpan.TicksPerHour),
    ];

    /// <summary>In the finest unit that fits, rounded up, so that the peer never gives up before this side does.</summary>
    public static string Encode(TimeSpan timeout)
    {
        foreach ((char unit, long ticks) in Units)
        {
            long count = (timeout.Ticks / ticks) + (timeout.Ticks % ticks == 0 ? 0 : 1);
            if (count <= MaxDigits)
                return string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{MaxDigits}H");
    }

    /// <summary>Null for what is no timeout. Eight digits of hours, the longest, still fit a <see cref="TimeSpan"/>.</summary>
    public static TimeSpan? Decode(string value)
    {
        if (value.Length is < 2 or > 9
            || !long.TryParse(value.AsSpan(0, value.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            return null;
        return value[^1] switch
        {
            'n' => TimeSpan.FromTicks((count + 99) / 100),
            'u' => TimeSpan.FromTicks(count * TimeSpan.TicksPerMicrosecond),
            'm' => TimeSpan.FromTicks(count * TimeSpan.TicksPerMillisecond),
            'S' => TimeSpan.FromTicks(count * TimeSpan.TicksPerSecond),
            'M' => TimeSpan.FromTicks(count * TimeSpan.TicksPerMinute),
            'H' => TimeSpan.FromTicks(count * TimeSpan.TicksPerHour),
            _ => null,
        };
    }
}
