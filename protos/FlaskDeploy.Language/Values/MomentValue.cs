using System.Globalization;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Language.Values;

/// <summary>Python's <c>date</c> and <c>datetime</c>: what YAML makes of a plain date, and what <c>to_datetime</c> gives.</summary>
/// <remarks>Ordered and computed with as in Python: a date not with a datetime, one with an offset not with one without.</remarks>
public sealed partial class MomentValue : Value, IArithmetic, IOrdered
{
    private static readonly TimeSpan MostOffset = TimeSpan.FromDays(1);

    private MomentValue(DateTime time, TimeSpan? offset, bool isDate) => (Time, Offset, IsDate) = (DateTime.SpecifyKind(time, DateTimeKind.Unspecified), offset, isDate);

    /// <summary>As its own clock says it; of a date, midnight.</summary>
    public DateTime Time { get; }

    /// <summary>Null: it says nothing of a time zone.</summary>
    public TimeSpan? Offset { get; }

    public bool IsDate { get; }

    public override bool IsTruthy => true;

    public override string TypeName => IsDate ? "date" : "datetime";

    public static MomentValue OfDate(DateTime date) => new(date.Date, null, isDate: true);

    public static MomentValue OfTime(DateTime time, TimeSpan? offset = null) => new(time, offset, isDate: false);

    /// <summary>What YAML 1.1 reads as a date or a time; null: it is none, or one that no calendar has.</summary>
    public static MomentValue? Read(string text)
    {
        if (!IsWritten(text) || Written().Match(text) is not { Success: true } match)
        {
            return null;
        }
        var (year, month, day) = (Number("year"), Number("month"), Number("day"));
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return null;
        }
        var date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified);
        if (!match.Groups["hour"].Success)
        {
            return OfDate(date);
        }
        var (hour, minute, second) = (Number("hour"), Number("minute"), Number("second"));
        var offset = match.Groups["zone"] is not { Success: true, Value: var zone } ? (TimeSpan?)null
            : zone == "Z" ? TimeSpan.Zero
            : (zone[0] == '-' ? -1 : 1) * (TimeSpan.FromHours(Number("zonehour")) + TimeSpan.FromMinutes(Number("zoneminute")));
        if (hour > 23 || minute > 59 || second > 59 || offset is { } given && given.Duration() >= MostOffset)
        {
            return null;
        }
        var micros = int.Parse(match.Groups["fraction"].Value.PadRight(6, '0').AsSpan(0, 6), CultureInfo.InvariantCulture);
        return OfTime(date + new TimeSpan(hour, minute, second) + TimeSpan.FromMicroseconds(micros), offset);

        int Number(string name) => match.Groups[name] is { Success: true } group ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Whether it is written as one, also where no calendar has it.</summary>
    public static bool IsWritten(string text) => text.Length is > 7 and < 100 && char.IsAsciiDigit(text[0]) && Written().IsMatch(text);

    /// <summary>Python's <c>isoformat()</c>, which is what JSON has; a space in the place of the T is how it prints.</summary>
    public string ToIso(char separator = 'T')
    {
        var date = Time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return IsDate ? date : date + separator + Time.ToString(Micros == 0 ? "HH:mm:ss" : "HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + (Offset is { } offset ? Signed(offset) : "");
    }

    public override string ToString() => ToIso(' ');

    public override string ToRepr()
    {
        if (IsDate)
        {
            return $"datetime.date({Time.Year}, {Time.Month}, {Time.Day})";
        }
        var rest = Micros > 0 ? $", {Time.Second}, {Micros}" : Time.Second > 0 ? $", {Time.Second}" : "";
        var zone = Offset is not { } offset ? "" : offset == TimeSpan.Zero ? ", tzinfo=datetime.timezone.utc" : $", tzinfo=datetime.timezone({new DurationValue(offset).ToRepr()})";
        return $"datetime.datetime({Time.Year}, {Time.Month}, {Time.Day}, {Time.Hour}, {Time.Minute}{rest}{zone})";
    }

    public override bool Equals(Value? other) => other?.Reveal() is MomentValue moment && IsLike(moment) && Instant == moment.Instant;

    public override int GetHashCode() => Instant.GetHashCode();

    int? IOrdered.CompareTo(Value other) => other is MomentValue moment && IsLike(moment) ? Instant.CompareTo(moment.Instant) : null;

    Value? IArithmetic.Apply(BinaryOperator op, Value right, Evaluator evaluator) => (op, right) switch
    {
        (BinaryOperator.Subtract, MomentValue moment) when IsLike(moment) => new DurationValue(Instant - moment.Instant),
        (BinaryOperator.Subtract, DurationValue duration) => Moved(-duration.Time, evaluator),
        (BinaryOperator.Add, DurationValue duration) => Moved(duration.Time, evaluator),
        _ => null,
    };

    internal MomentValue At(DateTime time) => new(IsDate ? time.Date : time, Offset, IsDate);

    internal int Micros => (int)(Time.Ticks % TimeSpan.TicksPerSecond / 10);

    /// <summary>As <c>+02:00</c>.</summary>
    internal static string Signed(TimeSpan offset) => (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hh\\:mm", CultureInfo.InvariantCulture);

    private DateTime Instant => Offset is { } offset ? new DateTime(Math.Clamp(Time.Ticks - offset.Ticks, 0, DateTime.MaxValue.Ticks), DateTimeKind.Unspecified) : Time;

    private bool IsLike(MomentValue other) => IsDate == other.IsDate && Offset is null == other.Offset is null;

    private MomentValue Moved(TimeSpan by, Evaluator evaluator)
    {
        // To a date only whole days can be added.
        var ticks = (Int128)Time.Ticks + (IsDate ? TimeSpan.FromDays(Math.Floor(by.TotalDays)) : by).Ticks;
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks ? At(new DateTime((long)ticks, DateTimeKind.Unspecified)) : throw evaluator.Error("date value out of range");
    }

    [GeneratedRegex(@"^(?:(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})|(?<year>[0-9]{4})-(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2})(?:[Tt]|[ \t]+)(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})(?:\.(?<fraction>[0-9]*))?(?:[ \t]*(?<zone>Z|[-+](?<zonehour>[0-9]{1,2})(?::(?<zoneminute>[0-9]{2}))?))?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Written();
}
