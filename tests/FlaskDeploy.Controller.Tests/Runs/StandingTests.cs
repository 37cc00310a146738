using FlaskDeploy.Controller.Tests.Harness;
using FlaskDeploy.V1;

namespace FlaskDeploy.Controller.Tests.Runs;

/// <summary>What keeps an agent from correcting drift, as operators see it.</summary>
public sealed class StandingTests
{
    private static readonly byte[] Bundle = "bundle"u8.ToArray();
    private static readonly Standing Paused = new() { Paused = new Paused { Reason = "disk", By = "jane@desk" } };

    [Fact]
    public async Task Shows_how_a_deployment_stands_until_the_host_says_otherwise()
    {
        await using var controller = await TestController.StartAsync();
        using var ann = new TestOperator();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var session = await host.ConnectAsync(controller);
        var order = await PushedAsync(controller, ann, session);
        Assert.Null(await StandingAsync(controller));

        await session.TellAsync(session.Numbered(order, "", e => e.Standing = Paused));
        await session.NextAcknowledgementAsync();
        Assert.Equal(Paused, await StandingAsync(controller));

        await session.TellAsync(session.Numbered(order, "", e => e.Standing = new Standing()));
        await session.NextAcknowledgementAsync();
        Assert.Null(await StandingAsync(controller));
    }

    [Fact]
    public async Task A_host_that_lost_its_state_is_not_shown_as_paused()
    {
        await using var controller = await TestController.StartAsync();
        using var ann = new TestOperator();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using (var session = await host.ConnectAsync(controller))
        {
            var order = await PushedAsync(controller, ann, session);
            await session.TellAsync(session.Numbered(order, "", e => e.Standing = Paused));
            await session.NextAcknowledgementAsync();
        }
        using (await host.ConnectAsync(controller, "log-1", lastNumber: 4))
        {
            Assert.Equal(Paused, await StandingAsync(controller));
        }
        using (await host.ConnectAsync(controller, "log-2"))
        {
            Assert.Null(await StandingAsync(controller));
        }
    }

    [Fact]
    public async Task Lists_runs_that_corrected_drift_and_does_not_take_a_pause_for_the_last_run()
    {
        await using var controller = await TestController.StartAsync();
        using var ann = new TestOperator();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var session = await host.ConnectAsync(controller);
        var order = await PushedAsync(controller, ann, session);
        var own = new Order(order) { Number = 0 };
        await session.TellAsync(
            session.Numbered(own, "drifted", e => e.RunStarted = new RunStarted { Kind = RunKind.RunCorrect, Cause = "drift" }),
            session.Numbered(own, "drifted", e => e.TaskFinished = new TaskFinished { Task = "0/0", Name = "copy", Status = V1.TaskStatus.TaskChanged, Corrective = true }),
            session.Numbered(own, "drifted", e => e.RunFinished = new RunFinished { Result = RunResult.RunChanged, Corrected = { "0/0" } }),
            session.Numbered(own, "paused", e => e.RunStarted = new RunStarted { Kind = RunKind.RunCheck, Cause = "pause" }),
            session.Numbered(own, "paused", e => e.RunFinished = new RunFinished { Result = RunResult.RunUnchanged }));
        await session.NextAcknowledgementAsync();

        var runs = await controller.Operators.ListRunsAsync(new ListRunsRequest { CorrectionsOnly = true });
        Assert.Equal("drifted", Assert.Single(runs.Runs).Run);
        Assert.Equal("drifted", (await OnHostAsync(controller)).LastRun.Run);
        Assert.Equal(3, (await controller.Operators.ListRunsAsync(new ListRunsRequest())).Runs.Count);
    }

    private static async Task<Order> PushedAsync(TestController controller, TestOperator ann, TestSession session)
    {
        await TestOperator.UploadAsync(controller.Operators, Bundle);
        await controller.Operators.PushAsync(ann.Push("site", 0, 0, Bundle, ["web1"]));
        var order = TestSession.OrderOf(await session.NextAssignmentAsync());
        await session.TellAsync(session.RunOf(order, "pushed"));
        await session.NextAcknowledgementAsync();
        return order;
    }

    private static async Task<HostDeployment> OnHostAsync(TestController controller) =>
        (await controller.Operators.ListHostsAsync(new ListHostsRequest())).Hosts.Single().Deployments.Single();

    private static async Task<Standing?> StandingAsync(TestController controller) => (await OnHostAsync(controller)).Standing;
}
