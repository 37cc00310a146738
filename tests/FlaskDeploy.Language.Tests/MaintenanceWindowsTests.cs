using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Language.Tests;

public sealed class MaintenanceWindowsTests
{
    // Summer time from 29 March 2026, 02:00, to 25 October, 03:00.
    private static readonly TimeZoneInfo Berlin = Zone();

    [Theory]
    [InlineData("Mon-Fri 22:00-04:00", "2026-11-23 22:00", true)]
    [InlineData("Mon-Fri 22:00-04:00", "2026-11-23 21:59", false)]
    // Past midnight it is the window of the day before.
    [InlineData("Mon-Fri 22:00-04:00", "2026-11-24 03:59", true)]
    [InlineData("Mon-Fri 22:00-04:00", "2026-11-24 04:00", false)]
    [InlineData("Mon-Fri 22:00-04:00", "2026-11-28 03:00", true)]
    [InlineData("Mon-Fri 22:00-04:00", "2026-11-23 03:00", false)]
    [InlineData("Mon-Fri 22:00-04:00, Sun 02:00-06:00", "2026-11-22 05:59", true)]
    [InlineData("Mon, Wed 10:00-11:00", "2026-11-25 10:30", true)]
    [InlineData("Mon, Wed 10:00-11:00", "2026-11-24 10:30", false)]
    [InlineData("02:00-03:00", "2026-11-24 02:30", true)]
    [InlineData("Fri-Mon 00:00-24:00", "2026-11-22 23:59", true)]
    [InlineData("Fri-Mon 00:00-24:00", "2026-11-24 00:00", false)]
    [InlineData("sunday 20:00-00:00; TUE 9:00-9:30", "2026-11-22 23:59", true)]
    [InlineData("sunday 20:00-00:00; TUE 9:00-9:30", "2026-11-24 09:29", true)]
    [InlineData("", "2026-11-24 00:00", true)]
    public void Is_open_when_the_clock_on_the_wall_says_so(string windows, string local, bool open) =>
        Assert.Equal(open, Parse(windows).IsOpen(Local(local), Berlin));

    [Theory]
    [InlineData("Mon-Fri 22:00-04:00", "2026-11-23 12:00", "2026-11-23 22:00")]
    [InlineData("Mon-Fri 22:00-04:00", "2026-11-28 04:00", "2026-11-30 22:00")]
    [InlineData("Mon-Fri 22:00-04:00", "2026-11-24 01:00", "2026-11-24 01:00")]
    [InlineData("Sun 02:00-06:00", "2026-11-22 06:00", "2026-11-29 02:00")]
    public void Knows_when_it_opens_next(string windows, string local, string next) =>
        Assert.Equal(Local(next), Parse(windows).NextOpening(Local(local), Berlin));

    [Fact]
    public void A_window_that_begins_in_the_hour_that_summer_time_leaves_out_opens_after_it()
    {
        var windows = Parse("Sun 02:30-04:00");
        var before = new DateTimeOffset(2026, 3, 29, 0, 30, 0, TimeSpan.Zero);
        Assert.False(windows.IsOpen(before, Berlin));
        Assert.Equal(new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero), windows.NextOpening(before, Berlin));
    }

    [Fact]
    public void A_window_that_lies_in_it_opens_a_week_later()
    {
        var next = Parse("Sun 02:00-03:00").NextOpening(new DateTimeOffset(2026, 3, 29, 0, 0, 0, TimeSpan.Zero), Berlin);
        Assert.Equal(new DateTimeOffset(2026, 4, 5, 0, 0, 0, TimeSpan.Zero), next);
    }

    [Fact]
    public void An_hour_that_comes_twice_is_open_twice()
    {
        var windows = Parse("Sun 02:00-02:30");
        var first = new DateTimeOffset(2026, 10, 25, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(first, windows.NextOpening(first.AddHours(-3), Berlin));
        Assert.Equal(first.AddHours(1), windows.NextOpening(first.AddMinutes(30), Berlin));
        Assert.False(windows.IsOpen(first.AddMinutes(95), Berlin));
    }

    [Fact]
    public void The_next_opening_is_open_and_nothing_before_it_is()
    {
        // Every quarter of an hour of two weeks around both changes of the clock.
        foreach (var text in (string[])["Mon-Fri 22:00-04:00, Sun 02:15-02:45", "Sat 23:30-02:30", "02:00-03:00", "Sun 01:45-03:15"])
        {
            var windows = Parse(text);
            foreach (var start in (DateTimeOffset[])[new(2026, 3, 22, 0, 0, 0, TimeSpan.Zero), new(2026, 10, 18, 0, 0, 0, TimeSpan.Zero)])
            {
                var moments = Enumerable.Range(0, 14 * 96).Select(quarter => start.AddMinutes(15 * quarter)).ToList();
                foreach (var (at, index) in moments.Select((at, index) => (at, index)))
                {
                    var expected = moments.Skip(index).Cast<DateTimeOffset?>().FirstOrDefault(moment => windows.IsOpen(moment!.Value, Berlin));
                    if (expected is not null)
                    {
                        Assert.Equal(expected, windows.NextOpening(at, Berlin));
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("Mon-Fri 22:00", "column 9: '22:00' is no time of day; write HH:MM-HH:MM, from 00:00 to 24:00")]
    [InlineData("Mon-Fri 25:00-26:00", "column 9: '25:00-26:00' is no time of day; write HH:MM-HH:MM, from 00:00 to 24:00")]
    [InlineData("Sun 02:00-03:00, Mno 02:00-03:00", "column 18: 'Mno' is no day; did you mean 'mon'?")]
    [InlineData("Mon Tue", "column 5: days without hours; write HH:MM-HH:MM behind them; 00:00-24:00 is the whole day")]
    [InlineData("Mon 10:00-10:00", "column 5: '10:00-10:00' is empty; write 00:00-24:00 for the whole day")]
    [InlineData("10:00-11:00 Mon", "column 13: 'Mon' stands behind its hours; days come first: Mon-Fri 22:00-04:00")]
    [InlineData("10:00-11:00 12:00-13:00", "column 13: a second time of day, '12:00-13:00'; put a comma between two windows")]
    [InlineData(",", "column 1: no window; write 'Mon-Fri 22:00-04:00, Sun 02:00-06:00'")]
    [InlineData("Mon-Tue-Wed 10:00-11:00", "column 1: 'Mon-Tue-Wed' is no day; did you mean 'mon'?")]
    [InlineData("weekends 10:00-11:00", "column 1: 'weekends' is no day; days are Mon, Tue, Wed, Thu, Fri, Sat and Sun")]
    public void Says_what_it_does_not_understand_where_and_what_to_write(string text, string problem)
    {
        var (windows, wrong) = MaintenanceWindows.Parse(text);
        Assert.Null(windows);
        Assert.Equal(problem, wrong);
    }

    private static MaintenanceWindows Parse(string text)
    {
        var (windows, problem) = MaintenanceWindows.Parse(text);
        Assert.Null(problem);
        return windows!;
    }

    private static DateTimeOffset Local(string text)
    {
        var local = DateTime.ParseExact(text, "yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);
        return new DateTimeOffset(local, Berlin.GetUtcOffset(local));
    }

    // Made here, so that it needs no database of time zones.
    private static TimeZoneInfo Zone()
    {
        var two = new DateTime(1, 1, 1, 2, 0, 0);
        var rule = TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
            DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1),
            TimeZoneInfo.TransitionTime.CreateFloatingDateRule(two, 3, 5, DayOfWeek.Sunday),
            TimeZoneInfo.TransitionTime.CreateFloatingDateRule(two.AddHours(1), 10, 5, DayOfWeek.Sunday));
        return TimeZoneInfo.CreateCustomTimeZone("berlin", TimeSpan.FromHours(1), "Berlin", "winter", "summer", [rule]);
    }
}
