using System.Globalization;
using System.Numerics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>A <c>datetime</c>. What leaves the engine is its text.</summary>
internal sealed class MomentValue(DateTime time) : ObjectValue, IArithmetic, IOrdered
{
    private DateTime Time => time;

    public override string TypeName => "datetime";

    internal override Value? AsData => Of(ToString());

    public override string ToString() => time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    public override string ToRepr() => $"datetime.datetime({time.Year}, {time.Month}, {time.Day}, {time.Hour}, {time.Minute}{(time.Second > 0 ? $", {time.Second}" : "")})";

    public override bool Equals(Value? other) => other is MomentValue moment && moment.Time == time;

    public override int GetHashCode() => time.GetHashCode();

    public int? CompareTo(Value other) => other is MomentValue moment ? time.CompareTo(moment.Time) : null;

    public Value? Apply(BinaryOperator op, Value right, Evaluator evaluator) => (op, right) switch
    {
        (BinaryOperator.Subtract, MomentValue moment) => new DurationValue(time - moment.Time),
        (BinaryOperator.Subtract, DurationValue duration) => Moved(-duration.Time, evaluator),
        (BinaryOperator.Add, DurationValue duration) => Moved(duration.Time, evaluator),
        _ => null,
    };

    private MomentValue Moved(TimeSpan by, Evaluator evaluator)
    {
        var ticks = (Int128)time.Ticks + by.Ticks;
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks ? new MomentValue(time + by) : throw evaluator.Error("date value out of range");
    }

    internal override Value? Attribute(string name, Evaluator evaluator) => name switch
    {
        "year" => Of(time.Year),
        "month" => Of(time.Month),
        "day" => Of(time.Day),
        "hour" => Of(time.Hour),
        "minute" => Of(time.Minute),
        "second" => Of(time.Second),
        "microsecond" => Of(time.Ticks % TimeSpan.TicksPerSecond / 10),
        "isoformat" => new NativeFunction(_ => Of(ToString().Replace(' ', 'T'))),
        "strftime" => new NativeFunction(arguments => Of(PythonTime.Format(new DateTimeOffset(time, TimeSpan.Zero), evaluator.Text(arguments.Positional.FirstOrDefault() ?? Of("%c"))))),
        "timestamp" => new NativeFunction(_ => Of((time - DateTime.UnixEpoch).TotalSeconds)),
        "date" => new NativeFunction(_ => Of(time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))),
        "time" => new NativeFunction(_ => Of(time.ToString("HH:mm:ss", CultureInfo.InvariantCulture))),
        "weekday" => new NativeFunction(_ => Of(((int)time.DayOfWeek + 6) % 7)),
        "isoweekday" => new NativeFunction(_ => Of(((int)time.DayOfWeek + 6) % 7 + 1)),
        _ => null,
    };
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

    public override bool Equals(Value? other) => other is DurationValue duration && duration.Time == time;

    public override int GetHashCode() => time.GetHashCode();

    public int? CompareTo(Value other) => other is DurationValue duration ? time.CompareTo(duration.Time) : null;

    public Value? Apply(BinaryOperator op, Value right, Evaluator evaluator) => (op, right) switch
    {
        (BinaryOperator.Add, MomentValue moment) => moment.Apply(BinaryOperator.Add, this, evaluator),
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
