using FlaskDeploy.Grpc.Tests.Proto;
using Grpc.Core;
using Grpc.Net.Client;

namespace FlaskDeploy.Grpc.Tests;

/// <summary>Deadlines, cancellation from either side, and connections that break.</summary>
public sealed class EndingTests
{
    // Enough for a call to get under way on a loaded machine, short enough to wait for.
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(1.5);

    private static DateTime In(TimeSpan time) => (TimeProvider.System.GetUtcNow() + time).UtcDateTime;

    [Fact]
    public async Task Ends_both_sides_at_the_deadline()
    {
        await using TestServer server = await TestServer.StartAsync();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        DateTime seen = default;
        server.Behaviour.Say = async (_, context) =>
        {
            seen = context.Deadline;
            await Outcome.CancelledAsync(context.CancellationToken);
            cancelled.SetResult();
            return new EchoReply();
        };
        DateTime deadline = In(SoonEnough);
        await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest(), deadline: deadline).ResponseAsync, StatusCode.DeadlineExceeded);
        await cancelled.Task.WaitAsync(Outcome.Patience);
        Assert.Equal(deadline, seen, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Ends_a_duplex_stream_at_the_deadline()
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk(deadline: In(SoonEnough));
        await call.RequestStream.WriteAsync(new EchoRequest { Text = "in time" });
        Assert.True(await call.ResponseStream.MoveNext());
        await Outcome.FailsAsync(call.ResponseStream.MoveNext(), StatusCode.DeadlineExceeded);
        await Outcome.FailsAsync(call.RequestStream.WriteAsync(new EchoRequest()), StatusCode.DeadlineExceeded);
        Assert.Equal(StatusCode.DeadlineExceeded, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Sends_nothing_when_the_deadline_has_passed()
    {
        await using TestServer server = await TestServer.StartAsync();
        bool called = false;
        server.Behaviour.Say = (_, _) =>
        {
            called = true;
            return Task.FromResult(new EchoReply());
        };
        await Outcome.FailsAsync(
            server.Client.SayAsync(new EchoRequest(), deadline: In(TimeSpan.FromSeconds(-1))).ResponseAsync, StatusCode.DeadlineExceeded);
        await server.Client.RepeatAsyncToEnd();
        Assert.False(called);
    }

    [Fact]
    public async Task Reports_the_deadline_from_the_server_when_the_client_keeps_no_clock()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Say = async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new EchoReply();
        };
        using HttpClient http = server.Http();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/flaskdeploy.grpctests.Echo/Say")
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[5]),
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        request.Headers.TryAddWithoutValidation("grpc-timeout", "50m");
        using HttpResponseMessage response = await http.SendAsync(request);
        Assert.Equal("4", Assert.Single(response.Headers.GetValues("grpc-status")));
    }

    [Fact]
    public async Task Refuses_a_deadline_that_is_not_in_utc()
    {
        await using TestServer server = await TestServer.StartAsync();
        Assert.Throws<InvalidOperationException>(
            () => server.Client.SayAsync(new EchoRequest(), deadline: new DateTime(2999, 1, 1, 0, 0, 0, DateTimeKind.Local)));
    }

    [Fact]
    public async Task Cancels_the_handler_when_the_caller_cancels()
    {
        await using TestServer server = await TestServer.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behaviour.Say = async (_, context) =>
        {
            started.SetResult();
            await Outcome.CancelledAsync(context.CancellationToken);
            cancelled.SetResult();
            return new EchoReply();
        };
        using var cancel = new CancellationTokenSource();
        using AsyncUnaryCall<EchoReply> call = server.Client.SayAsync(new EchoRequest(), cancellationToken: cancel.Token);
        await started.Task.WaitAsync(Outcome.Patience);
        await cancel.CancelAsync();
        await Outcome.FailsAsync(call.ResponseAsync, StatusCode.Cancelled);
        await cancelled.Task.WaitAsync(Outcome.Patience);
    }

    [Fact]
    public async Task Cancels_the_handler_when_the_call_is_disposed()
    {
        await using TestServer server = await TestServer.StartAsync();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behaviour.Talk = async (_, replies, context) =>
        {
            await replies.WriteAsync(new EchoReply());
            await Outcome.CancelledAsync(context.CancellationToken);
            cancelled.SetResult();
        };
        AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        Assert.True(await call.ResponseStream.MoveNext());
        call.Dispose();
        await cancelled.Task.WaitAsync(Outcome.Patience);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
        await Outcome.FailsAsync(call.ResponseStream.MoveNext(), StatusCode.Cancelled);
    }

    [Fact]
    public async Task Wakes_a_handler_that_reads_when_the_client_resets()
    {
        await using TestServer server = await TestServer.StartAsync();
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behaviour.Talk = async (requests, replies, _) =>
        {
            await replies.WriteAsync(new EchoReply());
            ended.SetResult(await Record.ExceptionAsync(() => requests.MoveNext()));
        };
        AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        Assert.True(await call.ResponseStream.MoveNext());
        call.Dispose();
        Exception? exception = await ended.Task.WaitAsync(Outcome.Patience);
        Assert.True(exception is OperationCanceledException or IOException, $"{exception}");
    }

    [Fact]
    public async Task Cancels_the_call_through_a_read()
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        using var cancel = new CancellationTokenSource();
        Task<bool> read = call.ResponseStream.MoveNext(cancel.Token);
        await cancel.CancelAsync();
        await Outcome.FailsAsync(read, StatusCode.Cancelled);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Starts_nothing_with_a_cancelled_token()
    {
        await using TestServer server = await TestServer.StartAsync();
        await Outcome.FailsAsync(
            server.Client.SayAsync(new EchoRequest(), cancellationToken: new CancellationToken(canceled: true)).ResponseAsync,
            StatusCode.Cancelled);
    }

    [Fact]
    public async Task Loses_nothing_on_the_server_when_a_wait_for_a_request_is_cancelled()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Talk = async (requests, replies, _) =>
        {
            using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => requests.MoveNext(impatient.Token));
            await replies.WriteAsync(new EchoReply { Text = "send now" });
            Assert.True(await requests.MoveNext());
            await replies.WriteAsync(new EchoReply { Text = requests.Current.Text });
        };
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        Assert.True(await call.ResponseStream.MoveNext());
        await call.RequestStream.WriteAsync(new EchoRequest { Text = "whole" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal("whole", call.ResponseStream.Current.Text);
    }

    [Fact]
    public async Task Reports_a_connection_cut_in_mid_stream_as_unavailable()
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        await call.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await call.ResponseStream.MoveNext());
        Task<bool> read = call.ResponseStream.MoveNext();
        server.CutConnections();
        await Outcome.FailsAsync(read, StatusCode.Unavailable);
        await Outcome.FailsAsync(call.RequestStream.WriteAsync(new EchoRequest()), StatusCode.Unavailable);
        // The channel connects anew by itself.
        Assert.Equal("again", (await server.Client.SayAsync(new EchoRequest { Text = "again" })).Text);
    }

    [Fact]
    public async Task Reports_a_connection_cut_before_the_response_as_unavailable()
    {
        await using TestServer server = await TestServer.StartAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behaviour.Say = async (_, context) =>
        {
            started.SetResult();
            await Outcome.CancelledAsync(context.CancellationToken);
            return new EchoReply();
        };
        using AsyncUnaryCall<EchoReply> call = server.Client.SayAsync(new EchoRequest());
        await started.Task.WaitAsync(Outcome.Patience);
        server.CutConnections();
        await Outcome.FailsAsync(call.ResponseAsync, StatusCode.Unavailable);
    }

    [Fact]
    public async Task Reports_a_server_that_is_not_there_as_unavailable()
    {
        using GrpcChannel channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        var client = new Echo.EchoClient(channel);
        RpcException e = await Outcome.FailsAsync(client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.Unavailable);
        Assert.Contains("127.0.0.1:1", e.Status.Detail);
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> duplex = client.Talk();
        await Outcome.FailsAsync(duplex.RequestStream.WriteAsync(new EchoRequest()), StatusCode.Unavailable);
        await Outcome.FailsAsync(duplex.ResponseStream.MoveNext(), StatusCode.Unavailable);
        await Outcome.FailsAsync(duplex.ResponseHeadersAsync, StatusCode.Unavailable);
    }

    [Fact]
    public async Task Cancels_running_calls_when_the_channel_is_disposed()
    {
        await using TestServer server = await TestServer.StartAsync();
        GrpcChannel channel = server.Channel();
        var client = new Echo.EchoClient(channel);
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = client.Talk();
        Task<bool> read = call.ResponseStream.MoveNext();
        channel.Dispose();
        await Outcome.FailsAsync(read, StatusCode.Cancelled);
        Assert.Throws<ObjectDisposedException>(() => client.SayAsync(new EchoRequest()));
    }

    [Fact]
    public async Task Tells_a_writer_that_the_server_has_ended_a_duplex_stream()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Talk = (_, _, _) => throw new RpcException(new Status(StatusCode.PermissionDenied, "not you"));
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        RpcException e = await Outcome.FailsAsync(call.ResponseStream.MoveNext(), StatusCode.PermissionDenied);
        Assert.Equal("not you", e.Status.Detail);
        await Outcome.FailsAsync(call.RequestStream.WriteAsync(new EchoRequest()), StatusCode.PermissionDenied);
        await call.RequestStream.CompleteAsync();
    }

    [Fact]
    public async Task Keeps_the_servers_status_for_the_reader_when_a_write_finds_the_stream_closed()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Talk = async (_, replies, _) =>
        {
            await replies.WriteAsync(new EchoReply { Text = "last words" });
            throw new RpcException(new Status(StatusCode.Unauthenticated, "expired"));
        };
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        await Assert.ThrowsAsync<RpcException>(() => WriteUntilItFailsAsync(call.RequestStream).WaitAsync(Outcome.Patience));
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal("last words", call.ResponseStream.Current.Text);
        RpcException e = await Outcome.FailsAsync(call.ResponseStream.MoveNext(), StatusCode.Unauthenticated);
        Assert.Equal("expired", e.Status.Detail);
    }

    [Fact]
    public async Task Allows_one_read_and_one_write_at_a_time()
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        Task<bool> read = call.ResponseStream.MoveNext();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.ResponseStream.MoveNext());
        await call.RequestStream.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new EchoRequest()));
        Assert.False(await read);
    }

    private static async Task WriteUntilItFailsAsync(IClientStreamWriter<EchoRequest> requests)
    {
        while (true)
            await requests.WriteAsync(new EchoRequest { Text = "still here" });
    }
}

file static class EchoClientExtensions
{
    /// <summary>A call that proves that the connection works and everything sent before it has been handled.</summary>
    public static async Task RepeatAsyncToEnd(this Echo.EchoClient client)
    {
        using AsyncServerStreamingCall<EchoReply> call = client.Repeat(new EchoRequest { Count = 1 });
        while (await call.ResponseStream.MoveNext())
            Assert.NotNull(call.ResponseStream.Current);
    }
}
