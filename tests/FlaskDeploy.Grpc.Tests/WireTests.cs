using Grpc.Core;
using Grpc.Core.Wire;

namespace FlaskDeploy.Grpc.Tests;

/// <summary>The wire's small languages, without a wire.</summary>
public sealed class WireTests
{
    [Theory]
    [InlineData(1, "1m")]
    [InlineData(15 * TimeSpan.TicksPerMillisecond, "15m")]
    [InlineData((15 * TimeSpan.TicksPerMillisecond) + 1, "16m")]
    [InlineData(99_999_999 * TimeSpan.TicksPerMillisecond, "99999999m")]
    [InlineData(100_000_000 * TimeSpan.TicksPerMillisecond, "100000S")]
    [InlineData(99_999_999 * TimeSpan.TicksPerSecond, "99999999S")]
    [InlineData((99_999_999 * TimeSpan.TicksPerSecond) + 1, "1666667M")]
    public void Writes_timeouts_in_the_finest_unit_that_fits(long ticks, string expected)
    {
        Assert.Equal(expected, TimeoutCodec.Encode(TimeSpan.FromTicks(ticks)));
        Assert.True(TimeoutCodec.Decode(expected)!.Value.Ticks >= ticks, "a peer must not give up first");
    }

    [Theory]
    [InlineData("1n", 1)]
    [InlineData("1u", TimeSpan.TicksPerMicrosecond)]
    [InlineData("82m", 82 * TimeSpan.TicksPerMillisecond)]
    [InlineData("0S", 0)]
    [InlineData("2M", 2 * TimeSpan.TicksPerMinute)]
    [InlineData("3H", 3 * TimeSpan.TicksPerHour)]
    public void Reads_timeouts(string value, long ticks) => Assert.Equal(ticks, TimeoutCodec.Decode(value)!.Value.Ticks);

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("5")]
    [InlineData("5x")]
    [InlineData("-5S")]
    [InlineData(" 5S")]
    [InlineData("123456789S")]
    public void Takes_nothing_else_for_a_timeout(string value) => Assert.Null(TimeoutCodec.Decode(value));

    [Fact]
    public void Bounds_a_timeout_that_eight_digits_cannot_hold()
    {
        Assert.Equal("99999999H", TimeoutCodec.Encode(TimeSpan.MaxValue));
        Assert.Equal(99_999_999, TimeoutCodec.Decode("99999999H")!.Value.TotalHours);
    }

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("50%", "50%25")]
    [InlineData("ü\n", "%C3%BC%0A")]
    [InlineData("\u007f", "%7F")]
    public void Encodes_status_messages(string text, string encoded)
    {
        Assert.Equal(encoded, PercentEncoding.Encode(text));
        Assert.Equal(text, PercentEncoding.Decode(encoded));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%GG", "%GG")]
    [InlineData("100% sure", "100% sure")]
    [InlineData("%FF", "\ufffd")]
    public void Decodes_whatever_comes(string encoded, string text) => Assert.Equal(text, PercentEncoding.Decode(encoded));

    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("application/grpc;charset=utf-8", true)]
    [InlineData("Application/GRPC", true)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/json", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Knows_its_content_type(string? contentType, bool expected) =>
        Assert.Equal(expected, HeaderNames.IsGrpcContentType(contentType));

    [Fact]
    public async Task Resumes_a_read_that_was_cancelled_in_mid_message()
    {
        var body = new StutteringStream([[0, 0], [], [0, 0, 3, 1], [], [2, 3]]);
        var reader = new MessageReader(body, encoding: null, maxSize: null);
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await reader.ReadAsync(CancellationToken.None));
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await reader.ReadAsync(CancellationToken.None));
        IncomingMessage? message = await reader.ReadAsync(CancellationToken.None);
        Assert.Equal([1, 2, 3], message!.PayloadAsNewBuffer());
        Assert.Null(await reader.ReadAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Takes_no_memory_for_a_length_that_is_only_claimed()
    {
        var body = new StutteringStream([[0, 0x7f, 0xff, 0xff, 0xc0], [1]]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RpcException e = await Assert.ThrowsAsync<RpcException>(
            async () => await new MessageReader(body, encoding: null, maxSize: null).ReadAsync(CancellationToken.None));
        Assert.Equal(StatusCode.Internal, e.StatusCode);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    [Fact]
    public void Frames_what_a_simple_marshaller_gives()
    {
        ReadOnlyMemory<byte> frame = OutgoingMessage.Frame("abc", Marshallers.StringMarshaller, maxSize: 3);
        Assert.Equal([0, 0, 0, 0, 3, (byte)'a', (byte)'b', (byte)'c'], frame.ToArray());
        Assert.Equal(
            StatusCode.ResourceExhausted,
            Assert.Throws<RpcException>(() => OutgoingMessage.Frame("abcd", Marshallers.StringMarshaller, maxSize: 3)).StatusCode);
    }

    [Fact]
    public void Reports_a_marshaller_that_throws_as_internal()
    {
        Marshaller<string> broken = Marshallers.Create<string>(
            (Func<string, byte[]>)(_ => throw new InvalidTimeZoneException("no")), _ => throw new InvalidTimeZoneException("no"));
        Assert.Equal(StatusCode.Internal, Assert.Throws<RpcException>(() => OutgoingMessage.Frame("x", broken, maxSize: null)).StatusCode);
        Assert.Equal(
            StatusCode.Internal, Assert.Throws<RpcException>(() => new IncomingMessage(new byte[1]).Deserialize(broken)).StatusCode);
    }

    [Fact]
    public void Gives_clients_without_a_channel_a_clear_error()
    {
        var client = new DoubleClient();
        NotSupportedException e = Assert.Throws<NotSupportedException>(() => client.SayAsync(new Proto.EchoRequest()));
        Assert.Contains("/flaskdeploy.grpctests.Echo/Say", e.Message);
    }

    [Fact]
    public void Defines_a_service_with_every_method_it_has()
    {
        var names = new NamesBinder();
        Proto.Echo.BindService(new EchoService(new EchoBehaviour())).BindService(names);
        Assert.Equal(["Say", "Collect", "Repeat", "Talk", "NotOverridden"], names.Seen);
    }

    private sealed class NamesBinder : ServiceBinderBase
    {
        public List<string> Seen { get; } = [];

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) => Seen.Add(method.Name);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => Seen.Add(method.Name);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => Seen.Add(method.Name);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => Seen.Add(method.Name);
    }

    private sealed class DoubleClient : Proto.Echo.EchoClient;

    /// <summary>Gives one piece per read; an empty one is a read that is cancelled.</summary>
    private sealed class StutteringStream(byte[][] pieces) : MemoryStream
    {
        private int _next;
        private int _offset;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_next == pieces.Length)
                return ValueTask.FromResult(0);
            byte[] piece = pieces[_next];
            if (piece.Length == 0)
            {
                _next++;
                throw new OperationCanceledException();
            }

            int count = Math.Min(buffer.Length, piece.Length - _offset);
            piece.AsSpan(_offset, count).CopyTo(buffer.Span);
            _offset += count;
            if (_offset == piece.Length)
                (_next, _offset) = (_next + 1, 0);
            return ValueTask.FromResult(count);
        }
    }
}
