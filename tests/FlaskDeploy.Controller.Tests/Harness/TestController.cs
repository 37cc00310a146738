using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.Controller.Configuration;
using FlaskDeploy.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace FlaskDeploy.Controller.Tests.Harness;

/// <summary>A real controller: Kestrel, TLS on loopback, a unix socket, its state in a folder of its own.</summary>
internal sealed class TestController : IAsyncDisposable
{
    private readonly List<IDisposable> _channels = [];
    private ControllerServer _server;

    private TestController(ControllerServer server, ControllerOptions options, string folder)
    {
        _server = server;
        Options = options;
        Folder = folder;
        Operators = new Operators.OperatorsClient(SocketChannel());
    }

    public ControllerOptions Options { get; }

    public string Folder { get; }

    public ControllerServer Server => _server;

    /// <summary>As root on the controller's machine.</summary>
    public Operators.OperatorsClient Operators { get; private set; }

    public static async Task<TestController> StartAsync(Func<ControllerOptions, ControllerOptions>? with = null)
    {
        var folder = Directory.CreateTempSubdirectory("fdc-").FullName;
        var options = new ControllerOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Addresses = ["127.0.0.1", "localhost"],
            State = Path.Combine(folder, "state"),
            Socket = Path.Combine(folder, "socket"),
            SocketUser = OwnUser(),
            Heartbeat = TimeSpan.FromSeconds(30),
        };
        options = with?.Invoke(options) ?? options;
        return new TestController(await ControllerServer.StartAsync(options, TimeProvider.System, _ => { }), options, folder);
    }

    /// <summary>Stops and starts again over the same state; the port may be another one.</summary>
    public async Task RestartAsync()
    {
        await _server.DisposeAsync();
        _server = await ControllerServer.StartAsync(Options, TimeProvider.System, _ => { });
        Operators = new Operators.OperatorsClient(SocketChannel());
    }

    public GrpcChannel SocketChannel() => Kept(GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { ConnectCallback = ConnectSocketAsync },
        DisposeHttpClient = true,
    }));

    /// <param name="certificate">Null: as a stranger.</param>
    public GrpcChannel TlsChannel(X509Certificate2? certificate = null)
    {
        var authority = X509CertificateLoader.LoadCertificate(_server.Authority.Der);
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = certificate is null ? null : [certificate],
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        return Kept(GrpcChannel.ForAddress($"https://127.0.0.1:{_server.Port}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true }));
    }

    public async Task<string> TokenAsync(uint uses = 1, IEnumerable<byte[]>? keys = null)
    {
        var request = new CreateTokenRequest { Uses = uses };
        request.OperatorKeys.AddRange((keys ?? []).Select(key => Google.Protobuf.ByteString.CopyFrom(key)));
        return (await Operators.CreateTokenAsync(request)).Secret;
    }

    public async ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        await _server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    public static uint OwnUser() => uint.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2], CultureInfo.InvariantCulture);

    private async ValueTask<Stream> ConnectSocketAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Options.Socket), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private GrpcChannel Kept(GrpcChannel channel)
    {
        _channels.Add(channel);
        return channel;
    }
}

internal static class Expect
{
    /// <summary>How long a test waits for what must come; never how long it takes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<Status> RefusedAsync(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call).WaitAsync(Patience)).Status;

    public static async Task RefusedAsync(StatusCode code, Func<Task> call)
    {
        var status = await RefusedAsync(call);
        Assert.True(status.StatusCode == code, $"expected {code}, was {status}");
    }
}
