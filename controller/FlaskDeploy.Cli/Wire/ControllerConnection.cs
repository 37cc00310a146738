using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.Protocol;
using Grpc.Net.Client;

namespace FlaskDeploy.Cli.Wire;

/// <summary>Where the controller is, and as who it is spoken to.</summary>
/// <param name="Socket">The unix socket of the controller on this machine: root, no further identity.</param>
/// <param name="Controller">HOST or HOST:PORT of a controller elsewhere; needs <paramref name="Identity"/>.</param>
/// <param name="Identity">Directory with cert.pem, key.pem and ca.pem, as <c>operator issue</c> writes it.</param>
internal sealed record ControllerAddress(string Socket, string? Controller, string? Identity)
{
    public const string DefaultSocket = "/run/flaskdeploy/controller.sock";

    public const int DefaultPort = 7443;

    public override string ToString() => Controller ?? $"unix socket {Socket}";
}

/// <summary>A channel to the controller's operators' service.</summary>
internal sealed class ControllerConnection : IDisposable
{
    private readonly GrpcChannel _channel;

    private ControllerConnection(GrpcChannel channel)
    {
        _channel = channel;
        Operators = new V1.Operators.OperatorsClient(channel);
    }

    public V1.Operators.OperatorsClient Operators { get; }

    /// <summary>Connects with the first call, not here. A problem is about the identity's files.</summary>
    public static Decoded<ControllerConnection> Open(ControllerAddress address) =>
        address.Controller is null ? Decoded<ControllerConnection>.Good(OverSocket(address.Socket)) : OverTls(address);

    public void Dispose() => _channel.Dispose();

    private static ControllerConnection OverSocket(string path)
    {
        var handler = new SocketsHttpHandler
        {
            // The environment's proxies are for the web, not for a socket in /run.
            UseProxy = false,
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        return new(GrpcChannel.ForAddress("http://localhost", Options(handler)));
    }

    private static Decoded<ControllerConnection> OverTls(ControllerAddress address)
    {
        if (address.Identity is not { } directory)
        {
            return Decoded<ControllerConnection>.Bad("--controller needs --identity DIR with cert.pem, key.pem and ca.pem; 'flaskdeploy operator issue NAME' on the controller's machine makes it");
        }
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(directory, "cert.pem"), Path.Combine(directory, "key.pem"));
            var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, "ca.pem"));
            var uri = new Uri($"https://{address.Controller}");
            if (!HasPort(address.Controller!))
            {
                uri = new UriBuilder(uri) { Port = ControllerAddress.DefaultPort }.Uri;
            }
            var handler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    ClientCertificates = [certificate],
                    // Only the controller's own CA counts; the machine's list of authorities does not come into it.
                    CertificateChainPolicy = new X509ChainPolicy
                    {
                        TrustMode = X509ChainTrustMode.CustomRootTrust,
                        CustomTrustStore = { authority },
                        RevocationMode = X509RevocationMode.NoCheck,
                    },
                },
            };
            return Decoded<ControllerConnection>.Good(new(GrpcChannel.ForAddress(uri, Options(handler))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return Decoded<ControllerConnection>.Bad($"cannot read the identity in {directory}: {e.Message}");
        }
        catch (UriFormatException)
        {
            return Decoded<ControllerConnection>.Bad($"'{address.Controller}' is no HOST:PORT");
        }
    }

    private static bool HasPort(string controller) =>
        controller.LastIndexOf(':') is > 0 and var colon && colon > controller.LastIndexOf(']') && controller.AsSpan(colon + 1) is { Length: > 0 };

    private static GrpcChannelOptions Options(SocketsHttpHandler handler) => new()
    {
        HttpHandler = handler,
        DisposeHttpClient = true,
        MaxReceiveMessageSize = DecodeLimits.MaxBytes,
    };
}
