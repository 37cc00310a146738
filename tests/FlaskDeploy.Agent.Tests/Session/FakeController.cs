using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using FlaskDeploy.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlaskDeploy.Agent.Tests.Session;

/// <summary>A certificate authority, as the controller has one.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string Server = "1.3.6.1.5.5.7.3.1";
    private const string Client = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        Certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(40), DateTimeOffset.UnixEpoch.AddYears(100));
    }

    public X509Certificate2 Certificate { get; }

    public X509Certificate2 ForController() => Issue("controller", Server);

    public X509Certificate2 ForHost(string name) => Issue(name, Client);

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Issue(string name, string usage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: true));
        using var certificate = request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), DateTimeOffset.UnixEpoch.AddYears(41), DateTimeOffset.UnixEpoch.AddYears(99), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}

/// <summary>One session as the controller sees it.</summary>
internal sealed class Line(IAsyncStreamReader<AgentMessage> requests, IServerStreamWriter<ControllerMessage> responses, CancellationToken gone)
{
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Send(ControllerMessage message) => responses.WriteAsync(message, gone);

    public Task Welcome(ulong acknowledged = 0, ulong heartbeatMillis = 60_000) =>
        Send(new ControllerMessage { Welcome = new Welcome { Acknowledged = acknowledged, HeartbeatMillis = heartbeatMillis, ControllerVersion = "test" } });

    /// <summary>The next message of a kind; those of other kinds are passed over.</summary>
    public async Task<AgentMessage> Receive(AgentMessage.KindOneofCase kind)
    {
        while (await requests.MoveNext(gone))
        {
            if (requests.Current.KindCase == kind)
            {
                return requests.Current;
            }
        }
        throw new InvalidOperationException($"The agent ended the session before {kind}.");
    }

    /// <summary>As a line that is cut: the call ends.</summary>
    public void Cut() => Ended.TrySetResult();
}

/// <summary>The other end of the agent's session, on the loopback with TLS; each session is handed to the test.</summary>
internal sealed class FakeController : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<Line> _lines = Channel.CreateUnbounded<Line>();

    public FakeController(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http2;
            endpoint.UseHttps(https =>
            {
                https.ServerCertificate = certificate;
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.AllowAnyClientCertificate();
            });
        }));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        _app = builder.Build();
        _app.MapGrpcService<Service>();
    }

    public string Address => new Uri(_app.Urls.First()).Authority;

    public Func<FetchRequest, IServerStreamWriter<BlobChunk>, Task> OnFetch { get; set; } = (_, _) => Task.CompletedTask;

    public static async Task<FakeController> Start(X509Certificate2 certificate)
    {
        var controller = new FakeController(certificate);
        await controller._app.StartAsync();
        return controller;
    }

    public async Task<Line> NextLine()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _lines.Reader.ReadAsync(timeout.Token);
    }

    public bool HasLine => _lines.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    internal sealed class Service(FakeController controller) : Agents.AgentsBase
    {
        public override async Task Session(IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<ControllerMessage> responseStream, ServerCallContext context)
        {
            var line = new Line(requestStream, responseStream, context.CancellationToken);
            await controller._lines.Writer.WriteAsync(line);
            await using var gone = context.CancellationToken.Register(line.Cut);
            await line.Ended.Task;
        }

        public override Task Fetch(FetchRequest request, IServerStreamWriter<BlobChunk> responseStream, ServerCallContext context) => controller.OnFetch(request, responseStream);
    }
}
