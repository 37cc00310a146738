using FlaskDeploy.Controller.Sessions;
using FlaskDeploy.Controller.Store;
using FlaskDeploy.Controller.Tests.Harness;
using FlaskDeploy.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlaskDeploy.Controller.Tests.Sessions;

public sealed class SlowAgentTests
{
    [Fact]
    public async Task An_agent_that_does_not_read_is_dropped_and_costs_no_memory()
    {
        using var folder = new TempFolder();
        await using var database = Database.Open(folder["db"]);
        var tools = new SessionTools(
            new HostStore(database, TimeProvider.System), new DeploymentStore(database, TimeProvider.System), new EventStore(database, TimeProvider.System),
            new RolloutStore(database), new Pulse(), TimeProvider.System, TimeSpan.FromMinutes(5), "0", NullLogger<AgentSession>.Instance);
        using var session = new AgentSession("web1", new Greeting("", new AgentAbilities(1, 1, [], [], [], []), "log", 0, "", "", [], []), tools);
        var writer = new StuckWriter();

        var refused = await Assert.ThrowsAsync<RpcException>(() => session.RunAsync(new TalkativeReader(), writer, CancellationToken.None)).WaitAsync(Expect.Patience);

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(2, writer.Writes);
    }

    // Takes the Welcome and nothing after it.
    private sealed class StuckWriter : IServerStreamWriter<ControllerMessage>
    {
        public int Writes { get; private set; }

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(ControllerMessage message) => WriteAsync(message, CancellationToken.None);

        public Task WriteAsync(ControllerMessage message, CancellationToken cancellationToken) =>
            ++Writes == 1 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancellationToken);
    }

    // Each of its batches is answered by an acknowledgement.
    private sealed class TalkativeReader : IAsyncStreamReader<AgentMessage>
    {
        public AgentMessage Current { get; } = new() { Events = new EventBatch { Log = "log" } };

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            return true;
        }
    }
}
