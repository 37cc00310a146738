using FlaskDeploy.Grpc.Tests.Proto;
using Grpc.Core;

namespace FlaskDeploy.Grpc.Tests;

public sealed class CallKindTests
{
    [Fact]
    public async Task Answers_one_request_with_one_response()
    {
        await using TestServer server = await TestServer.StartAsync();
        EchoReply reply = await server.Client.SayAsync(new EchoRequest { Text = "hello", Count = 7 });
        Assert.Equal("hello", reply.Text);
        Assert.Equal(7, reply.Count);
    }

    [Fact]
    public async Task Answers_a_blocking_call()
    {
        await using TestServer server = await TestServer.StartAsync();
        EchoReply reply = await Task.Run(() => server.Client.Say(new EchoRequest { Text = "hello" }));
        Assert.Equal("hello", reply.Text);
    }

    [Fact]
    public async Task Carries_an_empty_message()
    {
        await using TestServer server = await TestServer.StartAsync();
        EchoReply reply = await server.Client.SayAsync(new EchoRequest());
        Assert.Equal(new EchoReply(), reply);
    }

    [Fact]
    public async Task Collects_a_stream_of_requests()
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncClientStreamingCall<EchoRequest, EchoReply> call = server.Client.Collect();
        foreach (string text in new[] { "a", "b", "c" })
            await call.RequestStream.WriteAsync(new EchoRequest { Text = text });
        await call.RequestStream.CompleteAsync();
        EchoReply reply = await call;
        Assert.Equal("abc", reply.Text);
        Assert.Equal(3, reply.Count);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Collects_an_empty_stream_of_requests()
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncClientStreamingCall<EchoRequest, EchoReply> call = server.Client.Collect();
        await call.RequestStream.CompleteAsync();
        Assert.Equal(0, (await call).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task Receives_a_stream_of_responses(int count)
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncServerStreamingCall<EchoReply> call = server.Client.Repeat(new EchoRequest { Text = "x", Count = count });
        var received = new List<int>();
        await foreach (EchoReply reply in call.ResponseStream.ReadAllAsync())
            received.Add(reply.Count);
        Assert.Equal(Enumerable.Range(0, count), received);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Plays_ping_pong_over_a_duplex_stream()
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        for (int i = 0; i < 50; i++)
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Text = $"ball {i}" });
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal($"ball {i}", call.ResponseStream.Current.Text);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Lets_the_server_speak_first_on_a_duplex_stream()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Talk = async (requests, replies, _) =>
        {
            await replies.WriteAsync(new EchoReply { Text = "welcome" });
            Assert.False(await requests.MoveNext());
        };
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal("welcome", call.ResponseStream.Current.Text);
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Keeps_responding_after_the_client_has_half_closed()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Talk = async (requests, replies, _) =>
        {
            int count = 0;
            while (await requests.MoveNext())
                count++;
            for (int i = 0; i < count; i++)
                await replies.WriteAsync(new EchoReply { Count = i });
        };
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        for (int i = 0; i < 3; i++)
            await call.RequestStream.WriteAsync(new EchoRequest());
        await call.RequestStream.CompleteAsync();
        List<EchoReply> replies = await call.ResponseStream.ReadAllAsync().ToListAsync();
        Assert.Equal([0, 1, 2], replies.Select(reply => reply.Count));
    }

    [Fact]
    public async Task Carries_many_calls_over_one_channel_at_once()
    {
        await using TestServer server = await TestServer.StartAsync();
        EchoReply[] replies = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => server.Client.SayAsync(new EchoRequest { Count = i }).ResponseAsync));
        Assert.Equal(Enumerable.Range(0, 200), replies.Select(reply => reply.Count));
    }
}
