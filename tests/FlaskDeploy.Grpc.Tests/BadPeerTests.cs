using System.Net;
using System.Net.Sockets;
using FlaskDeploy.Grpc.Tests.Proto;
using Grpc.Core;
using Grpc.Net.Client;

namespace FlaskDeploy.Grpc.Tests;

/// <summary>Peers that fall silent, say goodbye, never answer or speak something else.</summary>
public sealed class BadPeerTests
{
    [Fact]
    public async Task Reports_a_peer_that_answers_no_pings_as_unavailable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{listener.LocalEndpoint}", new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                // The shortest that the handler takes.
                KeepAlivePingDelay = TimeSpan.FromSeconds(1),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(1),
            },
        });
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = new Echo.EchoClient(channel).Talk();
        using TcpClient peer = await listener.AcceptTcpClientAsync();
        await peer.GetStream().WriteAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 }); // SETTINGS, then silence
        await Outcome.FailsAsync(call.ResponseStream.MoveNext(), StatusCode.Unavailable);
    }

    [Fact]
    public async Task Reports_a_peer_that_says_goodbye_as_unavailable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{listener.LocalEndpoint}");
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = new Echo.EchoClient(channel).Talk();
        using TcpClient peer = await listener.AcceptTcpClientAsync();
        await peer.GetStream().WriteAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 });
        // GOAWAY with NO_ERROR that covers stream 1, then the end of the connection.
        await peer.GetStream().WriteAsync(new byte[] { 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 });
        peer.Client.Shutdown(SocketShutdown.Send);
        await Outcome.FailsAsync(call.ResponseStream.MoveNext(), StatusCode.Unavailable);
    }

    [Fact]
    public async Task Reports_a_connection_that_takes_too_long_as_unavailable()
    {
        using GrpcChannel channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromMilliseconds(50),
                ConnectCallback = async (_, cancellationToken) =>
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    return Stream.Null;
                },
            },
        });
        await Outcome.FailsAsync(new Echo.EchoClient(channel).SayAsync(new EchoRequest()).ResponseAsync, StatusCode.Unavailable);
    }

    [Fact]
    public async Task Reports_a_peer_that_speaks_another_protocol_as_unavailable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{listener.LocalEndpoint}");
        using AsyncUnaryCall<EchoReply> call = new Echo.EchoClient(channel).SayAsync(new EchoRequest());
        using TcpClient peer = await listener.AcceptTcpClientAsync();
        await peer.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        await Outcome.FailsAsync(call.ResponseAsync, StatusCode.Unavailable);
    }
}
