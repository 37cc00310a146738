using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using FlaskDeploy.Grpc.Tests.Proto;
using Google.Protobuf;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FlaskDeploy.Grpc.Tests;

/// <summary>The server under clients that are not ours.</summary>
public sealed class RawRequestTests
{
    [Theory]
    [InlineData(new byte[] { }, "13")] // no message at all
    [InlineData(new byte[] { 0, 0, 0 }, "13")]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1 }, "13")]
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 255, 255 }, "13")]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, "13")]
    [InlineData(new byte[] { 2, 0, 0, 0, 0 }, "13")]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, "13")]
    [InlineData(new byte[] { 0, 255, 255, 255, 255 }, "8")]
    public async Task Answers_a_broken_request_with_a_status(byte[] body, string status)
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(status, StatusOf(response));
        Assert.Equal("alive", (await server.Client.SayAsync(new EchoRequest { Text = "alive" })).Text);
    }

    [Fact]
    public async Task Sends_the_status_of_a_successful_call_in_trailers()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, [0, 0, 0, 0, 0]);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(new byte[5], body);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType!.ToString());
        Assert.False(response.Headers.Contains("grpc-status"));
        Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
    }

    [Fact]
    public async Task Reads_a_request_compressed_with_gzip()
    {
        await using TestServer server = await TestServer.StartAsync();
        using var gzipped = new MemoryStream();
        using (var gzip = new GZipStream(gzipped, CompressionLevel.Fastest))
            gzip.Write(new EchoRequest { Text = "squeezed" }.ToByteArray());
        byte[] frame = [1, 0, 0, 0, 0, .. gzipped.ToArray()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - 5);
        using HttpResponseMessage response = await PostAsync(server, frame, ("grpc-encoding", "gzip"));
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal("squeezed", EchoReply.Parser.ParseFrom(body.AsSpan(5)).Text);
    }

    [Fact]
    public async Task Names_the_encodings_it_knows_when_it_does_not_know_one()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, [0, 0, 0, 0, 0], ("grpc-encoding", "zstd"));
        Assert.Equal("12", StatusOf(response));
        Assert.Equal("identity,gzip", Assert.Single(response.Headers.GetValues("grpc-accept-encoding")));
    }

    [Fact]
    public async Task Asks_an_old_http_client_to_upgrade()
    {
        await using TestServer server = await TestServer.StartAsync(protocols: HttpProtocols.Http1);
        using HttpClient http = server.Http();
        http.DefaultRequestVersion = HttpVersion.Version11;
        using HttpResponseMessage response = await PostAsync(http, HttpVersion.Version11, [0, 0, 0, 0, 0]);
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    [Fact]
    public async Task Takes_an_unreadable_timeout_for_none()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, [0, 0, 0, 0, 0], ("grpc-timeout", "soon"));
        Assert.Equal("0", StatusOf(response));
    }

    private static string StatusOf(HttpResponseMessage response) =>
        Assert.Single((response.Headers.Contains("grpc-status") ? response.Headers : response.TrailingHeaders).GetValues("grpc-status"));

    private static async Task<HttpResponseMessage> PostAsync(TestServer server, byte[] body, params (string Name, string Value)[] headers)
    {
        using HttpClient http = server.Http();
        return await PostAsync(http, HttpVersion.Version20, body, headers);
    }

    private static async Task<HttpResponseMessage> PostAsync(
        HttpClient http, Version version, byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/flaskdeploy.grpctests.Echo/Say")
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }
}
