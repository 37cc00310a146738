using System.Globalization;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters on time.</summary>
internal static class TimeFilters
{
    internal static Function[] All { get; } =
    [
        new("strftime", "second utc", Format),
        new("to_datetime", "format", call => MomentValue.OfTime(PythonTime.Parse(call, call.SubjectText, call.Text(0, "%Y-%m-%d %H:%M:%S")))),
    ];

    // The format is the subject; the second is counted from 1970, and now by default.
    private static Value Format(Call call)
    {
        double? seconds = call.Has(0)
            ? Numbers.TryReal(call[0], out var number) ? number
                : NumberFilters.ParseReal(call.Text(0, "")) ?? throw call.Said($"Invalid value for epoch value ({call.Text(0, "")})")
            : null;
        var moment = seconds is { } given
            ? double.IsFinite(given) && Math.Abs(given) < 2e11 ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Floor(given)) : throw call.Error("the second is out of range")
            : call.Evaluator.Context.Time.GetUtcNow();
        var local = call.Flag(1) ? moment : TimeZoneInfo.ConvertTime(moment, call.Evaluator.Context.Time.LocalTimeZone);
        return Value.Of(PythonTime.Format(local, call.SubjectText, call.Flag(1) ? "GMT" : null));
    }
}

/// <summary>Python's strftime and strptime, in the C locale.</summary>
internal static class PythonTime
{
    /// <param name="isNaive">Nothing is known of a time zone.</param>
    internal static string Format(DateTimeOffset time, string format, string? zone = null, bool isNaive = false)
    {
        var result = new System.Text.StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                result.Append(format[i]);
                continue;
            }
            var isBare = format[++i] == '-' && i + 1 < format.Length;
            i += isBare ? 1 : 0;
            var text = zone is not null && format[i] == 'Z' ? zone : isNaive && format[i] == 'z' ? "" : Field(time, format[i]);
            result.Append(isBare ? text.TrimStart('0') is { Length: > 0 } bare ? bare : "0" : text);
        }
        return result.ToString();
    }

    private static string Field(DateTimeOffset time, char field) => field switch
    {
        'Y' => time.Year.ToString(CultureInfo.InvariantCulture),
        'C' => $"{time.Year / 100:00}",
        'y' => $"{time.Year % 100:00}",
        'm' => $"{time.Month:00}",
        'd' => $"{time.Day:00}",
        'e' => $"{time.Day,2}",
        'H' => $"{time.Hour:00}",
        'I' => $"{(time.Hour + 11) % 12 + 1:00}",
        'k' => $"{time.Hour,2}",
        'M' => $"{time.Minute:00}",
        'S' => $"{time.Second:00}",
        'f' => $"{time.Ticks % TimeSpan.TicksPerSecond / 10:000000}",
        'p' => time.Hour < 12 ? "AM" : "PM",
        'P' => time.Hour < 12 ? "am" : "pm",
        'j' => $"{time.DayOfYear:000}",
        'a' => CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedDayNames[(int)time.DayOfWeek],
        'A' => CultureInfo.InvariantCulture.DateTimeFormat.DayNames[(int)time.DayOfWeek],
        'b' or 'h' => CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames[time.Month - 1],
        'B' => CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[time.Month - 1],
        'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'U' => $"{(time.DayOfYear + 6 - (int)time.DayOfWeek) / 7:00}",
        'W' => $"{(time.DayOfYear + 6 - ((int)time.DayOfWeek + 6) % 7) / 7:00}",
        'V' => $"{ISOWeek.GetWeekOfYear(time.DateTime):00}",
        'G' => ISOWeek.GetYear(time.DateTime).ToString(CultureInfo.InvariantCulture),
        's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'z' => $"{(time.Offset < TimeSpan.Zero ? '-' : '+')}{time.Offset:hhmm}",
        'Z' => time.Offset == TimeSpan.Zero ? "UTC" : $"{(time.Offset < TimeSpan.Zero ? '-' : '+')}{time.Offset:hh}",
        'F' => Format(time, "%Y-%m-%d"),
        'T' or 'X' => Format(time, "%H:%M:%S"),
        'R' => Format(time, "%H:%M"),
        'D' or 'x' => Format(time, "%m/%d/%y"),
        'c' => Format(time, "%a %b %e %H:%M:%S %Y"),
        'r' => Format(time, "%I:%M:%S %p"),
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => $"%{field}",
    };

    internal static DateTime Parse(Call call, string text, string format)
    {
        var at = 0;
        var (year, month, day, hour, minute, second, micro, isAfternoon) = (1900, 1, 1, 0, 0, 0, 0, (bool?)null);
        format = format.Replace("%T", "%H:%M:%S", StringComparison.Ordinal).Replace("%F", "%Y-%m-%d", StringComparison.Ordinal);
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                if (at >= text.Length || text[at++] != format[i])
                {
                    throw Mismatch();
                }
                continue;
            }
            switch (format[++i])
            {
                case 'Y':
                    year = Number(4);
                    break;
                case 'y':
                    year = Number(2) is var two && two < 69 ? 2000 + two : 1900 + two;
                    break;
                case 'm':
                    month = Number(2);
                    break;
                case 'd':
                    day = Number(2);
                    break;
                case 'H' or 'I':
                    hour = Number(2);
                    break;
                case 'M':
                    minute = Number(2);
                    break;
                case 'S':
                    second = Number(2);
                    break;
                case 'f':
                    var start = at;
                    micro = Number(6);
                    micro *= (int)Math.Pow(10, 6 - (at - start));
                    break;
                case 'p':
                    isAfternoon = Name(["AM", "PM"]) == 1;
                    break;
                case 'b':
                    month = Name(CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames[..12]) + 1;
                    break;
                case 'B':
                    month = Name(CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12]) + 1;
                    break;
                case 'a':
                    Name(CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedDayNames);
                    break;
                case 'A':
                    Name(CultureInfo.InvariantCulture.DateTimeFormat.DayNames);
                    break;
                case 'z':
                    at = text.Length > at && text[at] is 'Z' ? at + 1 : Math.Min(text.Length, at + (text.AsSpan(at).Contains(':') ? 6 : 5));
                    break;
                case '%':
                    at++;
                    break;
                case var other:
                    throw call.Error($"'{other}' is a bad directive in format '{format}'");
            }
        }
        if (at < text.Length)
        {
            throw call.Error($"unconverted data remains: {text[at..]}");
        }
        hour = isAfternoon is { } afternoon ? hour % 12 + (afternoon ? 12 : 0) : hour;
        return year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) && hour < 24 && minute < 60 && second < 60
            ? new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified).AddTicks(micro * 10L)
            : throw Mismatch();

        EvaluationStop Mismatch() => call.Error($"time data {PythonText.Quote(text)} does not match format {PythonText.Quote(format)}");

        int Number(int most)
        {
            var start = at;
            while (at < text.Length && at < start + most && char.IsAsciiDigit(text[at]))
            {
                at++;
            }
            return at > start ? int.Parse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture) : throw Mismatch();
        }

        int Name(string[] names)
        {
            var index = Array.FindIndex(names, name => text.AsSpan(at).StartsWith(name, StringComparison.OrdinalIgnoreCase));
            at += index >= 0 ? names[index].Length : throw Mismatch();
            return index;
        }
    }
}
