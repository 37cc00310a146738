using FlaskDeploy.Grpc.Tests.Proto;
using Grpc.Core;

namespace FlaskDeploy.Grpc.Tests;

/// <summary>What a test's service does; each method can be given another body.</summary>
public sealed class EchoBehaviour
{
    public Func<EchoRequest, ServerCallContext, Task<EchoReply>> Say { get; set; } =
        (request, _) => Task.FromResult(new EchoReply { Text = request.Text, Count = request.Count, Blob = request.Blob });

    public Func<IAsyncStreamReader<EchoRequest>, ServerCallContext, Task<EchoReply>> Collect { get; set; } =
        async (requests, context) =>
        {
            var reply = new EchoReply();
            await foreach (EchoRequest request in requests.ReadAllAsync(context.CancellationToken))
            {
                reply.Text += request.Text;
                reply.Count++;
            }

            return reply;
        };

    public Func<EchoRequest, IServerStreamWriter<EchoReply>, ServerCallContext, Task> Repeat { get; set; } =
        async (request, replies, _) =>
        {
            for (int i = 0; i < request.Count; i++)
                await replies.WriteAsync(new EchoReply { Text = request.Text, Count = i });
        };

    public Func<IAsyncStreamReader<EchoRequest>, IServerStreamWriter<EchoReply>, ServerCallContext, Task> Talk { get; set; } =
        async (requests, replies, context) =>
        {
            await foreach (EchoRequest request in requests.ReadAllAsync(context.CancellationToken))
                await replies.WriteAsync(new EchoReply { Text = request.Text });
        };
}

public sealed class EchoService(EchoBehaviour behaviour) : Echo.EchoBase
{
    public override Task<EchoReply> Say(EchoRequest request, ServerCallContext context) => behaviour.Say(request, context);

    public override Task<EchoReply> Collect(IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context) =>
        behaviour.Collect(requestStream, context);

    public override Task Repeat(EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context) =>
        behaviour.Repeat(request, responseStream, context);

    public override Task Talk(
        IAsyncStreamReader<EchoRequest> requestStream, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context) =>
        behaviour.Talk(requestStream, responseStream, context);
}
