using System.Globalization;
using System.Numerics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>What can be asked of a date or a time.</summary>
internal static class Moments
{
    internal static Value? Attribute(MomentValue moment, string name, Evaluator evaluator) => name switch
    {
        "year" => Value.Of(moment.Time.Year),
        "month" => Value.Of(moment.Time.Month),
        "day" => Value.Of(moment.Time.Day),
        "isoformat" => new NativeFunction(arguments => Value.Of(moment.ToIso(Given(arguments, "sep") is { } separator && evaluator.Text(separator) is [var c] ? c : 'T'))),
        "strftime" => new NativeFunction(arguments => Value.Of(Format(moment, evaluator.Text(Given(arguments, "format") ?? throw evaluator.Error("function missing required argument 'format' (pos 1)"))))),
        "ctime" => new NativeFunction(_ => Value.Of(Format(moment, "%a %b %e %H:%M:%S %Y"))),
        "weekday" => new NativeFunction(_ => Value.Of(((int)moment.Time.DayOfWeek + 6) % 7)),
        "isoweekday" => new NativeFunction(_ => Value.Of(((int)moment.Time.DayOfWeek + 6) % 7 + 1)),
        "toordinal" => new NativeFunction(_ => Value.Of((moment.Time.Date - DateTime.MinValue).Days + 1)),
        "replace" => new NativeFunction(arguments => Replaced(moment, arguments, evaluator)),
        _ => moment.IsDate ? null : OfTime(moment, name, evaluator),
    };

    private static Value? OfTime(MomentValue moment, string name, Evaluator evaluator) => name switch
    {
        "hour" => Value.Of(moment.Time.Hour),
        "minute" => Value.Of(moment.Time.Minute),
        "second" => Value.Of(moment.Time.Second),
        "microsecond" => Value.Of(moment.Micros),
        "tzinfo" => moment.Offset is { } offset ? Value.Of(Zone(offset)) : Value.Null,
        "tzname" => new NativeFunction(_ => moment.Offset is { } offset ? Value.Of(Zone(offset)) : Value.Null),
        "utcoffset" => new NativeFunction(_ => moment.Offset is { } offset ? new DurationValue(offset) : Value.Null),
        "timestamp" => new NativeFunction(_ => Value.Of((InUtc(moment, evaluator) - DateTime.UnixEpoch).TotalSeconds)),
        "date" => new NativeFunction(_ => MomentValue.OfDate(moment.Time)),
        "time" => new NativeFunction(_ => Value.Of(MomentValue.OfTime(moment.Time).ToIso()[11..])),
        _ => null,
    };

    private static Value? Given(Arguments arguments, string name) =>
        arguments.Positional.Length > 0 ? arguments.Positional[0] : arguments.Keywords.FirstOrDefault(pair => pair.Key == name).Value;

    internal static string Format(MomentValue moment, string format) => moment.Offset is { } offset
        ? PythonTime.Format(new DateTimeOffset(moment.Time, offset), format, Zone(offset))
        : PythonTime.Format(new DateTimeOffset(moment.Time, TimeSpan.Zero), format, zone: "", isNaive: true);

    private static string Zone(TimeSpan offset) => offset == TimeSpan.Zero ? "UTC" : "UTC" + MomentValue.Signed(offset);

    // What says nothing of a time zone is of the one here.
    private static DateTime InUtc(MomentValue moment, Evaluator evaluator) =>
        moment.Time - (moment.Offset ?? evaluator.Context.Time.LocalTimeZone.GetUtcOffset(moment.Time));

    private static MomentValue Replaced(MomentValue moment, Arguments arguments, Evaluator evaluator)
    {
        string[] names = moment.IsDate ? ["year", "month", "day"] : ["year", "month", "day", "hour", "minute", "second", "microsecond"];
        if (arguments.Positional.Length > names.Length || arguments.Keywords.Any(pair => !names.Contains(pair.Key)))
        {
            throw evaluator.Error($"replace() takes {string.Join(", ", names)}");
        }
        var parts = names.Select((name, i) => Part(arguments.Positional.Length > i ? arguments.Positional[i] : arguments.Keywords.FirstOrDefault(pair => pair.Key == name).Value, name)).ToArray();
        try
        {
            var date = new DateTime(parts[0], parts[1], parts[2], 0, 0, 0, DateTimeKind.Unspecified);
            return moment.At(moment.IsDate ? date : new DateTime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], DateTimeKind.Unspecified).AddMicroseconds(parts[6]));
        }
        catch (ArgumentOutOfRangeException)
        {
            throw evaluator.Error("a part of the date is out of range");
        }

        int Part(Value? given, string name) => given is not null
            ? evaluator.Integer(given) is var number && number >= 0 && number < 1_000_000 ? (int)number : throw evaluator.Error($"{name} is out of range")
            : (int)((IntegerValue)Attribute(moment, name, evaluator)!).Number;
    }
}

/// <summary>A <c>timedelta</c>. What leaves the engine is its text.</summary>
internal sealed class DurationValue(TimeSpan time) : ObjectValue, IArithmetic, IOrdered
{
    internal TimeSpan Time => time;

    private long Days => (long)Math.Floor((decimal)time.Ticks / TimeSpan.TicksPerDay);

    private TimeSpan OfDay => time - TimeSpan.FromDays(Days);

    public override bool IsTruthy => time != TimeSpan.Zero;

    public override string TypeName => "timedelta";

    internal override Value? AsData => Of(ToString());

    public override string ToString()
    {
        var fraction = OfDay.Ticks % TimeSpan.TicksPerSecond / 10;
        return $"{(Days == 0 ? "" : $"{Days} day{(Math.Abs(Days) == 1 ? "" : "s")}, ")}{OfDay.Hours}:{OfDay.Minutes:00}:{OfDay.Seconds:00}{(fraction > 0 ? $".{fraction:000000}" : "")}";
    }

    public override string ToRepr()
    {
        var (seconds, micros) = ((long)OfDay.TotalSeconds, OfDay.Ticks % TimeSpan.TicksPerSecond / 10);
        string[] parts = [.. new[] { ("days", Days), ("seconds", seconds), ("microseconds", micros) }.Where(part => part.Item2 != 0).Select(part => $"{part.Item1}={part.Item2}")];
        return $"datetime.timedelta({(parts.Length == 0 ? "0" : string.Join(", ", parts))})";
    }

    public override bool Equals(Value? other) => other is DurationValue duration && duration.Time == time;

    public override int GetHashCode() => time.GetHashCode();

    public int? CompareTo(Value other) => other is DurationValue duration ? time.CompareTo(duration.Time) : null;

    public Value? Apply(BinaryOperator op, Value right, Evaluator evaluator) => (op, right) switch
    {
        (BinaryOperator.Add, MomentValue moment) => ((IArithmetic)moment).Apply(BinaryOperator.Add, this, evaluator),
        (BinaryOperator.Add, DurationValue duration) => Scaled((BigInteger)time.Ticks + duration.Time.Ticks, evaluator),
        (BinaryOperator.Subtract, DurationValue duration) => Scaled((BigInteger)time.Ticks - duration.Time.Ticks, evaluator),
        (BinaryOperator.Multiply, _) when Numbers.TryInteger(right, out var factor) => Scaled(time.Ticks * factor, evaluator),
        (BinaryOperator.Divide, DurationValue duration) when duration.Time != TimeSpan.Zero => Of((double)time.Ticks / duration.Time.Ticks),
        _ => null,
    };

    private static DurationValue Scaled(BigInteger ticks, Evaluator evaluator) =>
        BigInteger.Abs(ticks) < long.MaxValue ? new DurationValue(new TimeSpan((long)ticks)) : throw evaluator.Error("the duration is too long");

    internal override Value? Attribute(string name, Evaluator evaluator) => name switch
    {
        "days" => Of(Days),
        "seconds" => Of((long)OfDay.TotalSeconds),
        "microseconds" => Of(OfDay.Ticks % TimeSpan.TicksPerSecond / 10),
        "total_seconds" => new NativeFunction(_ => Of(time.TotalSeconds)),
        _ => null,
    };
}
