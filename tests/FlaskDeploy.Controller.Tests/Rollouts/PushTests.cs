using FlaskDeploy.Controller.Tests.Harness;
using FlaskDeploy.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Controller.Tests.Rollouts;

public sealed class PushTests
{
    private static readonly byte[] Bundle = "bundle"u8.ToArray();
    private static readonly byte[] Other = "other"u8.ToArray();

    [Fact]
    public async Task Of_two_operators_that_push_at_once_one_wins_and_the_other_is_told()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);

        var pushes = Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1"]));
                return StatusCode.OK;
            }
            catch (RpcException refused)
            {
                return refused.StatusCode;
            }
        });
        var outcomes = await Task.WhenAll(pushes);

        Assert.Equal([StatusCode.OK, .. Enumerable.Repeat(StatusCode.Aborted, 7)], outcomes.Order());
        var deployment = Assert.Single((await controller.Operators.ListDeploymentsAsync(new ListDeploymentsRequest())).Deployments);
        Assert.Equal(("site", 1UL, 1u, "/srv/site.yml"), (deployment.Deployment, deployment.Head, deployment.Hosts, deployment.Origin));
    }

    [Fact]
    public async Task A_push_that_disagrees_with_itself_is_refused_with_every_problem_and_changes_nothing()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);
        (string Why, Action<PushRequest> Bend)[] cases =
        [
            ("for deployment 'site', the request for 'elsewhere'", push => push.Deployment = "elsewhere"),
            ("has 1 to 128 characters", push => push.Deployment = "a/b"),
            ("the next revision is r1", push => push.Release = ann.Push("site", 4, 0, Bundle, []).Release),
            ("the next one is 1", push => push.Order = ann.OrderOnly("site", 0, 6, 1, ["web1"]).Order),
            ("carries an order", push => push.Order = null),
            ("of type 'order' stands where one of type 'release' belongs", push => push.Release = push.Order),
            ("is not signed", push => push.Release.Signatures.Clear()),
            ("cannot be read", push => push.Order.Payload = ByteString.CopyFromUtf8("\u0001nonsense")),
            ("no host web9 is enrolled", push => push.HostParts.Add(ann.Part("site", 1, "web9", push.Release))),
            ("there are 2 host parts of web1", push => push.HostParts.Add(push.HostParts[0])),
            ("belongs to another release", push => push.HostParts[0] = ann.Part("site", 1, "web1", push.Order)),
            ("is for r2, the release is r1", push => push.HostParts[0] = ann.Part("site", 2, "web1", push.Release)),
            ("are not here", push => push.Blobs.Add(TestOperator.Digest([9]))),
            ("are not here", push => push.HostParts[0] = ann.Part("site", 1, "web1", push.Release, [[9]])),
            ("has not 32 bytes", push => push.Blobs.Add(ByteString.CopyFromUtf8("short"))),
            ("has no host part of site", push => push.HostParts.Clear()),
            ("must bring a release", push => (push.Release, _) = (null, push.HostParts.Remove(push.HostParts[0]))),
            ("too large", push => push.ExpectedHead = ulong.MaxValue),
        ];
        foreach (var (why, bend) in cases)
        {
            var push = ann.Push("site", 0, 0, Bundle, ["web1"]);
            bend(push);
            var status = await Expect.RefusedAsync(async () => await controller.Operators.PushAsync(push));
            Assert.True(status.StatusCode == StatusCode.InvalidArgument && status.Detail.Contains(why, StringComparison.Ordinal), $"expected '{why}', was {status}");
        }
        Assert.Empty((await controller.Operators.ListDeploymentsAsync(new ListDeploymentsRequest())).Deployments);
        await Expect.RefusedAsync(StatusCode.NotFound, async () => await controller.Operators.GetDeploymentAsync(new GetDeploymentRequest { Deployment = "site" }));
    }

    [Fact]
    public async Task An_altered_envelope_of_a_known_key_is_refused_at_once()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);
        await controller.Operators.TrustOperatorKeyAsync(new TrustOperatorKeyRequest { Key = ByteString.CopyFrom(ann.PublicKey), Name = "ann" });
        var push = ann.Push("site", 0, 0, Bundle, ["web1"]);
        var altered = push.Clone();
        altered.Order.Signatures[0].Value = push.Release.Signatures[0].Value;

        var status = await Expect.RefusedAsync(async () => await controller.Operators.PushAsync(altered));

        Assert.Contains("the signature of ann on the order does not hold", status.Detail, StringComparison.Ordinal);
        Assert.Equal(1UL, (await controller.Operators.PushAsync(push)).Sequence);
    }

    [Fact]
    public async Task An_order_alone_runs_the_head_once_more()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);
        await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1"]));
        using var session = await setting.Web1.ConnectAsync(controller);
        await session.TellAsync(session.RunOf(TestSession.OrderOf(await session.NextAssignmentAsync()), "run-1"));

        var pushed = await controller.Operators.PushAsync(ann.OrderOnly("site", 1, 1, 1, ["web1"]));
        var again = await session.NextAssignmentAsync();

        Assert.Equal((1UL, 2UL, "site.2"), (pushed.Sequence, pushed.Order, pushed.Rollout));
        Assert.Equal(2UL, TestSession.OrderOf(again).Number);
        await Expect.RefusedAsync(StatusCode.InvalidArgument, async () => await controller.Operators.PushAsync(ann.OrderOnly("site", 1, 2, 1, ["web2"])));
        await Expect.RefusedAsync(StatusCode.Aborted, async () => await controller.Operators.PushAsync(ann.OrderOnly("site", 1, 1, 1, ["web1"])));
    }

    [Fact]
    public async Task A_host_can_be_added_to_the_head_and_its_part_does_not_change_without_a_revision()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);
        var first = ann.Push("site", 0, 0, Bundle, ["web1"]);
        await controller.Operators.PushAsync(first);
        var added = ann.OrderOnly("site", 1, 1, 1, ["web1", "web2"]);
        added.HostParts.Add(ann.Part("site", 1, "web2", first.Release));
        added.HostParts.Add(ann.Part("site", 1, "web1", first.Release));
        await controller.Operators.PushAsync(added);

        var changed = ann.OrderOnly("site", 1, 2, 1, ["web1"]);
        changed.HostParts.Add(ann.Part("site", 1, "web1", first.Release, Bundle));
        var status = await Expect.RefusedAsync(async () => await controller.Operators.PushAsync(changed));

        Assert.Contains("needs a new revision", status.Detail, StringComparison.Ordinal);
        var state = await controller.Operators.GetDeploymentAsync(new GetDeploymentRequest { Deployment = "site", Hosts = { "web1", "web2.example", "nobody" } });
        Assert.Equal([("web1", "web1", 1UL), ("web2.example", "web2", 1UL), ("nobody", "", 0UL)], state.Hosts.Select(host => (host.Named, host.Host, host.Assigned)));
        Assert.Equal((1UL, 2UL, first.Release), (state.Head, state.LastOrder, state.Release));
        Assert.Equal(first.HostParts[0], state.Hosts[0].HostPart);
    }

    [Fact]
    public async Task A_second_push_supersedes_the_first_on_its_hosts_and_the_first_follower_is_told()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);
        var first = await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1", "web2"]));
        using var follow = controller.Operators.Follow(new FollowRequest { Rollout = first.Rollout });

        var second = await controller.Operators.PushAsync(ann.Push("site", 1, 1, Bundle, ["web1"]));
        var third = await controller.Operators.PushAsync(ann.Push("site", 2, 2, Bundle, ["web1", "web2"]));

        Assert.Equal(["web1.example (order 1)"], second.Superseded);
        Assert.Equal(["web1.example (order 2)", "web2.example (order 1)"], third.Superseded.Order());
        var updates = await JourneyTests.AllAsync(follow);
        Assert.Equal(["Waiting", "Waiting", "Superseded", "Superseded", "end"], updates.Select(JourneyTests.Short));
        Assert.Equal("order 2 took its place", updates[2].Progress.Detail);
        using var session = await setting.Web1.ConnectAsync(controller);
        Assert.Equal(3UL, TestSession.OrderOf(await session.NextAssignmentAsync()).Number);
    }

    [Fact]
    public async Task Following_goes_on_after_a_cursor_also_when_the_controller_was_restarted()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);
        var pushed = await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1"]));
        string cursor;
        using (var session = await setting.Web1.ConnectAsync(controller))
        using (var follow = controller.Operators.Follow(new FollowRequest { Rollout = pushed.Rollout }))
        {
            await session.AnswerAsync(TestSession.OrderOf(await session.NextAssignmentAsync()));
            do
            {
                Assert.True(await follow.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Expect.Patience));
                cursor = follow.ResponseStream.Current.Cursor;
            }
            while (follow.ResponseStream.Current.Progress?.State != HostProgress.Types.State.Accepted);
            var restart = controller.RestartAsync();
            Assert.Equal(StatusCode.Unavailable, (await Expect.RefusedAsync(() => follow.ResponseStream.MoveNext(CancellationToken.None))).StatusCode);
            await restart.WaitAsync(Expect.Patience);
        }

        using var goesOn = controller.Operators.Follow(new FollowRequest { Rollout = pushed.Rollout, After = cursor });
        using var back = await setting.Web1.ConnectAsync(controller);
        await back.TellAsync(back.RunOf(TestSession.OrderOf(await back.NextAssignmentAsync()), "run-1"));

        var updates = await JourneyTests.AllAsync(goesOn);
        Assert.Equal(["RunStarted", "TaskFinished", "RunFinished", "Finished", "end"], updates.Select(JourneyTests.Short).Where(word => word is not ("Waiting" or "Offered" or "Accepted")));
        using var afterTheEnd = controller.Operators.Follow(new FollowRequest { Rollout = pushed.Rollout, After = updates[^1].Cursor });
        Assert.Equal(["end"], (await JourneyTests.AllAsync(afterTheEnd)).Select(JourneyTests.Short));
        await Expect.RefusedAsync(StatusCode.NotFound, () => JourneyTests.AllAsync(controller.Operators.Follow(new FollowRequest { Rollout = "site.9" })));
        await Expect.RefusedAsync(StatusCode.InvalidArgument, () => JourneyTests.AllAsync(controller.Operators.Follow(new FollowRequest { Rollout = pushed.Rollout, After = "x" })));
    }

    [Fact]
    public async Task Refusals_and_lost_lines_reach_the_follower()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);
        var pushed = await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1", "web2"]));
        using var follow = controller.Operators.Follow(new FollowRequest { Rollout = pushed.Rollout });
        using (var session = await setting.Web1.ConnectAsync(controller))
        {
            await session.NextAssignmentAsync();
        }
        using (var session = await setting.Web1.ConnectAsync(controller))
        {
            await session.AnswerAsync(TestSession.OrderOf(await session.NextAssignmentAsync()), accepted: false, "the key is not pinned");
            await session.TellAsync(session.Numbered(new Order { Deployment = "site", Sequence = 1, Number = 1 }, "", e => e.RunRefused = new RunRefused { Reason = "no", Remedy = "trust it" }));
            await session.NextAcknowledgementAsync();
        }
        await controller.Operators.RemoveHostAsync(new RemoveHostRequest { Host = "web2" });

        var updates = await JourneyTests.AllAsync(follow);
        Assert.Equal(["Waiting", "Offered", "Waiting", "Offered", "Refused", "RunRefused"], updates.Where(update => (update.Event?.Host ?? update.Progress?.Host) == "web1").Select(JourneyTests.Short));
        Assert.Equal("the host was removed from the controller", updates.Last(update => update.Progress?.Host == "web2").Progress.Detail);
        var run = Assert.Single((await controller.Operators.ListRunsAsync(new ListRunsRequest { ChangedOnly = true })).Runs);
        Assert.Equal((true, "no; trust it"), (run.Refused, run.Because));
    }

    [Fact]
    public async Task A_host_fetches_what_its_own_parts_name_and_nothing_else()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);
        var large = new byte[700_000];
        new Random(1).NextBytes(large);
        await TestOperator.UploadAsync(controller.Operators, large, Other);
        var push = ann.Push("site", 0, 0, Bundle, ["web1", "web2"], large);
        push.HostParts[1] = ann.Part("site", 1, "web2", push.Release, Other);
        push.Blobs.Add(TestOperator.Digest(Other));
        await controller.Operators.PushAsync(push);

        var chunks = await JourneyTests.FetchAsync(setting.Web1, controller, Bundle, large);
        Assert.Equal(Bundle.Concat(large), chunks.SelectMany(chunk => chunk));
        Assert.Equal(4, chunks.Count);
        await Expect.RefusedAsync(StatusCode.NotFound, () => JourneyTests.FetchAsync(setting.Web1, controller, Other));
        await Expect.RefusedAsync(StatusCode.NotFound, () => JourneyTests.FetchAsync(setting.Web1, controller, Bundle, [1, 2, 3]));
        Assert.Equal(Other, Assert.Single(await JourneyTests.FetchAsync(setting.Web2, controller, Other)));

        // A revision later the old file is no longer this host's to read, unless it says that it is still at the old one.
        await controller.Operators.PushAsync(ann.Push("site", 1, 1, Other, ["web1"]));
        await Expect.RefusedAsync(StatusCode.NotFound, () => JourneyTests.FetchAsync(setting.Web1, controller, large));
        using var session = await setting.Web1.ConnectAsync(controller, deployments: new DeploymentState { Deployment = "site", Sequence = 1 });
        await session.NextAssignmentAsync();
        Assert.Equal(large.Length, (await JourneyTests.FetchAsync(setting.Web1, controller, large)).Sum(chunk => chunk.Length));
    }

    [Fact]
    public async Task A_release_that_is_only_to_be_checked_reaches_the_host_and_makes_no_revision()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);
        using var session = await setting.Web1.ConnectAsync(controller);

        // Of a deployment that is not there yet, and then beside a revision.
        var first = await controller.Operators.PushAsync(CheckOnly(ann, 0, 0));
        Assert.Equal((0UL, 1UL), (first.Sequence, first.Order));
        await Expect.RefusedAsync(StatusCode.NotFound, async () => await controller.Operators.GetDeploymentAsync(new GetDeploymentRequest { Deployment = "site" }));
        Assert.Empty((await controller.Operators.ListDeploymentsAsync(new ListDeploymentsRequest())).Deployments);
        Assert.Equal(0UL, Release.Parser.ParseFrom((await session.NextAssignmentAsync()).Release.Payload).Sequence);
        await controller.Operators.PushAsync(ann.Push("site", 0, 1, Bundle, ["web1"]));
        Assert.Equal(2UL, TestSession.OrderOf(await session.NextAssignmentAsync()).Number);
        await TestOperator.UploadAsync(controller.Operators, Other);
        var second = await controller.Operators.PushAsync(CheckOnly(ann, 1, 2));

        var check = await session.NextAssignmentAsync();
        Assert.Equal(3UL, TestSession.OrderOf(check).Number);
        Assert.Equal(Other, Assert.Single(await JourneyTests.FetchAsync(setting.Web1, controller, Other)));
        await session.TellAsync(session.RunOf(TestSession.OrderOf(check), "check-1"));
        using var follow = controller.Operators.Follow(new FollowRequest { Rollout = second.Rollout });
        Assert.Equal("end", JourneyTests.Short((await JourneyTests.AllAsync(follow))[^1]));
        var state = await controller.Operators.GetDeploymentAsync(new GetDeploymentRequest { Deployment = "site", Hosts = { "web1" } });
        Assert.Equal((1UL, 3UL, 1UL), (state.Head, state.LastOrder, state.Hosts[0].Assigned));
        await Expect.RefusedAsync(StatusCode.NotFound, () => JourneyTests.FetchAsync(setting.Web1, controller, Other));
        var notACheck = CheckOnly(ann, 1, 3);
        notACheck.Order = ann.Sign("order", new Order { Deployment = "site", Number = 4, Hosts = { "web1" } });
        await Expect.RefusedAsync(StatusCode.InvalidArgument, async () => await controller.Operators.PushAsync(notACheck));

        static PushRequest CheckOnly(TestOperator ann, ulong head, ulong lastOrder)
        {
            var request = ann.OrderOnly("site", head, lastOrder, 0, ["web1"]);
            var bundle = head == 0 ? Bundle : Other;
            var content = new ReleaseContent { Format = 1, Bundle = TestOperator.Digest(bundle), Origin = "/srv/site.yml" };
            request.Release = ann.Sign("release", new Release { Deployment = "site", Sequence = 0, Content = content.ToByteString() });
            request.HostParts.Add(ann.Part("site", 0, "web1", request.Release));
            request.Order = ann.Sign("order", new Order { Deployment = "site", Number = lastOrder + 1, Sequence = 0, Hosts = { "web1" }, Mode = Order.Types.Mode.Check });
            return request;
        }
    }

    [Fact]
    public async Task Events_can_be_listed_by_place_and_followed()
    {
        await using var setting = await Setting.StartAsync();
        var controller = setting.Controller;
        using var session = await setting.Web1.ConnectAsync(controller);
        var order = new Order { Deployment = "site", Sequence = 1 };
        await session.TellAsync([.. session.RunOf(order, "run-1"), .. session.RunOf(order, "run-2")]);
        await session.NextAcknowledgementAsync();

        Assert.Equal([4UL, 5UL, 6UL], (await Sessions.SessionTests.EventsAsync(controller, new ListEventsRequest { Run = "run-2" })).Select(e => e.Event.Number));
        Assert.Equal([5UL, 6UL], (await Sessions.SessionTests.EventsAsync(controller, new ListEventsRequest { Limit = 2, Deployment = "site" })).Select(e => e.Event.Number));
        Assert.Equal([3UL, 4UL], (await Sessions.SessionTests.EventsAsync(controller, new ListEventsRequest { Host = "web1", After = 2, Limit = 2 })).Select(e => e.Event.Number));
        await Expect.RefusedAsync(StatusCode.InvalidArgument, () => Sessions.SessionTests.EventsAsync(controller, new ListEventsRequest { After = 2 }));

        using var follow = controller.Operators.ListEvents(new ListEventsRequest { Host = "web1", Limit = 1, Follow = true });
        Assert.True(await follow.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Expect.Patience));
        Assert.Equal(6UL, follow.ResponseStream.Current.Event.Number);
        await session.TellAsync(session.RunOf(order, "run-3"));
        Assert.True(await follow.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Expect.Patience));
        Assert.Equal((7UL, "run-3"), (follow.ResponseStream.Current.Event.Number, follow.ResponseStream.Current.Event.Run));
    }

    [Fact]
    public async Task An_order_with_tags_does_not_make_a_revision_complete()
    {
        await using var setting = await Setting.StartAsync();
        var (controller, ann) = (setting.Controller, setting.Ann);
        var push = ann.Push("site", 0, 0, Bundle, ["web1"]);
        push.Order = ann.Sign("order", new Order { Deployment = "site", Number = 1, Sequence = 1, Hosts = { "web1" }, Tags = { "deploy" } });
        await controller.Operators.PushAsync(push);
        using var session = await setting.Web1.ConnectAsync(controller);
        await session.TellAsync(session.RunOf(TestSession.OrderOf(await session.NextAssignmentAsync()), "run-1"));
        await session.NextAcknowledgementAsync();
        Assert.Equal(0UL, await CompleteAsync());

        await controller.Operators.PushAsync(ann.OrderOnly("site", 1, 1, 1, ["web1"]));
        await session.TellAsync(session.RunOf(TestSession.OrderOf(await session.NextAssignmentAsync()), "run-2"));
        await session.NextAcknowledgementAsync();
        Assert.Equal(1UL, await CompleteAsync());

        async Task<ulong> CompleteAsync() =>
            (await controller.Operators.GetDeploymentAsync(new GetDeploymentRequest { Deployment = "site", Hosts = { "web1" } })).Hosts.Single().Complete;
    }

    private sealed class Setting(TestController controller, TestHost web1, TestHost web2) : IAsyncDisposable
    {
        public TestController Controller => controller;

        public TestOperator Ann { get; } = new();

        public TestHost Web1 => web1;

        public TestHost Web2 => web2;

        public static async Task<Setting> StartAsync()
        {
            var controller = await TestController.StartAsync();
            await TestOperator.UploadAsync(controller.Operators, Bundle);
            return new Setting(controller, await TestHost.EnrolledAsync(controller, "web1"), await TestHost.EnrolledAsync(controller, "web2"));
        }

        public async ValueTask DisposeAsync()
        {
            Ann.Dispose();
            web1.Dispose();
            web2.Dispose();
            await controller.DisposeAsync();
        }
    }
}
