using System.Buffers.Binary;
using System.IO.Compression;
using FlaskDeploy.Grpc.Tests.Proto;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace FlaskDeploy.Grpc.Tests;

/// <summary>Peers that are no gRPC servers, or bad ones.</summary>
public sealed class HttpMappingTests
{
    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    [InlineData(418, StatusCode.Unknown)]
    [InlineData(302, StatusCode.Unknown)]
    public async Task Maps_http_statuses(int http, StatusCode expected)
    {
        await using TestServer server = await TestServer.RawAsync(context =>
        {
            context.Response.StatusCode = http;
            return context.Response.WriteAsync("<html>a proxy speaks</html>");
        });
        RpcException e = await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, expected);
        Assert.Contains($"{http}", e.Status.Detail);
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> duplex = server.Client.Talk();
        await Outcome.FailsAsync(duplex.ResponseStream.MoveNext(), expected);
    }

    [Fact]
    public async Task Prefers_a_stated_status_to_the_http_one()
    {
        await using TestServer server = await TestServer.RawAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers["grpc-status"] = "8";
            context.Response.Headers["grpc-message"] = "full%20up %zz %4";
            return Task.CompletedTask;
        });
        RpcException e = await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.ResourceExhausted);
        Assert.Equal("full up %zz %4", e.Status.Detail);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/html")]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpcx")]
    public async Task Refuses_a_response_of_another_content_type(string? contentType)
    {
        await using TestServer server = await TestServer.RawAsync(context =>
        {
            context.Response.ContentType = contentType;
            return Task.CompletedTask;
        });
        RpcException e = await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.Unknown);
        Assert.Contains(contentType ?? "none", e.Status.Detail);
    }

    [Theory]
    [InlineData("0", StatusCode.Internal)] // OK, but a unary call needs a response
    [InlineData("5", StatusCode.NotFound)]
    [InlineData("99", StatusCode.Unknown)]
    [InlineData("x", StatusCode.Unknown)]
    public async Task Understands_trailers_only(string status, StatusCode expected)
    {
        await using TestServer server = await TestServer.RawAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = status;
            context.Response.Headers["extra"] = "kept";
            return Task.CompletedTask;
        });
        using AsyncUnaryCall<EchoReply> call = server.Client.SayAsync(new EchoRequest());
        RpcException e = await Outcome.FailsAsync(call.ResponseAsync, expected);
        Assert.Equal("kept", e.Trailers.GetValue("extra"));
        Assert.Equal("kept", (await call.ResponseHeadersAsync).GetValue("extra"));
    }

    [Fact]
    public async Task Fails_a_response_without_a_status()
    {
        await using TestServer server = await TestServer.RawAsync(context =>
        {
            context.Response.ContentType = "application/grpc+proto";
            return context.Response.Body.WriteAsync(Frame(new EchoReply { Text = "x" }.ToByteArray())).AsTask();
        });
        await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.Unknown);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0 }, StatusCode.Internal)] // cut in the frame's header
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1 }, StatusCode.Internal)] // cut in the message
    [InlineData(new byte[] { 7, 0, 0, 0, 0 }, StatusCode.Internal)] // a flag that does not exist
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, StatusCode.Internal)] // compressed, with no encoding stated
    [InlineData(new byte[] { 0, 255, 255, 255, 255 }, StatusCode.ResourceExhausted)] // 4 GiB claimed
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 255, 255 }, StatusCode.Internal)] // no protobuf
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, StatusCode.Internal)] // two responses to one request
    public async Task Fails_a_broken_response(byte[] body, StatusCode expected)
    {
        await using TestServer server = await TestServer.RawAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(body);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, expected);
    }

    [Fact]
    public async Task Reads_a_response_compressed_with_gzip()
    {
        string accepted = "";
        await using TestServer server = await TestServer.RawAsync(async context =>
        {
            accepted = context.Request.Headers["grpc-accept-encoding"].ToString();
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-encoding"] = "gzip";
            await context.Response.Body.WriteAsync(Frame(Gzip(new EchoReply { Text = new string('x', 10_000) }.ToByteArray()), compressed: true));
            context.Response.AppendTrailer("grpc-status", "0");
        });
        EchoReply reply = await server.Client.SayAsync(new EchoRequest());
        Assert.Equal(10_000, reply.Text.Length);
        Assert.Contains("gzip", accepted);
    }

    [Fact]
    public async Task Does_not_inflate_a_small_message_beyond_the_limit()
    {
        await using TestServer server = await TestServer.RawAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-encoding"] = "gzip";
            await context.Response.Body.WriteAsync(Frame(Gzip(new byte[5 * 1024 * 1024]), compressed: true));
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task Reads_a_message_that_arrives_byte_by_byte()
    {
        await using TestServer server = await TestServer.RawAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            foreach (byte b in Frame(new EchoReply { Text = "slow" }.ToByteArray()))
            {
                await context.Response.Body.WriteAsync(new[] { b });
                await context.Response.Body.FlushAsync();
            }

            context.Response.AppendTrailer("grpc-status", "0");
        });
        Assert.Equal("slow", (await server.Client.SayAsync(new EchoRequest())).Text);
    }

    [Theory]
    [InlineData(2, StatusCode.Internal)] // INTERNAL_ERROR
    [InlineData(7, StatusCode.Unavailable)] // REFUSED_STREAM
    [InlineData(8, StatusCode.Cancelled)] // CANCEL
    [InlineData(11, StatusCode.ResourceExhausted)] // ENHANCE_YOUR_CALM
    public async Task Maps_a_reset_of_the_stream(int errorCode, StatusCode expected)
    {
        await using TestServer server = await TestServer.RawAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(Frame(new EchoReply().ToByteArray()));
            context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResetFeature>()!.Reset(errorCode);
        });
        using AsyncServerStreamingCall<EchoReply> call = server.Client.Repeat(new EchoRequest());
        await Outcome.FailsAsync(DrainAsync(call.ResponseStream), expected);
    }

    private static async Task DrainAsync(IAsyncStreamReader<EchoReply> replies)
    {
        while (await replies.MoveNext())
            Assert.NotNull(replies.Current);
    }

    private static byte[] Frame(byte[] message, bool compressed = false)
    {
        byte[] frame = new byte[5 + message.Length];
        frame[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static byte[] Gzip(byte[] data)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
            gzip.Write(data);
        return target.ToArray();
    }
}
