using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace FlaskDeploy.Agent.Session;

/// <summary>
/// The one line to the controller, outbound. Cut, it comes back by itself, with jitter; while it is away the agent goes on
/// keeping its host converged, and tells afterwards, once and in order.
/// </summary>
/// <remarks>
/// <code>
///   connecting --Hello/Welcome--> live --no message for three heartbeats, or cut--> waiting --backoff--> connecting
/// </code>
/// </remarks>
internal sealed partial class ControllerSession(
    AgentIdentity identity, AgentConfiguration configuration, ModuleRegistry modules, AssignmentVerifier verifier, AssignedLoader loader, Coordinator coordinator,
    DeploymentStore store, Explainer explainer, BlobStore blobs, EventLog events, string operatingSystem, TimeProvider time, ILogger log)
{
    private const int EventsPerBatch = 256;
    private static readonly TimeSpan WelcomeTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(20);

    private readonly Backoff _backoff = new(Random.Shared);
    private long? _lastConfirmed;

    public bool IsLive { get; private set; }

    /// <summary>Monotonic time since the controller last said anything; null: not since the agent started.</summary>
    public TimeSpan? SinceConfirmed => _lastConfirmed is { } at ? time.GetElapsedTime(at) : null;

    public string Controller => configuration.Controller ?? identity.Controller;

    public async Task Run(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            TimeSpan? asked = null;
            try
            {
                asked = await Live(cancellation);
            }
            catch (Exception e) when (e is RpcException or IOException or InvalidDataException or OperationCanceledException or TimeoutException)
            {
                if (!cancellation.IsCancellationRequested)
                {
                    LogCut(Controller, (e as RpcException)?.Status.Detail ?? e.Message);
                }
            }
            catch (Exception bug) when (bug is not OutOfMemoryException)
            {
                // Whatever a controller sends: the host stays reachable, with a line in the log for us.
                LogBug(bug, Controller);
            }
            IsLive = false;
            await Task.Delay(_backoff.Next(asked), time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>How long the controller asked us to stay away, if it did.</returns>
    private async Task<TimeSpan?> Live(CancellationToken cancellation)
    {
        using var channel = ControllerChannel.Open(Controller, identity, configuration.Proxy);
        var client = new Agents.AgentsClient(channel);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var call = client.Session(cancellationToken: ending.Token);
        using (var opening = new CancellationTokenSource(WelcomeTimeout, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, opening.Token))
        {
            await call.RequestStream.WriteAsync(new AgentMessage { Hello = Hello() }, either.Token);
        }
        var first = await Read(call.ResponseStream, WelcomeTimeout, ending.Token);
        if (first.KindCase == ControllerMessage.KindOneofCase.RetryLater)
        {
            return Asked(first.RetryLater);
        }
        if (first.KindCase != ControllerMessage.KindOneofCase.Welcome)
        {
            throw new InvalidDataException($"The controller began with {first.KindCase}, not with Welcome.");
        }
        var heartbeat = TimeSpan.FromMilliseconds(Math.Clamp(first.Welcome.HeartbeatMillis, 500, 600_000));
        if (first.Welcome.Acknowledged > events.LastNumber)
        {
            events.Renew();
            throw new InvalidDataException($"the controller has event {first.Welcome.Acknowledged} of this host, which has none: its state was set back, and it counts anew");
        }
        events.Acknowledge(first.Welcome.Acknowledged);
        IsLive = true;
        LogLive(Controller, first.Welcome.ControllerVersion);
        _backoff.Reset();
        using var writer = new SessionWriter(call.RequestStream, events, first.Welcome.Acknowledged, heartbeat, EventsPerBatch, time);
        var writing = writer.Run(ending.Token);
        var reading = Receive(client, call, writer, heartbeat, ending.Token);
        // Neither goes on without the other: a line that takes nothing any more may still deliver.
        await Task.WhenAny(reading, writing);
        await ending.CancelAsync();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (writing.IsFaulted && !reading.IsCompletedSuccessfully)
        {
            await writing;
        }
        return await reading;
    }

    private async Task<TimeSpan?> Receive(
        Agents.AgentsClient client, AsyncDuplexStreamingCall<AgentMessage, ControllerMessage> call, SessionWriter writer, TimeSpan heartbeat, CancellationToken cancellation)
    {
        var answering = Task.CompletedTask;
        while (true)
        {
            var message = await Read(call.ResponseStream, heartbeat * 3, cancellation);
            _lastConfirmed = time.GetTimestamp();
            switch (message.KindCase)
            {
                case ControllerMessage.KindOneofCase.Heartbeat:
                    writer.Echo(message.Heartbeat.Number);
                    break;
                case ControllerMessage.KindOneofCase.Acknowledged when message.Acknowledged.Log == events.Id:
                    events.Acknowledge(message.Acknowledged.Through);
                    break;
                case ControllerMessage.KindOneofCase.Assignment:
                    await Take(client, writer, message.Assignment, heartbeat * 3, cancellation);
                    break;
                case ControllerMessage.KindOneofCase.Question when answering.IsCompleted:
                    // Looking may take a while; the line goes on meanwhile.
                    answering = Answer(writer, message.Question, cancellation);
                    break;
                case ControllerMessage.KindOneofCase.Question:
                    await writer.Reply(new Reply { Id = message.Question.Id, Problem = "the agent is answering another question; ask again" }, cancellation);
                    break;
                case ControllerMessage.KindOneofCase.RetryLater:
                    return Asked(message.RetryLater);
            }
        }
    }

    private async Task Answer(SessionWriter writer, Question question, CancellationToken cancellation)
    {
        var reply = new Reply { Id = question.Id };
        try
        {
            using var deadline = new CancellationTokenSource(AnswerTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
            reply.Explanation = ExplanationCodec.Encode(await explainer.Explain(question.Deployment, question.Task, either.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            reply.Problem = $"looking took longer than {AnswerTimeout.TotalSeconds:0} s";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reply.Problem = e.Message;
        }
        await writer.Reply(reply, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // A controller does not send a host away for longer than this.
    private static TimeSpan Asked(RetryLater later) => TimeSpan.FromMilliseconds(Math.Min(later.Millis, 3_600_000));

    private async Task Take(Agents.AgentsClient client, SessionWriter writer, Assignment assignment, TimeSpan deadline, CancellationToken cancellation)
    {
        var (verified, refusal) = verifier.Verify(assignment, KnownOf(assignment));
        if (verified is not null)
        {
            await BlobFetcher.Fetch(client, blobs, verified.Blobs, deadline, time, cancellation);
            refusal = verified.Content.Retired ? null : loader.Load(verified).Refusal;
        }
        if (verified is null || refusal is not null)
        {
            Refuse(assignment, verified, refusal!);
        }
        else
        {
            coordinator.Accept(verified);
        }
        await writer.Answer(
            new AssignmentAnswer
            {
                Deployment = verified?.Release.Deployment ?? "",
                Order = (ulong)(verified?.Order?.Number ?? 0),
                Accepted = refusal is null,
                Reason = refusal?.Reason ?? "",
            },
            cancellation);
    }

    // What is not to be believed is told with what it claims to be, so that the operator who waits for it hears of it.
    private void Refuse(Assignment assignment, VerifiedAssignment? verified, Refusal refusal)
    {
        var release = verified?.Release ?? Protocol.StatementCodec.DecodeRelease(assignment.Release?.Payload.Memory ?? default).Value;
        var order = verified?.Order ?? Protocol.StatementCodec.DecodeOrder(assignment.Order?.Payload.Memory ?? default).Value;
        var name = release?.Deployment ?? "";
        LogRefused(name, refusal.Reason);
        var request = new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = (ulong)(order?.Number ?? 0) };
        new RunReporter(events, name, (ulong)(release?.Sequence ?? 0), request, time).Refused(refusal.Reason, refusal.Remedy);
    }

    private DeploymentRecord? KnownOf(Assignment assignment)
    {
        // The name is read before the signature is checked only to look it up; the verifier decides on verified bytes.
        var name = Protocol.StatementCodec.DecodeRelease(assignment.Release?.Payload.Memory ?? default).Value?.Deployment;
        return store.All.FirstOrDefault(record => record.Name == name);
    }

    private async Task<ControllerMessage> Read(IAsyncStreamReader<ControllerMessage> stream, TimeSpan deadline, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            return await stream.MoveNext(either.Token) ? stream.Current : throw new IOException("the controller ended the session");
        }
        catch (Exception e) when (timeout.IsCancellationRequested && (e is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled }))
        {
            throw new TimeoutException($"the controller said nothing for {deadline.TotalSeconds:0.#} s", e);
        }
    }

    private Hello Hello() => new()
    {
        Version = AgentVersion.Text,
        BundleFormat = BundleVersions.Format,
        Language = BundleVersions.Language,
        Modules = { modules.All.Select(module => module.Spec.Name).Order(StringComparer.Ordinal) },
        Filters = { ExpressionCatalog.Filters.Order(StringComparer.Ordinal) },
        Tests = { ExpressionCatalog.Tests.Order(StringComparer.Ordinal) },
        Log = events.Id,
        LastNumber = events.LastNumber,
        Boot = BootId.Read(),
        Addresses = { Enroller.Addresses() },
        Os = operatingSystem,
        Deployments =
        {
            coordinator.Deployments.Select(record => new DeploymentState { Deployment = record.Name, Sequence = record.Sequence, Complete = record.Complete, Order = record.Order }),
        },
    };

    [LoggerMessage(2001, LogLevel.Information, "In session with {Controller} (version {Version})")]
    private partial void LogLive(string controller, string version);

    [LoggerMessage(2002, LogLevel.Warning, "The session with {Controller} is cut: {Problem}")]
    private partial void LogCut(string controller, string problem);

    [LoggerMessage(2004, LogLevel.Error, "A bug in the session with {Controller}")]
    private partial void LogBug(Exception bug, string controller);

    [LoggerMessage(2003, LogLevel.Error, "An assignment of {Deployment} is refused: {Reason}")]
    private partial void LogRefused(string deployment, string reason);
}

/// <summary>Names this life of the machine.</summary>
internal static class BootId
{
    public static string Read() => File.Exists("/proc/sys/kernel/random/boot_id") ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() : "";
}
