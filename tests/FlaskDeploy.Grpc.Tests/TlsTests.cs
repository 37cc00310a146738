using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.Grpc.Tests.Proto;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlaskDeploy.Grpc.Tests;

/// <summary>Over TCP and TLS, with a certificate on each side.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task Knows_a_client_by_its_certificate()
    {
        using X509Certificate2 server = Certificate("localhost");
        using X509Certificate2 agent = Certificate("agent-7", "agent-7.example");
        var behaviour = new EchoBehaviour();
        await using WebApplication app = await StartAsync(server, behaviour);
        AuthContext? auth = null;
        string peer = "";
        behaviour.Say = (request, context) =>
        {
            (auth, peer) = (context.AuthContext, context.Peer);
            return Task.FromResult(new EchoReply());
        };
        using GrpcChannel channel = Channel(app, server, agent);
        await new Echo.EchoClient(channel).SayAsync(new EchoRequest());
        Assert.True(auth!.IsPeerAuthenticated);
        Assert.Equal("x509_subject_alternative_name", auth.PeerIdentityPropertyName);
        Assert.Equal("agent-7.example", Assert.Single(auth.PeerIdentity).Value);
        Assert.Equal("agent-7", Assert.Single(auth.FindPropertiesByName("x509_common_name")).Value);
        Assert.StartsWith("ipv4:127.0.0.1:", peer);
    }

    [Fact]
    public async Task Reports_a_server_that_is_not_trusted_as_unavailable()
    {
        using X509Certificate2 server = Certificate("localhost");
        using X509Certificate2 another = Certificate("localhost");
        await using WebApplication app = await StartAsync(server, new EchoBehaviour());
        using GrpcChannel channel = Channel(app, trusted: another, client: another);
        RpcException e = await Outcome.FailsAsync(
            new Echo.EchoClient(channel).SayAsync(new EchoRequest()).ResponseAsync, StatusCode.Unavailable);
        Assert.Contains("certificate", e.Status.Detail);
    }

    [Fact]
    public void Refuses_options_that_contradict_the_address()
    {
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(
            "http://localhost", new GrpcChannelOptions { Credentials = ChannelCredentials.SecureSsl }));
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(
            "https://localhost", new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure }));
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("ftp://localhost"));
        using var client = new HttpClient();
        using var handler = new SocketsHttpHandler();
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(
            "http://localhost", new GrpcChannelOptions { HttpClient = client, HttpHandler = handler }));
    }

    private static GrpcChannel Channel(WebApplication app, X509Certificate2 trusted, X509Certificate2 client) =>
        GrpcChannel.ForAddress(app.Urls.Single(), new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.SecureSsl,
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    ClientCertificates = [client],
                    RemoteCertificateValidationCallback = (_, presented, _, _) =>
                        presented?.GetCertHashString(HashAlgorithmName.SHA256) == trusted.GetCertHashString(HashAlgorithmName.SHA256),
                },
            },
        });

    private static async Task<WebApplication> StartAsync(X509Certificate2 certificate, EchoBehaviour behaviour)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (_, _, _) => true;
        })));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(behaviour);
        WebApplication app = builder.Build();
        app.MapGrpcService<EchoService>();
        await app.StartAsync();
        return app;
    }

    private static X509Certificate2 Certificate(string commonName, string? dnsName = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        if (dnsName is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(dnsName);
            request.CertificateExtensions.Add(names.Build());
        }

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
