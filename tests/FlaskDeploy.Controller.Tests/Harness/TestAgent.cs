using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Controller.Tests.Harness;

/// <summary>A host with a key and, once it has enrolled, a certificate.</summary>
internal sealed class TestHost(string name) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Name => name;

    public X509Certificate2? Certificate { get; private set; }

    public void Dispose()
    {
        _key.Dispose();
        Certificate?.Dispose();
    }

    public EnrolRequest Request(string secret) => new()
    {
        Secret = secret,
        Host = name,
        CertificateRequest = ByteString.CopyFrom(new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256).CreateSigningRequest()),
        SealingKey = ByteString.CopyFrom(_key.ExportSubjectPublicKeyInfo()),
        Addresses = { $"{name}.example", "127.0.0.1" },
        Version = "0.1.0",
    };

    public async Task<EnrolResponse> EnrolAsync(TestController controller, string? secret = null)
    {
        var client = new Enrolment.EnrolmentClient(controller.TlsChannel());
        var response = await client.EnrolAsync(Request(secret ?? await controller.TokenAsync()));
        using var bare = X509CertificateLoader.LoadCertificate(response.Certificate.Span);
        Certificate = bare.CopyWithPrivateKey(_key);
        return response;
    }

    public static async Task<TestHost> EnrolledAsync(TestController controller, string name)
    {
        var host = new TestHost(name);
        await host.EnrolAsync(controller);
        return host;
    }

    public Agents.AgentsClient Client(TestController controller) => new(controller.TlsChannel(Certificate));

    /// <summary>Connects, says Hello and takes the Welcome.</summary>
    public async Task<TestSession> ConnectAsync(TestController controller, string log = "log-1", ulong lastNumber = 0, params IReadOnlyList<DeploymentState> deployments)
    {
        var call = Client(controller).Session();
        await call.RequestStream.WriteAsync(new AgentMessage
        {
            Hello = new Hello { Version = "0.1.0", BundleFormat = 1, Language = 1, Log = log, LastNumber = lastNumber, Boot = "boot-1", Os = "CentOS Linux 7", Modules = { "copy", "shell" }, Deployments = { deployments } },
        });
        var session = new TestSession(call, log);
        session.Welcome = (await session.NextAsync()).Welcome;
        Assert.NotNull(session.Welcome);
        return session;
    }
}

/// <summary>The agent's end of a session, moved by hand.</summary>
internal sealed class TestSession(AsyncDuplexStreamingCall<AgentMessage, ControllerMessage> call, string log) : IDisposable
{
    private ulong _number;

    public Welcome Welcome { get; set; } = null!;

    public void Dispose() => call.Dispose();

    public async Task<ControllerMessage> NextAsync()
    {
        using var patience = new CancellationTokenSource(Expect.Patience);
        Assert.True(await call.ResponseStream.MoveNext(patience.Token), "the session ended");
        return call.ResponseStream.Current;
    }

    /// <summary>The next assignment; heartbeats and acknowledgements on the way are passed over.</summary>
    public async Task<Assignment> NextAssignmentAsync()
    {
        while (true)
        {
            if ((await NextAsync()).Assignment is { } assignment)
            {
                return assignment;
            }
        }
    }

    public async Task<ulong> NextAcknowledgementAsync()
    {
        while (true)
        {
            if ((await NextAsync()).Acknowledged is { } acknowledged)
            {
                return acknowledged.Through;
            }
        }
    }

    /// <summary>Reads until the controller ends the session.</summary>
    public async Task<Status> EndAsync() => await Expect.RefusedAsync(async () =>
    {
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            // What was under way when the session ended.
        }
    });

    public Task SendAsync(AgentMessage message) => call.RequestStream.WriteAsync(message);

    public Task AnswerAsync(Order order, bool accepted = true, string reason = "") =>
        SendAsync(new AgentMessage { Answer = new AssignmentAnswer { Order = order.Number, Deployment = order.Deployment, Accepted = accepted, Reason = reason } });

    public Task HeartbeatAsync() => SendAsync(new AgentMessage { Heartbeat = new Heartbeat { Number = 1 } });

    /// <summary>Sends a batch as it is, numbers and all.</summary>
    public Task TellAsync(params IReadOnlyList<Event> events) => SendAsync(new AgentMessage { Events = new EventBatch { Log = log, Events = { events } } });

    /// <summary>A run with one changed task, numbered on from the last.</summary>
    public Event[] RunOf(Order order, string run, RunResult result = RunResult.RunChanged) =>
    [
        Numbered(order, run, e => e.RunStarted = new RunStarted { Kind = RunKind.RunApply, Tasks = 1, Cause = "push" }),
        Numbered(order, run, e => e.TaskFinished = new TaskFinished { Task = "0/0", Name = "copy hello.py", Module = "copy", Status = FlaskDeploy.V1.TaskStatus.TaskChanged }),
        Numbered(order, run, e => e.RunFinished = new RunFinished { Result = result, Counts = new Counts { Ok = 1, Changed = 1 }, Because = "pushed" }),
    ];

    public Event Numbered(Order order, string run, Action<Event> with)
    {
        var e = new Event { Number = ++_number, UnixMillis = 1_700_000_000_000, Deployment = order.Deployment, Sequence = order.Sequence, Order = order.Number, Run = run };
        with(e);
        return e;
    }

    public void StartAfter(ulong number) => _number = number;

    public static Order OrderOf(Assignment assignment) => Order.Parser.ParseFrom(assignment.Order.Payload);
}
