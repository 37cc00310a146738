using FlaskDeploy.Controller.Tests.Harness;
using FlaskDeploy.V1;
using Grpc.Core;

namespace FlaskDeploy.Controller.Tests;

/// <summary>The whole way: token, certificate, session, push, fetch, events, follow.</summary>
public sealed class JourneyTests
{
    private static readonly byte[] Bundle = "a compiled playbook"u8.ToArray();
    private static readonly byte[] File = "print('hello')"u8.ToArray();

    [Fact]
    public async Task A_push_reaches_the_host_and_its_events_reach_the_follower()
    {
        await using var controller = await TestController.StartAsync();
        using var ann = new TestOperator();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var session = await host.ConnectAsync(controller);
        await TestOperator.UploadAsync(controller.Operators, Bundle, File);

        var pushed = await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1"], File));
        using var follow = controller.Operators.Follow(new FollowRequest { Rollout = pushed.Rollout });
        var assignment = await session.NextAssignmentAsync();
        var order = TestSession.OrderOf(assignment);
        await session.AnswerAsync(order);
        var chunks = await FetchAsync(host, controller, Bundle, File);
        await session.TellAsync(session.RunOf(order, "run-1"));

        Assert.Equal((1UL, 1UL), (pushed.Sequence, pushed.Order));
        Assert.Equal((1UL, "site"), (order.Number, order.Deployment));
        Assert.Equal([Bundle, File], chunks);
        Assert.Equal(3UL, await session.NextAcknowledgementAsync());
        var updates = await AllAsync(follow);
        Assert.Equal(
            ["Waiting", "Offered", "Accepted", "RunStarted", "TaskFinished", "RunFinished", "Finished", "end"],
            updates.Select(Short));
        Assert.All(updates.Where(update => update.Event is not null), update => Assert.Equal("web1.example", update.Event.InventoryName));
        var run = Assert.Single((await controller.Operators.ListRunsAsync(new ListRunsRequest())).Runs);
        Assert.Equal(("run-1", true, RunResult.RunChanged, 1u), (run.Run, run.Finished, run.Result, run.Counts.Changed));
    }

    internal static string Short(RolloutUpdate update) => update.KindCase switch
    {
        RolloutUpdate.KindOneofCase.Event => update.Event.Event.KindCase.ToString(),
        RolloutUpdate.KindOneofCase.Progress => update.Progress.State.ToString(),
        _ => "end",
    };

    internal static async Task<List<RolloutUpdate>> AllAsync(AsyncServerStreamingCall<RolloutUpdate> follow)
    {
        var updates = new List<RolloutUpdate>();
        using var patience = new CancellationTokenSource(Expect.Patience);
        while (await follow.ResponseStream.MoveNext(patience.Token))
        {
            updates.Add(follow.ResponseStream.Current);
        }
        return updates;
    }

    internal static async Task<List<byte[]>> FetchAsync(TestHost host, TestController controller, params byte[][] blobs)
    {
        using var fetch = host.Client(controller).Fetch(new FetchRequest { Digests = { blobs.Select(TestOperator.Digest) } });
        var contents = new List<byte[]>();
        using var patience = new CancellationTokenSource(Expect.Patience);
        while (await fetch.ResponseStream.MoveNext(patience.Token))
        {
            contents.Add(fetch.ResponseStream.Current.Data.ToByteArray());
        }
        return contents;
    }
}
