using System.Net;
using System.Net.Sockets;
using FlaskDeploy.Grpc.Tests.Proto;
using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlaskDeploy.Grpc.Tests;

/// <summary>Kestrel on a unix socket of its own, with a channel to it. Both are gone after disposal.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly string _socket = Path.Combine(Path.GetTempPath(), $"fd-grpc-{Guid.NewGuid():N}.sock");
    private readonly List<Socket> _connections = [];
    private readonly WebApplication _app;
    private readonly List<GrpcChannel> _channels = [];

    private TestServer(
        Action<IServiceCollection>? services, Action<GrpcServiceOptions>? options, Action<WebApplication>? map, HttpProtocols protocols)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenUnixSocket(_socket, endpoint => endpoint.Protocols = protocols));
        builder.Services.AddGrpc(options ?? (_ => { }));
        builder.Services.AddSingleton(Behaviour);
        services?.Invoke(builder.Services);
        _app = builder.Build();
        (map ?? (app => app.MapGrpcService<EchoService>()))(_app);
    }

    public EchoBehaviour Behaviour { get; } = new();

    public Echo.EchoClient Client => field ??= new Echo.EchoClient(Channel());

    public static async Task<TestServer> StartAsync(
        Action<IServiceCollection>? services = null,
        Action<GrpcServiceOptions>? options = null,
        Action<WebApplication>? map = null,
        HttpProtocols protocols = HttpProtocols.Http2)
    {
        var server = new TestServer(services, options, map, protocols);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>A server that answers every request by hand.</summary>
    public static Task<TestServer> RawAsync(RequestDelegate answer) => StartAsync(map: app => app.Run(answer));

    public GrpcChannel Channel(Action<GrpcChannelOptions>? configure = null)
    {
        var options = new GrpcChannelOptions { HttpHandler = Handler(), DisposeHttpClient = true };
        configure?.Invoke(options);
        var channel = GrpcChannel.ForAddress("http://localhost", options);
        _channels.Add(channel);
        return channel;
    }

    public SocketsHttpHandler Handler() => new()
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancellationToken);
            _connections.Add(socket);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };

    public HttpClient Http() => new(Handler())
    {
        BaseAddress = new Uri("http://localhost"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Breaks every connection, as a pulled cable with a dead peer does.</summary>
    public void CutConnections()
    {
        foreach (Socket socket in _connections)
            socket.Close(timeout: 0);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (GrpcChannel channel in _channels)
            channel.Dispose();
        await _app.DisposeAsync();
        File.Delete(_socket);
    }
}
