using FlaskDeploy.Grpc.Tests.Proto;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace FlaskDeploy.Grpc.Tests;

public sealed class LimitTests
{
    private const int TenMiB = 10 * 1024 * 1024;

    [Fact]
    public async Task Refuses_a_request_over_the_servers_limit()
    {
        await using TestServer server = await TestServer.StartAsync(options: options => options.MaxReceiveMessageSize = 1000);
        await server.Client.SayAsync(Blob(900));
        await Outcome.FailsAsync(server.Client.SayAsync(Blob(1000)).ResponseAsync, StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task Limits_what_is_received_to_4_MiB_by_default()
    {
        await using TestServer server = await TestServer.StartAsync();
        await Outcome.FailsAsync(server.Client.SayAsync(Blob((4 * 1024 * 1024) + 1)).ResponseAsync, StatusCode.ResourceExhausted);
        server.Behaviour.Say = (_, _) => Task.FromResult(new EchoReply { Blob = ByteString.CopyFrom(new byte[(4 * 1024 * 1024) + 1]) });
        await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task Refuses_to_send_over_the_clients_limit_and_keeps_the_stream()
    {
        await using TestServer server = await TestServer.StartAsync();
        var client = new Echo.EchoClient(server.Channel(options => options.MaxSendMessageSize = 100));
        await Outcome.FailsAsync(client.SayAsync(Blob(200)).ResponseAsync, StatusCode.ResourceExhausted);
        using AsyncClientStreamingCall<EchoRequest, EchoReply> call = client.Collect();
        await Outcome.FailsAsync(call.RequestStream.WriteAsync(Blob(200)), StatusCode.ResourceExhausted);
        await call.RequestStream.WriteAsync(Blob(10));
        await call.RequestStream.CompleteAsync();
        Assert.Equal(1, (await call).Count);
    }

    [Fact]
    public async Task Refuses_to_send_over_the_servers_limit()
    {
        await using TestServer server = await TestServer.StartAsync(options: options => options.MaxSendMessageSize = 100);
        await Outcome.FailsAsync(server.Client.SayAsync(Blob(200)).ResponseAsync, StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task Carries_10_MiB_with_raised_limits()
    {
        await using TestServer server = await TestServer.StartAsync(options: options => options.MaxReceiveMessageSize = 2 * TenMiB);
        var client = new Echo.EchoClient(server.Channel(options => options.MaxReceiveMessageSize = null));
        EchoRequest request = Blob(TenMiB);
        EchoReply reply = await client.SayAsync(request);
        Assert.Equal(request.Blob, reply.Blob);
    }

    [Fact]
    public async Task Streams_more_than_any_body_limit()
    {
        await using TestServer server = await TestServer.StartAsync();
        long received = 0;
        server.Behaviour.Collect = async (requests, context) =>
        {
            while (await requests.MoveNext())
                received += requests.Current.Blob.Length;
            return new EchoReply();
        };
        using AsyncClientStreamingCall<EchoRequest, EchoReply> call = server.Client.Collect();
        EchoRequest chunk = Blob(1024 * 1024);
        for (int i = 0; i < 40; i++) // Kestrel's own limit is 30,000,000 bytes
            await call.RequestStream.WriteAsync(chunk);
        await call.RequestStream.CompleteAsync();
        await call;
        Assert.Equal(40L * 1024 * 1024, received);
    }

    [Fact]
    public async Task Lifts_the_data_rate_and_body_size_limits_of_streams_only()
    {
        var seen = new List<(bool RateLifted, long? BodySize)>();
        await using TestServer server = await TestServer.StartAsync(map: app =>
        {
            app.Use((http, next) =>
            {
                http.Features.Set<IHttpMinRequestBodyDataRateFeature>(new RecordedRate());
                return next(http);
            });
            app.MapGrpcService<EchoService>();
        });
        server.Behaviour.Talk = (_, _, context) => Observe(context, seen);
        server.Behaviour.Collect = async (_, context) =>
        {
            await Observe(context, seen);
            return new EchoReply();
        };
        server.Behaviour.Say = async (_, context) =>
        {
            await Observe(context, seen);
            return new EchoReply();
        };
        using (AsyncDuplexStreamingCall<EchoRequest, EchoReply> duplex = server.Client.Talk())
            Assert.False(await duplex.ResponseStream.MoveNext());
        using (AsyncClientStreamingCall<EchoRequest, EchoReply> collect = server.Client.Collect())
            await collect;
        await server.Client.SayAsync(new EchoRequest());
        Assert.Equal([(true, null), (true, null), (false, 30_000_000)], seen);
    }

    [Fact]
    public async Task Ignores_fields_of_tomorrow()
    {
        await using TestServer server = await TestServer.StartAsync();
        var ofTomorrow = new EchoRequestOfTomorrow { Text = "t", Colour = "new" };
        EchoReply reply = await server.Client.SayAsync(EchoRequest.Parser.ParseFrom(ofTomorrow.ToByteArray()));
        Assert.Equal("t", reply.Text);
    }

    private static Task Observe(ServerCallContext context, List<(bool, long?)> seen)
    {
        IFeatureCollection features = context.GetHttpContext().Features;
        seen.Add((
            ((RecordedRate)features.Get<IHttpMinRequestBodyDataRateFeature>()!).IsLifted,
            features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize));
        return Task.CompletedTask;
    }

    private static EchoRequest Blob(int size)
    {
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return new EchoRequest { Blob = ByteString.CopyFrom(bytes) };
    }

    private sealed class RecordedRate : IHttpMinRequestBodyDataRateFeature
    {
        public bool IsLifted { get; private set; }

        public MinDataRate? MinDataRate
        {
            get => null;
            set => IsLifted = value is null;
        }
    }
}
