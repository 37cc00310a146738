using FlaskDeploy.Controller.Tests.Harness;
using FlaskDeploy.V1;
using Grpc.Core;

namespace FlaskDeploy.Controller.Tests.Sessions;

public sealed class SessionTests
{
    private static readonly byte[] Bundle = "bundle"u8.ToArray();
    private static readonly Order NoOrder = new() { Deployment = "site", Sequence = 1 };

    [Fact]
    public async Task A_new_session_of_a_host_ends_the_old_one()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var old = await host.ConnectAsync(controller);

        using var fresh = await host.ConnectAsync(controller);

        Assert.Equal(StatusCode.Aborted, (await old.EndAsync()).StatusCode);
        await fresh.TellAsync(fresh.RunOf(NoOrder, "run-1"));
        Assert.Equal(3UL, await fresh.NextAcknowledgementAsync());
        Assert.True(Assert.Single((await controller.Operators.ListHostsAsync(new ListHostsRequest())).Hosts).Connected);
    }

    [Fact]
    public async Task Both_sides_beat_and_a_silent_agent_is_dropped()
    {
        await using var controller = await TestController.StartAsync(options => options with { Heartbeat = TimeSpan.FromMilliseconds(50) });
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var session = await host.ConnectAsync(controller);

        await session.HeartbeatAsync();
        Heartbeat beat;
        do
        {
            beat = (await session.NextAsync()).Heartbeat;
        }
        while (beat.Echo != 1);

        Assert.Equal(50UL, session.Welcome.HeartbeatMillis);
        var end = await session.EndAsync();
        Assert.Equal(StatusCode.Unavailable, end.StatusCode);
        Assert.Contains("three heartbeats", end.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_are_stored_once_and_only_without_gaps()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var session = await host.ConnectAsync(controller);
        var events = session.RunOf(NoOrder, "run-1");

        await session.TellAsync(events[0]);
        Assert.Equal(1UL, await session.NextAcknowledgementAsync());
        await session.TellAsync(events[2]);
        Assert.Equal(1UL, await session.NextAcknowledgementAsync());
        await session.TellAsync(events);
        Assert.Equal(3UL, await session.NextAcknowledgementAsync());
        await session.TellAsync(events);
        Assert.Equal(3UL, await session.NextAcknowledgementAsync());

        Assert.Equal([1UL, 2UL, 3UL], (await EventsAsync(controller)).Select(e => e.Event.Number));
    }

    [Fact]
    public async Task Goes_on_after_the_last_acknowledged_event_when_the_controller_was_restarted()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        Event[] events;
        using (var session = await host.ConnectAsync(controller))
        {
            events = session.RunOf(NoOrder, "run-1");
            await session.TellAsync(events[0], events[1]);
            Assert.Equal(2UL, await session.NextAcknowledgementAsync());
            var restart = controller.RestartAsync();
            Assert.Equal(StatusCode.Unavailable, (await session.EndAsync()).StatusCode);
            await restart.WaitAsync(Expect.Patience);
        }

        using var again = await host.ConnectAsync(controller, lastNumber: 3);
        Assert.Equal(2UL, again.Welcome.Acknowledged);
        // The acknowledgement of the second may have been lost on the way: it comes again.
        await again.TellAsync(events[1], events[2]);
        Assert.Equal(3UL, await again.NextAcknowledgementAsync());

        Assert.Equal([1UL, 2UL, 3UL], (await EventsAsync(controller)).Select(e => e.Event.Number));
        Assert.True(Assert.Single((await controller.Operators.ListRunsAsync(new ListRunsRequest())).Runs).Finished);
    }

    [Fact]
    public async Task A_new_log_begins_at_nothing()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using (var session = await host.ConnectAsync(controller))
        {
            await session.TellAsync(session.RunOf(NoOrder, "run-1"));
            Assert.Equal(3UL, await session.NextAcknowledgementAsync());
        }

        using var reinstalled = await host.ConnectAsync(controller, log: "log-2");

        Assert.Equal(0UL, reinstalled.Welcome.Acknowledged);
        await reinstalled.TellAsync(reinstalled.RunOf(NoOrder, "run-2"));
        Assert.Equal(3UL, await reinstalled.NextAcknowledgementAsync());
        Assert.Equal(["run-2", "run-1"], (await controller.Operators.ListRunsAsync(new ListRunsRequest())).Runs.Select(run => run.Run));
    }

    [Fact]
    public async Task An_order_is_handed_over_again_at_each_connection_until_it_has_ended()
    {
        await using var controller = await TestController.StartAsync();
        using var ann = new TestOperator();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        await TestOperator.UploadAsync(controller.Operators, Bundle);
        await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1"]));

        using (var first = await host.ConnectAsync(controller))
        {
            var assignment = await first.NextAssignmentAsync();
            Assert.Equal("web1", HostPart.Parser.ParseFrom(assignment.HostPart.Payload).Host);
            await first.AnswerAsync(TestSession.OrderOf(assignment));
        }
        await controller.RestartAsync();
        using var second = await host.ConnectAsync(controller);
        var order = TestSession.OrderOf(await second.NextAssignmentAsync());
        await second.TellAsync(second.RunOf(order, "run-1"));
        Assert.Equal(3UL, await second.NextAcknowledgementAsync());

        using var third = await host.ConnectAsync(controller, lastNumber: 3, deployments: new DeploymentState { Deployment = "site", Sequence = 1, Complete = 1, Order = 1 });
        Assert.Equal(1UL, order.Number);
        await third.TellAsync([]);
        Assert.NotNull((await third.NextAsync()).Acknowledged);
    }

    [Fact]
    public async Task A_host_that_lost_its_state_is_given_its_revision_without_an_order()
    {
        await using var controller = await TestController.StartAsync();
        using var ann = new TestOperator();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        await TestOperator.UploadAsync(controller.Operators, Bundle);
        await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1"]));
        using (var session = await host.ConnectAsync(controller))
        {
            await session.TellAsync(session.RunOf(TestSession.OrderOf(await session.NextAssignmentAsync()), "run-1"));
            await session.NextAcknowledgementAsync();
        }

        using var reinstalled = await host.ConnectAsync(controller, log: "log-2");

        var assignment = await reinstalled.NextAssignmentAsync();
        Assert.Null(assignment.Order);
        Assert.Equal(1UL, Release.Parser.ParseFrom(assignment.Release.Payload).Sequence);
    }

    [Fact]
    public async Task An_order_that_was_carried_out_ends_though_its_events_were_lost()
    {
        await using var controller = await TestController.StartAsync();
        using var ann = new TestOperator();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        await TestOperator.UploadAsync(controller.Operators, Bundle);
        var pushed = await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1"]));

        using var session = await host.ConnectAsync(controller, log: "log-2", deployments: new DeploymentState { Deployment = "site", Sequence = 1, Complete = 1, Order = 1 });

        using var follow = controller.Operators.Follow(new FollowRequest { Rollout = pushed.Rollout });
        var updates = await JourneyTests.AllAsync(follow);
        Assert.Contains("lost", updates.Single(update => update.Progress?.State == HostProgress.Types.State.Finished).Progress.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_the_host_goes_on_with_after_a_cut_keeps_its_order_open()
    {
        await using var controller = await TestController.StartAsync();
        using var ann = new TestOperator();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        await TestOperator.UploadAsync(controller.Operators, Bundle);
        var pushed = await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1"]));
        Event[] events;
        using (var session = await host.ConnectAsync(controller))
        {
            events = session.RunOf(TestSession.OrderOf(await session.NextAssignmentAsync()), "run-1");
            await session.TellAsync(events[0]);
            Assert.Equal(1UL, await session.NextAcknowledgementAsync());
        }

        using var again = await host.ConnectAsync(controller, lastNumber: 1, deployments: new DeploymentState { Deployment = "site", Sequence = 1, Order = 1 });
        await again.TellAsync(events[1], events[2]);
        Assert.Equal(3UL, await again.NextAcknowledgementAsync());

        using var follow = controller.Operators.Follow(new FollowRequest { Rollout = pushed.Rollout });
        var updates = await JourneyTests.AllAsync(follow);
        Assert.Equal(
            [HostProgress.Types.State.Waiting, HostProgress.Types.State.Accepted, HostProgress.Types.State.Finished],
            updates.Where(update => update.Progress is not null).Select(update => update.Progress.State).TakeLast(3));
        Assert.Equal("", updates.Last(update => update.Progress is not null).Progress.Detail);
    }

    [Fact]
    public async Task Agents_above_the_number_are_asked_to_come_back_later()
    {
        await using var controller = await TestController.StartAsync(options => options with { MaxSessions = 1 });
        using var first = await TestHost.EnrolledAsync(controller, "web1");
        using var second = await TestHost.EnrolledAsync(controller, "web2");
        using var session = await first.ConnectAsync(controller);

        using var call = second.Client(controller).Session();
        await call.RequestStream.WriteAsync(new AgentMessage { Hello = new Hello { Log = "x" } });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Expect.Patience));

        Assert.InRange(call.ResponseStream.Current.RetryLater.Millis, 1_000UL, 60_000UL);
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Expect.Patience));
        // A host that is in already is not kept out by itself.
        using var again = await first.ConnectAsync(controller);
        Assert.Equal(StatusCode.Aborted, (await session.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task A_session_begins_with_hello_and_knows_one_log()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var call = host.Client(controller).Session();
        await call.RequestStream.WriteAsync(new AgentMessage { Heartbeat = new Heartbeat() });
        await Expect.RefusedAsync(StatusCode.InvalidArgument, () => call.ResponseStream.MoveNext(CancellationToken.None));

        using var session = await host.ConnectAsync(controller);
        await session.SendAsync(new AgentMessage { Events = new EventBatch { Log = "another", Events = { new Event { Number = 1 } } } });
        Assert.Equal(StatusCode.InvalidArgument, (await session.EndAsync()).StatusCode);
        Assert.Empty(await EventsAsync(controller));
    }

    [Fact]
    public async Task What_an_agent_says_of_itself_is_shown_to_operators()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var session = await host.ConnectAsync(controller, deployments: new DeploymentState { Deployment = "site", Sequence = 4, Complete = 3 });
        await session.TellAsync(
            session.Numbered(NoOrder, "run-1", e => e.RunStarted = new RunStarted()),
            session.Numbered(NoOrder, "run-1", e => e.LeftOver = new LeftOver { What = "process 4711", Pid = 4711, Port = 5000, SinceSequence = 3 }));
        await session.NextAcknowledgementAsync();

        var shown = Assert.Single((await controller.Operators.ListHostsAsync(new ListHostsRequest())).Hosts);

        Assert.Equal(("web1", "CentOS Linux 7", "boot-1", "0.1.0", true), (shown.Host, shown.Os, shown.Boot, shown.AgentVersion, shown.Connected));
        var deployment = Assert.Single(shown.Deployments);
        Assert.Equal(("site", 3UL, 5000u, "run-1"), (deployment.Deployment, deployment.Complete, Assert.Single(deployment.LeftOver).Port, deployment.LastRun.Run));
        var state = Assert.Single((await controller.Operators.GetDeploymentAsync(new GetDeploymentRequest { Deployment = "new", Hosts = { "web1" } })).Hosts);
        Assert.Equal(["copy", "shell"], state.Modules);
        Assert.False(state.SealingKey.IsEmpty);
    }

    [Fact]
    public async Task A_left_over_is_shown_until_a_whole_pass_no_longer_finds_it()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var session = await host.ConnectAsync(controller);
        var order = new Order { Deployment = "site", Sequence = 2 };
        await session.TellAsync(
        [
            session.Numbered(order, "apply-1", e => e.RunStarted = new RunStarted()),
            session.Numbered(order, "apply-1", e => e.LeftOver = new LeftOver { What = "process 1", Port = 5000 }),
            session.Numbered(order, "apply-1", e => e.RunFinished = new RunFinished()),
            session.Numbered(order, "correct-1", e => e.RunStarted = new RunStarted { Kind = RunKind.RunCorrect }),
            session.Numbered(order, "correct-1", e => e.RunFinished = new RunFinished()),
        ]);
        await session.NextAcknowledgementAsync();
        Assert.Single((await LeftOversAsync()));

        await session.TellAsync(session.RunOf(order, "apply-2", RunResult.RunUnchanged));
        await session.NextAcknowledgementAsync();
        Assert.Empty(await LeftOversAsync());

        async Task<IEnumerable<LeftOver>> LeftOversAsync() =>
            (await controller.Operators.ListHostsAsync(new ListHostsRequest())).Hosts.Single().Deployments.Single().LeftOver;
    }

    internal static async Task<List<HostEvent>> EventsAsync(TestController controller, ListEventsRequest? request = null)
    {
        using var call = controller.Operators.ListEvents(request ?? new ListEventsRequest());
        var events = new List<HostEvent>();
        using var patience = new CancellationTokenSource(Expect.Patience);
        while (await call.ResponseStream.MoveNext(patience.Token))
        {
            events.Add(call.ResponseStream.Current);
        }
        return events;
    }
}
