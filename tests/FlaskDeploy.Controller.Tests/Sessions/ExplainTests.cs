using FlaskDeploy.Controller.Tests.Harness;
using FlaskDeploy.V1;
using Grpc.Core;

namespace FlaskDeploy.Controller.Tests.Sessions;

public sealed class ExplainTests
{
    [Fact]
    public async Task A_question_goes_to_the_host_and_its_answer_comes_back()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var session = await host.ConnectAsync(controller);

        // By an address: an operator names hosts as the inventory does.
        var asking = controller.Operators.ExplainAsync(new ExplainRequest { Host = "web1.example", Deployment = "site", Task = "copy" });
        var question = await NextQuestionAsync(session);
        await session.SendAsync(new AgentMessage { Reply = new Reply { Id = question.Id + 7, Problem = "nobody asked this" } });
        await session.SendAsync(new AgentMessage { Reply = new Reply { Id = question.Id, Explanation = new Explanation { Deployments = { new DeploymentExplanation { Deployment = "site", Sequence = 3 } } } } });

        Assert.Equal(("site", "copy"), (question.Deployment, question.Task));
        var answer = await asking;
        Assert.Equal(("web1", 3UL), (answer.Host, answer.Explanation.Deployments[0].Sequence));
    }

    [Fact]
    public async Task What_the_agent_cannot_is_told_with_its_reason()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var session = await host.ConnectAsync(controller);

        var asking = controller.Operators.ExplainAsync(new ExplainRequest { Host = "web1" });
        var question = await NextQuestionAsync(session);
        await session.SendAsync(new AgentMessage { Reply = new Reply { Id = question.Id, Problem = "looking took longer than 20 s" } });

        var refusal = await Expect.RefusedAsync(async () => await asking);
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
        Assert.Contains("20 s", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_waits_for_a_host_that_is_not_there_or_goes()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");

        Assert.Equal(StatusCode.NotFound, (await Expect.RefusedAsync(async () => await controller.Operators.ExplainAsync(new ExplainRequest { Host = "web9" }))).StatusCode);
        Assert.Equal(StatusCode.Unavailable, (await Expect.RefusedAsync(async () => await controller.Operators.ExplainAsync(new ExplainRequest { Host = "web1" }))).StatusCode);
        using var session = await host.ConnectAsync(controller);
        var asking = controller.Operators.ExplainAsync(new ExplainRequest { Host = "web1" });
        await NextQuestionAsync(session);
        session.Dispose();

        Assert.Equal(StatusCode.Unavailable, (await Expect.RefusedAsync(async () => await asking)).StatusCode);
    }

    private static async Task<Question> NextQuestionAsync(TestSession session)
    {
        while (true)
        {
            if ((await session.NextAsync()).Question is { } question)
            {
                return question;
            }
        }
    }
}
