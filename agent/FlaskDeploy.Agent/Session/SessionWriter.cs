using FlaskDeploy.Agent.Wire;
using FlaskDeploy.V1;
using Grpc.Core;

namespace FlaskDeploy.Agent.Session;

/// <summary>The sending side of a session: events as they come, heartbeats in between. Writes are one at a time.</summary>
internal sealed class SessionWriter(
    IClientStreamWriter<AgentMessage> stream, EventLog events, ulong acknowledged, TimeSpan heartbeat, int eventsPerBatch, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private ulong _echo;
    private ulong _number;

    /// <summary>The number of the controller's last heartbeat goes back with ours.</summary>
    public void Echo(ulong number) => _echo = number;

    public Task Reply(Reply reply, CancellationToken cancellation) => Write(new AgentMessage { Reply = reply }, cancellation);

    public Task Answer(AssignmentAnswer answer, CancellationToken cancellation) => Write(new AgentMessage { Answer = answer }, cancellation);

    /// <summary>Until cancelled or the line is cut.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var telling = SendEvents(ending.Token);
        var beating = SendHeartbeats(ending.Token);
        // Neither goes on without the other: the session is to notice.
        var first = await Task.WhenAny(telling, beating);
        await ending.CancelAsync();
        await Task.WhenAll(telling, beating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    public void Dispose() => _turn.Dispose();

    private async Task SendEvents(CancellationToken cancellation)
    {
        var sent = acknowledged;
        while (true)
        {
            var batch = events.After(sent, eventsPerBatch);
            if (batch.Count == 0)
            {
                await events.WaitForMore(cancellation);
                continue;
            }
            await Write(new AgentMessage { Events = new EventBatch { Log = events.Id, Events = { batch } } }, cancellation);
            sent = batch[^1].Number;
        }
    }

    private async Task SendHeartbeats(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(heartbeat, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            await Write(new AgentMessage { Heartbeat = new Heartbeat { Number = ++_number, Echo = _echo } }, cancellation);
        }
    }

    private async Task Write(AgentMessage message, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await stream.WriteAsync(message, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }
}
