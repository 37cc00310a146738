using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlaskDeploy.Agent.Tests.Runs;

public sealed class CoordinatorTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly Bundle TwoSteps = Book.Bundle(Book.Play(Book.Shell("first"), Book.Shell("second")));

    private static readonly Bundle Copy = Book.Bundle(Book.Play(Book.Task("copy", ("content", "a"), ("dest", "/srv/a")).Sudo()));

    private readonly TestHost _host = new();
    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private Coordinator _coordinator = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _host.Gate = null;
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _host.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task An_order_is_carried_out_once_however_often_it_is_sent()
    {
        await Start();
        var assignment = _host.Assign(TwoSteps, 1, _host.Order(5));
        await Idle(() => _coordinator.Accept(assignment));
        await Idle(() => _coordinator.Accept(assignment));
        await Idle(() => _coordinator.Accept(_host.Assign(TwoSteps, 1, _host.Order(4))));

        Assert.Equal(["first", "second"], _host.Commands);
        Assert.Equal(5ul, Assert.Single(_host.Told, entry => entry.RunFinished is not null).Order);
        Assert.Equal((1ul, 1ul, 5ul), (_host.Record.Sequence, _host.Record.Complete, _host.Record.Order));
    }

    [Fact]
    public async Task A_newer_push_takes_over_between_two_tasks_and_the_older_is_told()
    {
        await Start();
        var (begun, gate) = Hold("first");
        var idle = _time.NextWait();
        _coordinator.Accept(_host.Assign(TwoSteps, 1, _host.Order(1)));
        await begun;
        _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Shell("newer"))), 2, _host.Order(2, sequence: 2)));
        gate.SetResult();
        await idle;

        Assert.Equal(["first", "newer"], _host.Commands);
        var superseded = Assert.Single(_host.Told, entry => entry.Superseded is not null);
        Assert.Equal((1ul, 2ul), (superseded.Order, superseded.Superseded.ByOrder));
        Assert.Equal([V1.RunResult.RunInterrupted, V1.RunResult.RunChanged], _host.Ended.Select(ended => ended.Result));
        Assert.Equal(2ul, _host.Record.Complete);
    }

    [Fact]
    public async Task Of_two_pushes_that_wait_the_older_is_superseded_without_having_run()
    {
        await Start();
        var (begun, gate) = Hold("first");
        var idle = _time.NextWait();
        _coordinator.Accept(_host.Assign(TwoSteps, 1, _host.Order(1, deployment: "other"), deployment: "other"));
        await begun;
        _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Shell("old"))), 1, _host.Order(1)));
        _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Shell("new"))), 2, _host.Order(2, sequence: 2)));
        gate.SetResult();
        await idle;

        Assert.Equal(["first", "second", "new"], _host.Commands);
        Assert.Equal(1ul, Assert.Single(_host.Told, entry => entry.Superseded is not null).Order);
    }

    [Fact]
    public async Task Pushes_of_other_deployments_wait_for_their_turn()
    {
        await Start();
        var (begun, gate) = Hold("first");
        var idle = _time.NextWait();
        _coordinator.Accept(_host.Assign(TwoSteps, 1, _host.Order(1)));
        await begun;
        Assert.Equal(TestHost.Deployment, _coordinator.RunningDeployment);
        _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Shell("b"))), 1, _host.Order(1, deployment: "b"), deployment: "b"));
        _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Shell("a"))), 1, _host.Order(1, deployment: "a"), deployment: "a"));
        gate.SetResult();
        await idle;

        Assert.Equal(["first", "second", "b", "a"], _host.Commands);
        Assert.DoesNotContain(_host.Told, entry => entry.Superseded is not null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_check_or_a_run_of_some_tasks_supersedes_no_push(bool check)
    {
        await Start();
        var (begun, gate) = Hold("first");
        var idle = _time.NextWait();
        _coordinator.Accept(_host.Assign(TwoSteps, 1, _host.Order(1)));
        await begun;
        _coordinator.Accept(_host.Assign(TwoSteps, 1, check ? _host.Order(2, mode: OrderMode.Check) : _host.Order(2) with { Tags = ["none"] }));
        gate.SetResult();
        await idle;

        Assert.Equal(["first", "second"], _host.Commands);
        Assert.DoesNotContain(_host.Told, entry => entry.Superseded is not null);
        Assert.Equal([1ul, 2ul], _host.Told.Where(entry => entry.RunFinished is not null).Select(entry => entry.Order));
    }

    [Fact]
    public async Task A_check_of_a_revision_that_is_not_this_hosts_changes_nothing_at_all()
    {
        await Start();
        await Idle(() => _coordinator.Accept(_host.Assign(TwoSteps, 3, _host.Order(1, sequence: 3, mode: OrderMode.Check))));
        await Idle(() => _coordinator.Accept(_host.Assign(TwoSteps, 3, _host.Order(1, sequence: 3, mode: OrderMode.Check))));
        await Idle(() => _time.Advance(TimeSpan.FromDays(1)));

        Assert.Empty(_host.Steps);
        Assert.Equal((0ul, 1ul), (_host.Record.Sequence, _host.Record.Order));
        Assert.Null(_host.Store.LoadAssignment(TestHost.Deployment));
        var told = Assert.Single(_host.Told, entry => entry.RunFinished is not null);
        Assert.Equal((3ul, 1ul), (told.Sequence, told.Order));
    }

    [Fact]
    public async Task Converge_waits_for_the_reconvergence_of_all()
    {
        await Start();
        await Idle(() => _coordinator.Accept(_host.Assign(TwoSteps, 1, _host.Order(1))));

        var outcomes = await _coordinator.Converge();

        Assert.Equal((TestHost.Deployment, RunEnd.Unchanged), (outcomes.Single().Deployment, outcomes.Single().End));
    }

    [Fact]
    public async Task Reconverges_after_a_share_of_the_interval_and_then_once_in_each()
    {
        await Start();
        await Idle(() => _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Task("copy", ("content", "a"), ("dest", "/srv/a")).Sudo())), 1, _host.Order(1))));
        var first = (Interval / 2) + (Schedule.Splay(TestHost.Name, TestHost.Deployment, Interval) / 2);
        _host.Machine.WithFile("/srv/a", "spoilt");
        _time.Advance(first - TimeSpan.FromSeconds(1));
        Assert.Equal("spoilt", _host.Machine.Files.Text("/srv/a"));
        await Idle(() => _time.Advance(TimeSpan.FromSeconds(2)));
        Assert.Equal("a", _host.Machine.Files.Text("/srv/a"));
        Assert.Equal("interval", _host.Told.Last(entry => entry.RunStarted is not null).RunStarted.Cause);

        for (var round = 0; round < 3; round++)
        {
            _host.Machine.WithFile("/srv/a", "spoilt");
            await Idle(() => _time.Advance(Interval));
            Assert.Equal("a", _host.Machine.Files.Text("/srv/a"));
        }
    }

    [Fact]
    public async Task Fails_with_growing_pauses_is_held_and_is_taken_up_again_by_a_push()
    {
        await Start();
        _host.Machine.OnCommand = (_, machine) => new CommandResult(1, "", "no", machine.Clock.GetUtcNow(), TimeSpan.Zero);
        await Idle(() => _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Shell("try"))), 1, _host.Order(1))));
        for (var failures = 1; failures < Schedule.MostFailures; failures++)
        {
            Assert.Equal(failures, _host.Commands.Count());
            _time.Advance(Schedule.Backoff(failures) - TimeSpan.FromSeconds(1));
            Assert.Equal(failures, _host.Commands.Count());
            await Idle(() => _time.Advance(TimeSpan.FromSeconds(2)));
        }
        Assert.True(_host.Record.IsHeld);
        await Idle(() => _time.Advance(TimeSpan.FromDays(1)));
        Assert.Equal(Schedule.MostFailures, _host.Commands.Count());
        _host.Machine.OnCommand = null;

        await Idle(() => _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Shell("try"))), 1, _host.Order(2))));

        Assert.Equal((false, 0, 1ul), (_host.Record.IsHeld, _host.Record.Failures, _host.Record.Complete));
    }

    [Fact]
    public async Task Leaves_when_the_run_that_is_under_way_is_over()
    {
        await Start();
        var (begun, gate) = Hold("first");
        _coordinator.Accept(_host.Assign(TwoSteps, 1, _host.Order(1)));
        await begun;
        _coordinator.LeaveWhenIdle();
        Assert.False(_running.IsCompleted);
        gate.SetResult();

        await _running;

        Assert.Equal(["first", "second"], _host.Commands);
        Assert.Single(_host.Ended);
    }

    [Fact]
    public async Task A_retired_deployment_is_left_alone()
    {
        await Start();
        var bundle = Book.Bundle(Book.Play(Book.Task("copy", ("content", "a"), ("dest", "/srv/a")).Sudo()));
        await Idle(() => _coordinator.Accept(_host.Assign(bundle, 1, _host.Order(1))));
        await Idle(() => _coordinator.Accept(_host.Assign(bundle, 2, _host.Order(2, sequence: 2), retired: true)));
        Assert.Equal((true, 2ul), (_host.Record.IsRetired, _host.Record.Complete));
        Assert.Null(_host.Baseline);
        var (steps, told) = (_host.Steps.Count(), _host.Told.Count);
        _host.Machine.WithFile("/srv/a", "changed");

        await Idle(() => _time.Advance(TimeSpan.FromDays(1)));

        Assert.Empty(await _coordinator.Converge());
        Assert.Equal((steps, told), (_host.Steps.Count(), _host.Told.Count));
    }

    [Fact]
    public async Task Goes_on_after_a_restart_with_what_was_stored_and_believes_no_stored_byte_that_was_changed()
    {
        await Start();
        await Idle(() => _coordinator.Accept(_host.Assign(TwoSteps, 4, _host.Order(1, sequence: 4))));
        await Restart();
        await Idle(() => _time.Advance(TimeSpan.FromSeconds(2)));
        Assert.Single(await _coordinator.Converge());
        var path = Path.Combine(_host.StateDirectory, "deployments", TestHost.Deployment, "assignment");
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);

        await Restart();

        Assert.Empty(await _coordinator.Converge());
        Assert.Equal(["first", "second"], _host.Commands);
    }

    [Fact]
    public async Task An_order_that_was_cut_off_goes_on_and_is_not_run_again_when_it_is_sent_again()
    {
        var assignment = _host.Assign(TwoSteps, 1, _host.Order(7));
        _host.Store.SaveAssignment(TestHost.Deployment, assignment.Stored);
        _host.Store.Update(TestHost.Deployment, record => record with { Sequence = 1 });
        _host.Journal.RunBegins(new RunBegan("cut", TestHost.Deployment, 1, 7, OrderMode.Converge, "push"), resumes: false, now: true);
        await Restart();

        await Idle(() => _coordinator.Accept(assignment));

        Assert.Equal(["first", "second"], _host.Commands);
        var ended = Assert.Single(_host.Told, entry => entry.RunFinished is not null);
        Assert.Equal(("cut", 7ul), (ended.Run, ended.Order));
    }

    [Fact]
    public async Task A_revision_that_came_while_the_older_one_ran_is_next_also_without_an_order()
    {
        await Start();
        var (begun, gate) = Hold("first");
        var idle = _time.NextWait();
        _coordinator.Accept(_host.Assign(TwoSteps, 1));
        await begun;
        _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Shell("newer"))), 2));
        gate.SetResult();
        await idle;

        Assert.Equal(["first", "newer"], _host.Commands);
        Assert.Equal((2ul, 2ul), (_host.Record.Sequence, _host.Record.Complete));
    }

    [Fact]
    public async Task What_a_watch_saw_move_is_put_right_at_once_and_told_as_drift()
    {
        await Start();
        await Idle(() => _coordinator.Accept(_host.Assign(Copy, 1, _host.Order(1))));
        _host.Machine.WithFile("/srv/a", "spoilt");

        await Idle(() => _coordinator.Nudge(TestHost.Deployment));

        Assert.Equal("a", _host.Machine.Files.Text("/srv/a"));
        Assert.Equal("drift", _host.Told.Last(entry => entry.RunStarted is not null).RunStarted.Cause);
        var told = _host.Told.Count;
        await Idle(() => _coordinator.Nudge(TestHost.Deployment));
        Assert.Equal(told, _host.Told.Count);
    }

    [Fact]
    public async Task What_moves_while_a_run_is_under_way_is_looked_at_after_it()
    {
        await Start();
        await Idle(() => _coordinator.Accept(_host.Assign(Copy, 1, _host.Order(1))));
        var idle = _time.NextWait();
        _coordinator.RunEnded += Spoil;
        _coordinator.Nudge(TestHost.Deployment);
        await idle;

        Assert.Equal("a", _host.Machine.Files.Text("/srv/a"));

        void Spoil(string deployment)
        {
            _coordinator.RunEnded -= Spoil;
            _host.Machine.WithFile("/srv/a", "spoilt");
            _coordinator.Nudge(deployment);
        }
    }

    [Fact]
    public async Task Nothing_that_moves_hurries_a_deployment_that_is_failing_held_retired_or_unknown()
    {
        await Start();
        _host.Machine.OnCommand = (_, machine) => new CommandResult(1, "", "no", machine.Clock.GetUtcNow(), TimeSpan.Zero);
        await Idle(() => _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Shell("try"))), 1, _host.Order(1))));
        _coordinator.Nudge(TestHost.Deployment);
        _coordinator.Nudge("nobody");
        Assert.Single(_host.Commands);
        for (var failures = 1; failures < Schedule.MostFailures; failures++)
        {
            await Idle(() => _time.Advance(Schedule.Backoff(failures) + TimeSpan.FromSeconds(1)));
        }
        Assert.True(_host.Record.IsHeld);
        _coordinator.Nudge(TestHost.Deployment);
        await Idle(() => _coordinator.Accept(_host.Assign(Copy, 2, _host.Order(2, sequence: 2), retired: true)));
        _coordinator.Nudge(TestHost.Deployment);

        Assert.Empty(await _coordinator.Converge());
        Assert.Equal(Schedule.MostFailures, _host.Commands.Count());
    }

    [Fact]
    public async Task Once_a_day_no_fingerprint_is_believed_however_often_the_agent_is_started_anew()
    {
        await Start();
        await Idle(() => _coordinator.Accept(_host.Assign(Book.Bundle(Book.Play(Book.Task("copy", ("content", "x"), ("dest", "/srv/x")))), 1, _host.Order(1))));
        _host.Machine.Clock.Advance(TimeSpan.FromMinutes(1));
        await Idle(() => _time.Advance(Interval));
        var full = new List<TimeSpan>();

        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromHours(49); passed += Interval)
        {
            _host.Machine.Asked.Clear();
            await Idle(() => _time.Advance(Interval));
            if (_host.Machine.Asked.Any(look => look is ContentLook))
            {
                full.Add(passed);
            }
            if (passed.Minutes == 0 && passed.Hours % 7 == 6)
            {
                await Restart();
            }
        }

        Assert.Equal(2, full.Count);
        Assert.InRange(full[0], TimeSpan.FromHours(11), TimeSpan.FromHours(25));
        Assert.InRange(full[1] - full[0], TimeSpan.FromHours(23.9), TimeSpan.FromHours(24.2));
    }

    [Fact]
    public void Splays_are_stable_spread_and_within_the_interval()
    {
        var splays = Enumerable.Range(0, 1000).Select(n => Schedule.Splay($"web{n}", "site", Interval)).ToList();

        Assert.Equal(splays[7], Schedule.Splay("web7", "site", Interval));
        Assert.All(splays, splay => Assert.InRange(splay, TimeSpan.Zero, Interval));
        Assert.All(Enumerable.Range(0, 10), tenth => Assert.InRange(splays.Count(splay => (int)(splay / Interval * 10) == tenth), 60, 140));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(5, 80)]
    [InlineData(8, 600)]
    [InlineData(1000, 600)]
    public void Backs_off_twice_as_long_with_each_failure(int failures, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Schedule.Backoff(failures));

    private (Task Begun, TaskCompletionSource Gate) Hold(string command)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Gate = step =>
        {
            if (step is not RunCommand { Shown: var shown } || shown != command)
            {
                return Task.CompletedTask;
            }
            begun.TrySetResult();
            return gate.Task;
        };
        return (begun.Task, gate);
    }

    private async Task Start()
    {
        _coordinator = new Coordinator(TestHost.Name, _host.Store, _host.Executor, _host.Verifier, _host.Loader, new AgentConfiguration { Interval = Interval }, _host.Events, _host.Journal, _time, NullLogger.Instance);
        await Idle(() => _running = _coordinator.Run(_stop.Token));
    }

    private async Task Restart()
    {
        if (_coordinator is not null)
        {
            _coordinator.LeaveWhenIdle();
            await _running;
        }
        _host.Restart();
        await Start();
    }

    // Until it has nothing left to do.
    private async Task Idle(Action act)
    {
        var idle = _time.NextWait();
        act();
        await idle.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}
