
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.Controller.Configuration;
using FlaskDeploy.Controller.Security;
using FlaskDeploy.Controller.Services;
using FlaskDeploy.Controller.Sessions;
using FlaskDeploy.Controller.Store;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging.Console;

namespace FlaskDeploy.Controller;

/// <summary>A controller that serves: everything it is made of, put together by hand from top to bottom.</summary>
internal sealed class ControllerServer : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromSeconds(10);

    private readonly WebApplication _application;
    private readonly Database _database;
    private readonly FileStream _lock;
    private readonly CancellationTokenSource _stopping;

    private ControllerServer(WebApplication application, Database database, FileStream stateLock, CancellationTokenSource stopping, CertificateAuthority authority, SessionRegistry sessions)
    {
        _application = application;
        _database = database;
        _lock = stateLock;
        _stopping = stopping;
        Authority = authority;
        Sessions = sessions;
        Port = PortOf(application);
    }

    public static string Version { get; } =
        typeof(ControllerServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public CertificateAuthority Authority { get; }

    public SessionRegistry Sessions { get; }

    /// <summary>The one that is listened on, also where 0 was asked for.</summary>
    public int Port { get; }

    /// <summary>To stderr, in journald's form where journald reads it.</summary>
    public static void ConsoleLogging(ILoggingBuilder logging)
    {
        var underSystemd = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 };
        logging.AddConsole(console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            console.FormatterName = underSystemd ? ConsoleFormatterNames.Systemd : ConsoleFormatterNames.Simple;
        });
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        // A refused call is said by the one who refuses it, in one line.
        logging.AddFilter("Grpc", LogLevel.Warning);
        // A scanner that does not speak TLS, a host that was switched off: nothing for an administrator.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
    }

    /// <summary>Opens the state, listens, and returns when both listeners serve.</summary>
    /// <exception cref="IOException">The state is in use by another controller, or the port or socket is.</exception>
    public static async Task<ControllerServer> StartAsync(ControllerOptions options, TimeProvider time, Action<ILoggingBuilder> logging)
    {
        // State.
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(options.State, Private);
        var stateLock = Lock(Path.Combine(options.State, "lock"));
        var database = Database.Open(Path.Combine(options.State, "controller.db"));
        var blobs = BlobStore.Open(Path.Combine(options.State, "blobs"));
        var hosts = new HostStore(database, time);
        var trust = new TrustStore(database, time);
        var deployments = new DeploymentStore(database, time);
        var rollouts = new RolloutStore(database);
        var events = new EventStore(database, time);

        // Trust.
        var addresses = options.ServedAddresses();
        var authority = CertificateAuthority.OpenOrCreate(Path.Combine(options.State, "authority.pem"), time);
        var certificate = ServerCertificate.OpenOrIssue(Path.Combine(options.State, "server.pem"), authority, addresses, time);

        // What lives.
        var stopping = new CancellationTokenSource();
        var sessions = new SessionRegistry(options.MaxSessions);
        var changes = new Pulse();

        // The web server.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(ControllerServer).Assembly.GetName().Name });
        logging(builder.Logging);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options, certificate, authority));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownGrace);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = 64 * 1024 * 1024);
        builder.Services.AddSingleton(services => new CallerGate(options, hosts, services.GetRequiredService<ILogger<CallerGate>>()));
        builder.Services.AddSingleton(services => new EnrolmentService(trust, authority, services.GetRequiredService<ILogger<EnrolmentService>>()));
        builder.Services.AddSingleton(services => new AgentsService(
            new SessionTools(hosts, deployments, events, rollouts, changes, time, options.Heartbeat, Version, services.GetRequiredService<ILogger<AgentSession>>()),
            sessions, blobs, stopping.Token));
        var port = options.Listen.Port;
        builder.Services.AddSingleton(services => new OperatorsService(
            new OperatorTools(
                database, authority, trust, hosts, deployments, rollouts, events, blobs, sessions, changes, time,
                Version, () => OperatorsService.AddressOf(addresses[0], port), services.GetRequiredService<ILogger<OperatorsService>>()),
            stopping.Token));
        var application = builder.Build();
        var gate = application.Services.GetRequiredService<CallerGate>();
        application.Use(next => context => gate.InvokeAsync(context, next));
        application.UseRouting();
        application.MapGrpcService<EnrolmentService>();
        application.MapGrpcService<AgentsService>();
        application.MapGrpcService<OperatorsService>();

        // Streams have no end of their own; they are told before the server waits for them.
        application.Lifetime.ApplicationStopping.Register(stopping.Cancel);
        await application.StartAsync();
        port = PortOf(application);
        File.SetUnixFileMode(options.Socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new ControllerServer(application, database, stateLock, stopping, authority, sessions);
    }

    /// <summary>Serves until SIGTERM or SIGINT.</summary>
    public async Task RunAsync(SystemdNotifier systemd)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        systemd.Ready($"serving on port {Port}");
        // Well is who can write: a stuck disk must not look like health.
        var watching = systemd.WatchAsync(token => _database.WriteAsync(_ => { }, token), TimeProvider.System, _stopping.Token);
        await stopped.Task;
        systemd.Stopping();
        await _application.StopAsync();
        await watching;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopped.TrySetResult();
        }
    }

    /// <summary>Stops as SIGTERM does: sessions are told, what is being written is finished.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        await _database.DisposeAsync();
        await _lock.DisposeAsync();
        _stopping.Dispose();
    }

    // The one unix socket among the addresses has no port.
    private static int PortOf(WebApplication application) => new Uri(application.Urls.First(url => url.StartsWith("https://", StringComparison.Ordinal))).Port;

    private static FileStream Lock(string path)
    {
        try
        {
            // FileShare.None is flock(2) here: the kernel gives it back whatever becomes of the process.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException problem)
        {
            throw new IOException($"{path} is held by another controller that uses the same state ({problem.Message})", problem);
        }
    }

    private static void Listen(KestrelServerOptions kestrel, ControllerOptions options, X509Certificate2 certificate, CertificateAuthority authority)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(30);
        kestrel.Listen(options.Listen, listener =>
        {
            listener.Protocols = HttpProtocols.Http2;
            listener.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = certificate,
                // Who enrols has none yet; the gate asks for one everywhere else.
                ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                ClientCertificateValidation = (client, _, _) => authority.Vouches(client),
                CheckCertificateRevocation = false,
            });
        });
        Directory.CreateDirectory(Path.GetDirectoryName(options.Socket)!);
        RemoveStaleSocket(options.Socket);
        kestrel.ListenUnixSocket(options.Socket, listener =>
        {
            listener.Protocols = HttpProtocols.Http2;
            listener.Use(SocketPeer.Note);
        });
    }

    // A controller that was killed leaves its socket, and bind(2) does not take a name that exists.
    private static void RemoveStaleSocket(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            File.Delete(path);
            return;
        }
        throw new IOException($"another controller serves on {path}");
    }
}
