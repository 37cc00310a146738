using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Pauses and windows as the coordinator keeps them: by orders, by root, and by the clock.</summary>
public sealed class PauseTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly Bundle Motd = Book.Bundle(Book.Play(Book.Task("copy", ("content", "right"), ("dest", "/etc/motd"))));

    private readonly TestHost _host = new() { User = "root" };
    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private Coordinator _coordinator = null!;
    private Task _running = Task.CompletedTask;

    private string? Content => _host.Machine.Files.Text("/etc/motd");

    private IEnumerable<V1.Standing> Told => _host.Told.Where(entry => entry.Standing is not null).Select(entry => entry.Standing);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _host.Gate = null;
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _host.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task An_order_to_pause_is_answered_once_and_drift_is_left_until_the_order_to_resume()
    {
        await Pushed();
        var pause = _host.Assign(Motd, 1, Pause(2, TimeSpan.FromHours(2)));
        await Idle(() => _coordinator.Accept(pause));
        await Idle(() => _coordinator.Accept(pause));

        var ended = Assert.Single(_host.Told, entry => entry.RunFinished is not null && entry.Order == 2);
        Assert.Equal("paused until 2026-01-01 02:00:00Z by jane@desk: disk", ended.RunFinished.Because);
        var told = Assert.Single(Told);
        Assert.Equal(("disk", "jane@desk"), (told.Paused.Reason, told.Paused.By));
        Assert.Equal(2ul, _host.Record.Order);

        await Spoil();
        Assert.Equal("bad", Content);
        Assert.Equal("Drifted", _host.Record.LastResult);

        await Idle(() => _coordinator.Accept(_host.Assign(Motd, 1, Resume(3))));
        Assert.Equal("right", Content);
        Assert.Null(Told.Last().Paused);
    }

    [Fact]
    public async Task A_recorded_order_to_pause_is_of_no_use_after_it_was_resumed()
    {
        await Pushed();
        var pause = _host.Assign(Motd, 1, Pause(2, null));
        await Idle(() => _coordinator.Accept(pause));
        await Idle(() => _coordinator.Accept(_host.Assign(Motd, 1, Resume(3))));
        await Idle(() => _coordinator.Accept(pause));
        Assert.Null(_host.Record.Pause);
    }

    [Fact]
    public async Task A_pause_ends_at_its_time_which_is_told_and_what_waited_is_corrected_then()
    {
        await Pushed();
        await Idle(() => _coordinator.Accept(_host.Assign(Motd, 1, Pause(2, TimeSpan.FromMinutes(7)))));
        await Spoil();
        // A clock that is set ends no pause.
        _time.Start += TimeSpan.FromDays(1);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("bad", Content);

        await Idle(() => _time.Advance(TimeSpan.FromMinutes(1)));
        Assert.Equal("right", Content);
        Assert.Null(Told.Last().Paused);
        Assert.Null(_host.Record.Pause);
    }

    [Fact]
    public async Task A_pause_outlives_the_agent()
    {
        await Pushed();
        await Idle(() => _coordinator.Accept(_host.Assign(Motd, 1, Pause(2, null))));
        _coordinator.LeaveWhenIdle();
        await _running;
        _host.Restart();
        _host.Machine.WithFile("/etc/motd", "bad");
        await Start();
        await Idle(() => _time.Advance(TimeSpan.FromSeconds(1)));
        Assert.Equal("bad", Content);
        Assert.Single(Told);
    }

    [Fact]
    public async Task A_pass_that_nobody_stands_by_waits_for_the_end_of_the_pause_and_a_push_does_not()
    {
        await Pushed();
        await Idle(() => _coordinator.Accept(_host.Assign(Motd, 1, Pause(2, null))));
        // A revision that came without an order, as to a host that was away.
        var next = Book.Bundle(Book.Play(Book.Task("copy", ("content", "newer"), ("dest", "/etc/motd"))));
        await Idle(() => _coordinator.Accept(_host.Assign(next, 2)));
        Assert.Equal(("right", 2ul, 1ul), (Content, _host.Record.Sequence, _host.Record.Complete));

        var asked = _coordinator.Converge();
        Assert.StartsWith("r2 is not applied: paused", Assert.Single(await asked).Because, StringComparison.Ordinal);
        Assert.Equal("right", Content);

        await Idle(() => _coordinator.Accept(_host.Assign(next, 2, _host.Order(3, sequence: 2))));
        Assert.Equal("newer", Content);
        Assert.NotNull(_host.Record.Pause);
    }

    [Fact]
    public async Task Root_pauses_and_resumes_on_the_host_and_is_told_of_a_slip_of_the_pen()
    {
        await Pushed();
        Assert.Equal("no deployment 'sit' is kept on this host; there is site", _coordinator.Pause("sit", "", "root", null));
        await Idle(() => Assert.Null(_coordinator.Pause("site", "looking at it", "root", null)));
        Assert.Equal("looking at it", Assert.Single(Told).Paused.Reason);
        await Idle(() => Assert.Null(_coordinator.Resume("site")));
        Assert.Equal(2, Told.Count());
    }

    [Fact]
    public async Task A_push_that_waits_is_superseded_by_a_pause_as_the_controller_told_its_operator()
    {
        await Pushed();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Gate = _ =>
        {
            begun.TrySetResult();
            return gate.Task;
        };
        var idle = _time.NextWait();
        _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Shell("long"))), 1, _host.Order(1, deployment: "other"), deployment: "other"));
        await begun.Task;
        _coordinator.Accept(_host.Assign(Motd, 1, _host.Order(2, mode: OrderMode.Apply)));
        _coordinator.Accept(_host.Assign(Motd, 1, Pause(3, null)));
        gate.SetResult();
        await idle;

        Assert.Equal((2ul, 3ul), _host.Told.Where(entry => entry.Superseded is not null).Select(entry => (entry.Order, entry.Superseded.ByOrder)).Single());
    }

    [Fact]
    public async Task Drift_that_waits_for_a_window_is_corrected_when_it_opens_and_the_run_says_why()
    {
        _host.Windows = "Thu 00:08-01:00";
        await Pushed();
        Assert.Equal("Thu 00:08-01:00", Assert.Single(Told).MaintenanceWindows);
        await Spoil();
        Assert.Equal("bad", Content);

        await Idle(() => _time.Advance(TimeSpan.FromMinutes(3)));
        Assert.Equal("right", Content);
        Assert.Equal("window", _host.Told.Last(entry => entry.RunStarted is not null).RunStarted.Cause);
    }

    [Fact]
    public async Task The_windows_of_the_host_bind_every_deployment()
    {
        _host.Configuration = new AgentConfiguration { Windows = MaintenanceWindows.Parse("Thu 00:08-01:00").Windows! };
        _host.Restart();
        await Pushed();
        await Spoil();
        Assert.Equal("bad", Content);
        await Idle(() => _time.Advance(TimeSpan.FromMinutes(3)));
        Assert.Equal("right", Content);
    }

    [Fact]
    public async Task A_retired_deployment_stands_as_if_nothing_had_been_said_of_it()
    {
        await Pushed();
        await Idle(() => _coordinator.Accept(_host.Assign(Motd, 1, Pause(2, null))));
        await Idle(() => _coordinator.Accept(_host.Assign(Motd, 2, _host.Order(3, sequence: 2), retired: true)));
        Assert.Equal(new V1.Standing(), Told.Last());
    }

    private OrderStatement Pause(long number, TimeSpan? length) => _host.Order(number, mode: OrderMode.Pause) with { Reason = "disk", By = "jane@desk", PauseFor = length };

    private OrderStatement Resume(long number) => _host.Order(number, mode: OrderMode.Resume);

    private async Task Pushed()
    {
        await Start();
        await Idle(() => _coordinator.Accept(_host.Assign(Motd, 1, _host.Order(1))));
        Assert.Equal("right", Content);
    }

    private async Task Spoil()
    {
        _host.Machine.WithFile("/etc/motd", "bad");
        await Idle(() => _time.Advance(Interval));
    }

    private async Task Start()
    {
        var configuration = _host.Configuration with { Interval = Interval };
        var standing = _host.StandBy(_time);
        _coordinator = new Coordinator(TestHost.Name, _host.Store, _host.Executor, _host.Verifier, _host.Loader, configuration, standing, _host.Events, _host.Journal, _time, NullLogger.Instance);
        await Idle(() => _running = _coordinator.Run(_stop.Token));
    }

    // Until it has nothing left to do.
    private async Task Idle(Action act)
    {
        var idle = _time.NextWait();
        act();
        await idle.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}
