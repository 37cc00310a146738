using FlaskDeploy.Grpc.Tests.Proto;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace FlaskDeploy.Grpc.Tests;

public sealed class MetadataTests
{
    [Fact]
    public async Task Carries_metadata_there_and_back()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        await using TestServer server = await TestServer.StartAsync();
        Metadata? seen = null;
        server.Behaviour.Say = async (_, context) =>
        {
            seen = context.RequestHeaders;
            await context.WriteResponseHeadersAsync(new Metadata { { "initial", "one" }, { "initial-bin", bytes } });
            context.ResponseTrailers.Add("trailing", "two");
            context.ResponseTrailers.Add("trailing-bin", bytes);
            return new EchoReply();
        };
        var headers = new Metadata { { "Ascii-Key", "value" }, { "twice", "1" }, { "twice", "2" }, { "some-bin", bytes }, { "empty-bin", [] } };
        using AsyncUnaryCall<EchoReply> call = server.Client.SayAsync(new EchoRequest(), headers);
        Metadata initial = await call.ResponseHeadersAsync;
        await call;
        Assert.Equal("value", seen!.GetValue("ascii-key"));
        Assert.Equal(["1", "2"], seen.GetAll("twice").SelectMany(entry => entry.Value.Split(',', StringSplitOptions.TrimEntries)));
        Assert.Equal(bytes, seen.GetValueBytes("some-bin")!);
        Assert.Equal([], seen.GetValueBytes("empty-bin")!);
        Assert.Null(seen.Get("te"));
        Assert.Null(seen.Get("grpc-accept-encoding"));
        Assert.Equal("one", initial.GetValue("initial"));
        Assert.Equal(bytes, initial.GetValueBytes("initial-bin")!);
        Assert.Equal("two", call.GetTrailers().GetValue("trailing"));
        Assert.Equal(bytes, call.GetTrailers().GetValueBytes("trailing-bin")!);
        Assert.Null(call.GetTrailers().Get("grpc-status"));
    }

    [Fact]
    public async Task Delivers_response_headers_before_the_first_message()
    {
        await using TestServer server = await TestServer.StartAsync();
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behaviour.Repeat = async (_, replies, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "ready", "yes" } });
            await go.Task;
            await replies.WriteAsync(new EchoReply());
        };
        using AsyncServerStreamingCall<EchoReply> call = server.Client.Repeat(new EchoRequest());
        Metadata headers = await call.ResponseHeadersAsync.WaitAsync(Outcome.Patience);
        Assert.Equal("yes", headers.GetValue("ready"));
        go.SetResult();
        Assert.True(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Accepts_padded_unpadded_and_joined_binary_values_and_passes_over_broken_ones()
    {
        await using TestServer server = await TestServer.RawAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "5";
            context.Response.Headers["a-bin"] = "AAE=, AAE,AQ";
            context.Response.Headers["b-bin"] = "*broken*";
            return Task.CompletedTask;
        });
        RpcException e = await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.NotFound);
        Assert.Equal([[0, 1], [0, 1], [1]], e.Trailers.GetAll("a-bin").Select(entry => entry.ValueBytes));
        Assert.Null(e.Trailers.Get("b-bin"));
    }

    [Fact]
    public async Task Does_not_let_metadata_replace_the_protocols_own_headers()
    {
        await using TestServer server = await TestServer.StartAsync();
        DateTime deadline = default;
        server.Behaviour.Say = (request, context) =>
        {
            deadline = context.Deadline;
            return Task.FromResult(new EchoReply());
        };
        await server.Client.SayAsync(new EchoRequest(), new Metadata { { "grpc-timeout", "1n" }, { "content-type", "text/plain" } });
        Assert.Equal(DateTime.MaxValue, deadline);
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("colon:")]
    [InlineData("ümlaut")]
    public void Refuses_invalid_keys(string key) => Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "x"));

    [Fact]
    public void Keeps_text_and_bytes_apart_by_their_keys()
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("text", [1]));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("bytes-bin", "text"));
        Assert.Throws<InvalidOperationException>(() => new Metadata.Entry("bytes-bin", [1]).Value);
        Assert.Equal("bytes"u8.ToArray(), new Metadata.Entry("text", "bytes").ValueBytes);
    }

    [Fact]
    public void Protects_the_shared_empty_metadata() =>
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("a", "b"));

    [Fact]
    public async Task Tells_the_server_who_and_what_is_called()
    {
        await using TestServer server = await TestServer.StartAsync();
        (string Method, string Host, string Peer, bool Authenticated, string Path, string? Agent) seen = default;
        server.Behaviour.Say = (_, context) =>
        {
            seen = (context.Method, context.Host, context.Peer, context.AuthContext.IsPeerAuthenticated,
                context.GetHttpContext().Request.Path.Value!, context.RequestHeaders.GetValue("user-agent"));
            return Task.FromResult(new EchoReply());
        };
        await server.Client.WithHost("controller.example:7443").SayAsync(new EchoRequest());
        Assert.Equal(("/flaskdeploy.grpctests.Echo/Say", "controller.example:7443", "unknown", false, "/flaskdeploy.grpctests.Echo/Say"),
            (seen.Method, seen.Host, seen.Peer, seen.Authenticated, seen.Path));
        Assert.StartsWith("grpc-", seen.Agent);
    }
}
