using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>The times that a <c>file</c> task asks for, in nanoseconds since the epoch; null: now.</summary>
/// <param name="IsNow">At least one of them is the moment of the step.</param>
internal readonly record struct FileTimes(long? Modified, long? Accessed, bool IsNow)
{
    /// <summary>What is wrong with how they are written, or null.</summary>
    internal static Impossible? Parse(FileArguments arguments, PathAnswer present, out FileTimes times)
    {
        times = default;
        if (One(arguments.ModificationTime, arguments.ModificationTimeFormat, present.Exists, present.Modified, out var modified) is { } wrong)
        {
            return wrong;
        }
        if (One(arguments.AccessTime, arguments.AccessTimeFormat, present.Exists, present.Accessed, out var accessed) is { } problem)
        {
            return problem;
        }
        times = new FileTimes(modified, accessed, modified is null || accessed is null);
        return null;
    }

    internal bool Moves(PathAnswer present) => IsNow || Modified != present.Modified || Accessed != present.Accessed;

    // Of something that is not there yet, preserving and saying nothing both mean now.
    private static Impossible? One(string? text, string format, bool exists, long present, out long? time)
    {
        time = text is null or "preserve" && exists ? present : null;
        if (text is null or "preserve" or "now")
        {
            return null;
        }
        if (!StrpTime.TryParse(text, format, out var parsed))
        {
            return new Impossible($"the time '{text}' does not have the form {format}");
        }
        // As mktime(3) does: a time without a zone is one of this machine.
        var utc = TimeZoneInfo.ConvertTimeToUtc(parsed, TimeZoneInfo.Local);
        time = (utc - DateTime.UnixEpoch).Ticks * 100;
        return null;
    }
}

/// <summary>strptime(3) for the conversions that dates are made of.</summary>
internal static class StrpTime
{
    internal static bool TryParse(string text, string format, out DateTime time)
    {
        var (year, month, day, hour, minute, second) = (1900, 1, 1, 0, 0, 0);
        time = default;
        var at = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                if (at >= text.Length || text[at++] != format[i])
                {
                    return false;
                }
                continue;
            }
            var letter = format[++i];
            var width = letter == 'Y' ? 4 : 2;
            var end = at;
            while (end < text.Length && end - at < width && char.IsAsciiDigit(text[end]))
            {
                end++;
            }
            if (!int.TryParse(text.AsSpan(at, end - at), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }
            at = end;
            switch (letter)
            {
                case 'Y': year = number; break;
                case 'm': month = number; break;
                case 'd': day = number; break;
                case 'H': hour = number; break;
                case 'M': minute = number; break;
                case 'S': second = number; break;
                default: return false;
            }
        }
        if (at != text.Length || year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }
        time = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified);
        return true;
    }
}
