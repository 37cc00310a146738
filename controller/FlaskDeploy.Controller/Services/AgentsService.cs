using FlaskDeploy.Controller.Rollouts;
using FlaskDeploy.Controller.Sessions;
using FlaskDeploy.Controller.Store;
using FlaskDeploy.Controller.Wire;
using FlaskDeploy.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Controller.Services;

/// <summary>Hosts with their certificates: their session, and the blobs that they may read.</summary>
internal sealed class AgentsService(SessionTools tools, SessionRegistry sessions, BlobStore blobs, CancellationToken stopping) : Agents.AgentsBase
{
    private const int ChunkSize = 256 * 1024;
    private const int MostDigests = 10_000;
    private static readonly TimeSpan HelloDeadline = TimeSpan.FromSeconds(20);

    public override async Task Session(IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<ControllerMessage> responseStream, ServerCallContext context)
    {
        var host = context.Caller().Name;
        if (await HelloAsync(requestStream, context.CancellationToken) is not { } hello)
        {
            throw Calls.Invalid("a session begins with Hello, which names a log");
        }
        using var session = new AgentSession(host, Replies.Read(hello), tools);
        if (!sessions.TryEnter(session))
        {
            // Full jitter over a minute, so that those who are sent away do not come back together.
            await responseStream.WriteAsync(new ControllerMessage
            {
                RetryLater = new RetryLater { Millis = (ulong)Random.Shared.Next(1_000, 60_000), Reason = "the controller holds as many sessions as it may (max_sessions)" },
            });
            return;
        }
        Sessions.Log.SessionBegan(tools.Logger, host, hello.Version);
        using var stop = stopping.Register(() => session.End(SessionEnd.Stopping));
        var reason = "the agent left";
        try
        {
            await session.RunAsync(requestStream, responseStream, context.CancellationToken);
        }
        catch (RpcException refusal)
        {
            reason = refusal.Status.Detail;
            throw;
        }
        catch (Exception cut) when (cut is OperationCanceledException or IOException)
        {
            // The line is gone and nobody reads a status any more.
            reason = "the connection was lost";
        }
        finally
        {
            if (sessions.Leave(session) && !stopping.IsCancellationRequested)
            {
                await tools.Rollouts.TellAllAsync(host, new ProgressInput.Disconnected(), tools.Time, CancellationToken.None);
                await tools.Hosts.SeenAsync(host, CancellationToken.None);
                tools.Changes.Fire();
            }
            Sessions.Log.SessionEnded(tools.Logger, host, reason);
        }
    }

    public override async Task Fetch(FetchRequest request, IServerStreamWriter<BlobChunk> responseStream, ServerCallContext context)
    {
        var host = context.Caller().Name;
        if (request.Digests.Count > MostDigests)
        {
            throw Calls.Invalid($"at most {MostDigests} digests are fetched at once");
        }
        var digests = request.Digests.Select(Calls.DigestOf).ToArray();
        // All are checked before the first byte: an agent gets what it asked for or an error, not a part of it.
        foreach (var digest in digests)
        {
            if (!tools.Deployments.MayRead(host, digest) || !blobs.Has(digest))
            {
                throw Calls.NotFound($"there is no blob {digest} that this host may read");
            }
        }
        var buffer = new byte[ChunkSize];
        foreach (var digest in digests)
        {
            await using var content = blobs.OpenRead(digest) ?? throw Calls.NotFound($"there is no blob {digest} that this host may read");
            var size = (ulong)content.Length;
            ulong sent = 0;
            do
            {
                var read = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.CancellationToken);
                if (read == 0 && size > 0)
                {
                    throw new RpcException(new Status(StatusCode.DataLoss, $"blob {digest} is cut off in the controller's store"));
                }
                sent += (ulong)read;
                await responseStream.WriteAsync(
                    new BlobChunk { Digest = ByteString.CopyFrom(digest.ToBytes()), Size = size, Data = ByteString.CopyFrom(buffer, 0, read) }, context.CancellationToken);
            }
            while (sent < size);
        }
    }

    private async Task<Hello?> HelloAsync(IAsyncStreamReader<AgentMessage> incoming, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(HelloDeadline, tools.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token, stopping);
        try
        {
            return await incoming.MoveNext(linked.Token) && incoming.Current is { KindCase: AgentMessage.KindOneofCase.Hello, Hello: { Log.Length: > 0 } hello } ? hello : null;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return null;
        }
    }
}
