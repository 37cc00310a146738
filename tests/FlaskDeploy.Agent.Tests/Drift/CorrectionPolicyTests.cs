using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Drift;

public sealed class CorrectionPolicyTests
{
    // A Monday.
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Night = new(2026, 11, 23, 23, 0, 0, TimeSpan.Zero);
    private static readonly CorrectionPolicy Free = new(Policy.Correct, null, MaintenanceWindows.Always, MaintenanceWindows.Always, TimeZoneInfo.Utc);
    private static readonly CorrectionPolicy Nights = Free with { Ours = Windows("Mon-Fri 22:00-04:00") };
    private static readonly CorrectionPolicy Paused = Free with { Pause = new Pause("disk", "jane@desk", Noon, null) };

    [Theory]
    [InlineData("push", 7, true, true, true)]
    [InlineData("converge", 0, true, true, false)]
    [InlineData("interval", 0, true, false, false)]
    [InlineData("drift", 0, true, false, false)]
    [InlineData("retry", 0, true, false, false)]
    public void Who_asks_decides_what_binds(string cause, ulong order, bool free, bool outsideOfWindows, bool paused)
    {
        var request = new RunRequest("r", OrderMode.Converge, cause) { Order = order };
        Assert.Equal((free, outsideOfWindows, paused), (Free.WhyNotCorrect(request, false, Noon) is null, Nights.WhyNotCorrect(request, false, Noon) is null, Paused.WhyNotCorrect(request, false, Noon) is null));
        Assert.Null(Nights.WhyNotCorrect(request, false, Night));
    }

    [Fact]
    public void A_policy_to_report_binds_orders_too_but_not_what_a_failed_pass_left()
    {
        var request = new RunRequest("r", OrderMode.Converge, "push") { Order = 1 };
        var reports = Free with { Policy = Policy.Report };
        Assert.Equal(CorrectionPolicy.ByPolicy, reports.WhyNotCorrect(request, isDisturbed: false, Noon));
        Assert.Null(reports.WhyNotCorrect(request, isDisturbed: true, Noon));
    }

    [Fact]
    public void Says_who_paused_it_until_when_and_why_or_when_the_window_opens()
    {
        var own = new RunRequest("r", OrderMode.Converge, "interval");
        Assert.Equal("paused until it is resumed by jane@desk: disk", Paused.WhyNotAct(own, Noon));
        Assert.Equal("outside of the maintenance windows (Mon-Fri 22:00-04:00), which open Mon 2026-11-23 22:00", Nights.WhyNotAct(own, Noon));
    }

    [Fact]
    public void Both_windows_must_be_open()
    {
        var both = Nights with { Hosts = Windows("Tue 02:00-06:00, Sun 00:00-24:00") };
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 2, 0, 0, TimeSpan.Zero), both.NextOpening(Noon));
        Assert.False(both.IsOpen(Night));
        Assert.Null((Nights with { Hosts = Windows("Sun 10:00-11:00") }).NextOpening(Noon));
    }

    [Fact]
    public void A_pause_ends_at_its_time_and_a_clock_set_far_back_does_not_keep_it()
    {
        var pause = new Pause("", "", Noon, Noon.AddHours(2));
        Assert.False(pause.IsOver(Noon.AddHours(1)));
        Assert.True(pause.IsOver(Noon.AddHours(2)));
        Assert.False(pause.IsOver(Noon.AddMinutes(-10)));
        Assert.True(pause.IsOver(Noon.AddYears(-3)));
        Assert.False(new Pause("", "", Noon, null).IsOver(Noon.AddYears(1)));
    }

    [Fact]
    public void The_fifth_correction_within_the_window_holds_until_a_window_has_passed()
    {
        var breaker = FlapBreaker.Default;
        var tasks = ImmutableArray<Corrections>.Empty;
        for (var i = 0; i < 5; i++)
        {
            Assert.Empty(breaker.Held(tasks, Noon.AddMinutes(10 * i)));
            tasks = breaker.After(tasks, [("0/1", "Copy")], Noon.AddMinutes(10 * i));
        }
        var held = Assert.Single(breaker.Held(tasks, Noon.AddMinutes(41)));
        Assert.Equal(("0/1", "Copy", Noon.AddMinutes(100)), (held.Task, held.Name, breaker.Until(held)));
        Assert.Equal("corrected 5 times within 1h", breaker.Because);
        Assert.Empty(breaker.Held(tasks, Noon.AddMinutes(100)));
        // And then it begins anew.
        Assert.Single(Assert.Single(breaker.After(tasks, [("0/1", "Copy")], Noon.AddMinutes(100))).Times);
    }

    [Fact]
    public void Corrections_that_are_far_apart_never_hold()
    {
        var tasks = ImmutableArray<Corrections>.Empty;
        for (var i = 0; i < 100; i++)
        {
            tasks = FlapBreaker.Default.After(tasks, [("0/1", "Copy")], Noon.AddMinutes(20 * i));
            Assert.Empty(FlapBreaker.Default.Held(tasks, Noon.AddMinutes(20 * i)));
        }
        Assert.Equal(5, tasks[0].Times.Length);
    }

    [Fact]
    public void Nothing_to_remember_is_the_same_array_and_what_is_of_a_time_to_come_is_forgotten()
    {
        var tasks = FlapBreaker.Default.After([], [("0/1", "Copy")], Noon);
        Assert.Equal(tasks, FlapBreaker.Default.After(tasks, [], Noon.AddMinutes(1)));
        Assert.Empty(FlapBreaker.Default.After(tasks, [], Noon.AddDays(-1)));
    }

    private static MaintenanceWindows Windows(string text) => MaintenanceWindows.Parse(text).Windows!;
}
