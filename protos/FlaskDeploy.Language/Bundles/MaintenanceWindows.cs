using System.Collections.Immutable;
using System.Globalization;

namespace FlaskDeploy.Language.Bundles;

/// <summary>
/// When an agent may correct by itself: <c>Mon-Fri 22:00-04:00, Sun 02:00-06:00</c>. Days without hours belong to the hours
/// that come next (<c>Mon, Wed 22:00-23:00</c>); hours without days are those of every day. A window that ends before it
/// begins ends on the day after. What counts is what a clock on the host's wall shows: an hour that the change to summer
/// time leaves out opens nothing, one that comes twice is open twice.
/// </summary>
public sealed class MaintenanceWindows : IEquatable<MaintenanceWindows>
{
    private const int MostWindows = 64;
    private const int MinutesOfDay = 24 * 60;
    private const string Form = "write 'Mon-Fri 22:00-04:00, Sun 02:00-06:00'";

    private static readonly ImmutableArray<string> Days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    private readonly ImmutableArray<Window> _windows;

    private MaintenanceWindows(string text, ImmutableArray<Window> windows) => (Text, _windows) = (text, windows);

    public static MaintenanceWindows Always { get; } = new("", []);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    public bool IsAlways => _windows.IsEmpty;

    /// <summary>Pure. Empty is always.</summary>
    /// <returns>The windows, or what is wrong: with its column, counted from one, and what to write instead.</returns>
    public static (MaintenanceWindows? Windows, string? Problem) Parse(string text)
    {
        var windows = ImmutableArray.CreateBuilder<Window>();
        var days = ImmutableArray.CreateBuilder<DayOfWeek>();
        var column = 1;
        var daysAt = 0;
        foreach (var part in text.Split(',', ';'))
        {
            var hasHours = false;
            foreach (var (word, at) in Words(part, column))
            {
                if (char.IsAsciiDigit(word[0]))
                {
                    if (hasHours)
                    {
                        return Wrong(at, $"a second time of day, '{word}'", "put a comma between two windows");
                    }
                    if (ParseHours(word) is not { } hours)
                    {
                        return Wrong(at, $"'{word}' is no time of day", "write HH:MM-HH:MM, from 00:00 to 24:00");
                    }
                    if (hours.From == hours.To)
                    {
                        return Wrong(at, $"'{word}' is empty", "write 00:00-24:00 for the whole day");
                    }
                    if (windows.Count == MostWindows)
                    {
                        return Wrong(at, $"there are more than {MostWindows} windows", "leave out what others hold");
                    }
                    windows.Add(new Window(days.Count == 0 ? [.. Enum.GetValues<DayOfWeek>()] : days.ToImmutable(), hours.From, hours.To));
                    days.Clear();
                    hasHours = true;
                }
                else if (hasHours)
                {
                    return Wrong(at, $"'{word}' stands behind its hours", "days come first: Mon-Fri 22:00-04:00");
                }
                else if (!TryDays(word, days))
                {
                    return Wrong(at, $"'{word}' is no day", Diagnostics.Suggestion.For(word.ToLowerInvariant(), Days.Select(day => day[..3]).Concat(Days)) ?? "days are Mon, Tue, Wed, Thu, Fri, Sat and Sun");
                }
                else
                {
                    daysAt = at;
                }
            }
            column += part.Length + 1;
        }
        return days.Count > 0 ? Wrong(daysAt, "days without hours", "write HH:MM-HH:MM behind them; 00:00-24:00 is the whole day")
            : windows.Count == 0 && text.Trim().Length > 0 ? Wrong(1, "no window", Form)
            : (new MaintenanceWindows(text.Trim(), windows.ToImmutable()), null);
    }

    /// <summary>Pure.</summary>
    public bool IsOpen(DateTimeOffset at, TimeZoneInfo zone)
    {
        if (IsAlways)
        {
            return true;
        }
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var minute = local.Hour * 60 + local.Minute;
        var yesterday = (DayOfWeek)(((int)local.DayOfWeek + 6) % 7);
        return _windows.Any(window => window.To > window.From
            ? window.Days.Contains(local.DayOfWeek) && minute >= window.From && minute < window.To
            : window.Days.Contains(local.DayOfWeek) && minute >= window.From || window.Days.Contains(yesterday) && minute < window.To);
    }

    /// <summary>Pure. The next moment at which it is open; <paramref name="at"/> where it is. Null: never, as all its hours are left out by the change of the clock.</summary>
    public DateTimeOffset? NextOpening(DateTimeOffset at, TimeZoneInfo zone)
    {
        if (IsOpen(at, zone))
        {
            return at;
        }
        var today = TimeZoneInfo.ConvertTime(at, zone).Date;
        var starts = from day in Enumerable.Range(0, 15)
                     from window in _windows
                     let start = today.AddDays(day).AddMinutes(window.From)
                     where window.Days.Contains(today.AddDays(day).DayOfWeek)
                     from moment in Moments(start, zone)
                     select moment;
        // When the clock is put back, it may show again what was within a window.
        return starts.Concat(Enumerable.Range(0, 15).Select(day => Change(at.AddDays(day), zone)).OfType<DateTimeOffset>())
            .Where(moment => moment > at && IsOpen(moment, zone)).Select(moment => (DateTimeOffset?)moment).Min();
    }

    public bool Equals(MaintenanceWindows? other) => other is not null && other.Text == Text;

    public override bool Equals(object? obj) => Equals(obj as MaintenanceWindows);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    // The clock shows some times twice and some never: those begin when the clock has been put forward.
    private static IEnumerable<DateTimeOffset> Moments(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsAmbiguousTime(local))
        {
            return zone.GetAmbiguousTimeOffsets(local).Select(offset => new DateTimeOffset(local, offset));
        }
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(1);
        }
        return [new DateTimeOffset(local, zone.GetUtcOffset(local))];
    }

    // To the minute; null: the clock is not set within a day from there.
    private static DateTimeOffset? Change(DateTimeOffset from, TimeZoneInfo zone)
    {
        var (low, high) = (from.ToUnixTimeSeconds() / 60, from.AddDays(1).ToUnixTimeSeconds() / 60);
        TimeSpan Offset(long minute) => zone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(minute * 60));
        if (Offset(low) == Offset(high))
        {
            return null;
        }
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = Offset(middle) == Offset(low) ? (middle, high) : (low, middle);
        }
        return DateTimeOffset.FromUnixTimeSeconds(high * 60);
    }

    private static IEnumerable<(string Word, int Column)> Words(string part, int column)
    {
        for (var at = 0; at < part.Length;)
        {
            if (char.IsWhiteSpace(part[at]))
            {
                at++;
                continue;
            }
            var end = at;
            while (end < part.Length && !char.IsWhiteSpace(part[end]))
            {
                end++;
            }
            yield return (part[at..end], column + at);
            at = end;
        }
    }

    private static bool TryDays(string word, ImmutableArray<DayOfWeek>.Builder days)
    {
        var ends = word.Split('-');
        if (ends.Length > 2 || ends.Select(Day).ToList() is not [{ } first, .. var rest] || rest is [null])
        {
            return false;
        }
        var last = rest is [{ } day] ? day : first;
        for (var at = first; ; at = (DayOfWeek)(((int)at + 1) % 7))
        {
            days.Add(at);
            if (at == last)
            {
                return true;
            }
        }
    }

    private static DayOfWeek? Day(string word)
    {
        var small = word.ToLowerInvariant();
        var index = Days.ToList().FindIndex(day => day == small || day[..3] == small);
        return index < 0 ? null : (DayOfWeek)index;
    }

    private static (int From, int To)? ParseHours(string word) =>
        word.Split('-') is [var from, var to] && Minute(from) is { } first && Minute(to) is { } last && first < MinutesOfDay ? (first, last == 0 ? MinutesOfDay : last) : null;

    private static int? Minute(string text) =>
        text.Split(':') is [{ Length: 1 or 2 } hour, { Length: 2 } minute]
        && int.TryParse(hour, NumberStyles.None, CultureInfo.InvariantCulture, out var hours) && int.TryParse(minute, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
        && minutes < 60 && (hours < 24 || hours == 24 && minutes == 0) ? hours * 60 + minutes : null;

    private static (MaintenanceWindows?, string?) Wrong(int column, string what, string remedy) => (null, $"column {column}: {what}; {remedy}");

    /// <param name="From">Minutes since midnight.</param>
    /// <param name="To">Of the same day where it is later than <paramref name="From"/>, else of the next.</param>
    private sealed record Window(ImmutableArray<DayOfWeek> Days, int From, int To);
}
