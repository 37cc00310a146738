using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Session;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Tests.Runs;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Kind = FlaskDeploy.V1.AgentMessage.KindOneofCase;

namespace FlaskDeploy.Agent.Tests.Session;

public sealed class ControllerSessionTests : IAsyncLifetime
{
    private static readonly Language.Bundles.Bundle Bundle = Book.Bundle(Book.Play(Book.Shell("first")));

    private readonly TestHost _host = new();
    private readonly TestAuthority _authority = new();
    private readonly CancellationTokenSource _stop = new();
    private FakeController _controller = null!;
    private ControllerSession _session = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync() => _controller = await FakeController.Start(_authority.ForController());

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _controller.DisposeAsync();
        _host.Dispose();
        _authority.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Says_who_it_is_and_tells_what_was_not_acknowledged_then_what_comes()
    {
        Tell("a");
        Tell("b");
        var line = await Connected();
        var hello = (await line.Receive(Kind.Hello)).Hello;
        Assert.Equal((_host.Events.Id, 2ul), (hello.Log, hello.LastNumber));
        Assert.Contains("copy", hello.Modules);
        await line.Welcome(acknowledged: 1);

        Assert.Equal(["b"], Causes(await line.Receive(Kind.Events)));
        Tell("c");
        Assert.Equal(["c"], Causes(await line.Receive(Kind.Events)));
        await line.Send(new ControllerMessage { Acknowledged = new EventsAcknowledged { Log = _host.Events.Id, Through = 3 } });
        await line.Send(new ControllerMessage { Heartbeat = new Heartbeat { Number = 1 } });
        await Until(() => _host.Events.Pending == 0);
        Assert.True(_session.IsLive);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cut_it_comes_back_and_tells_after_the_last_acknowledged(bool afterWelcome)
    {
        Tell("a");
        var line = await Connected();
        await line.Receive(Kind.Hello);
        if (afterWelcome)
        {
            await line.Welcome();
            await line.Receive(Kind.Events);
        }
        line.Cut();
        Tell("b");

        var next = await _controller.NextLine();
        await next.Receive(Kind.Hello);
        await next.Welcome(acknowledged: afterWelcome ? 1ul : 0);

        Assert.Equal(afterWelcome ? ["b"] : ["a", "b"], Causes(await next.Receive(Kind.Events)));
    }

    [Fact]
    public async Task Carries_out_a_push_whose_blobs_it_fetches_and_answers()
    {
        var envelope = _host.Envelope(Bundle, 1, _host.Order(1));
        var digest = _host.Assign(Bundle).Content.Bundle!.Value;
        var bytes = _host.Blobs.Read(digest)!;
        File.Delete(_host.Blobs.PathOf(digest));
        _controller.OnFetch = async (request, chunks) =>
        {
            Assert.Equal(digest, Digest.FromBytes(Assert.Single(request.Digests).Span));
            await chunks.WriteAsync(new BlobChunk { Digest = ByteString.CopyFrom(digest.ToBytes()), Size = (ulong)bytes.Length, Data = ByteString.CopyFrom(bytes.AsSpan(0, 5)) });
            await chunks.WriteAsync(new BlobChunk { Data = ByteString.CopyFrom(bytes.AsSpan(5)) });
        };
        var line = await Live();

        await line.Send(new ControllerMessage { Assignment = envelope });

        var answer = (await line.Receive(Kind.Answer)).Answer;
        Assert.Equal((true, 1ul, TestHost.Deployment), (answer.Accepted, answer.Order, answer.Deployment));
        await Until(() => _host.Record.Complete == 1);
        Assert.Equal(["first"], _host.Commands);
    }

    [Fact]
    public async Task What_it_does_not_believe_is_answered_told_and_not_run()
    {
        using var stranger = Protocol.SigningKey.Create();
        var envelope = _host.Envelope(Bundle, 1, _host.Order(4));
        envelope.Release = Protocol.Envelopes.Seal(Protocol.EnvelopeType.Release, envelope.Release.Payload.Memory, stranger);
        var line = await Live();

        await line.Send(new ControllerMessage { Assignment = envelope });

        var told = (await line.Receive(Kind.Events)).Events.Events.Single();
        Assert.Equal((4ul, TestHost.Deployment), (told.Order, told.Deployment));
        Assert.Contains("is not to be believed", told.RunRefused.Reason, StringComparison.Ordinal);
        Assert.Empty(_host.Steps);
        Assert.Equal(0ul, _host.Record.Sequence);
    }

    public static TheoryData<string> Hostile() => ["nothing", "unasked", "short", "long", "other", "nameless"];

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Whatever_it_is_sent_for_a_blob_it_keeps_none_that_is_wrong_and_comes_back(string how)
    {
        var envelope = _host.Envelope(Bundle, 1, _host.Order(1));
        var digest = _host.Assign(Bundle).Content.Bundle!.Value;
        var bytes = _host.Blobs.Read(digest)!;
        File.Delete(_host.Blobs.PathOf(digest));
        var chunk = new BlobChunk { Digest = ByteString.CopyFrom(digest.ToBytes()), Size = (ulong)bytes.Length, Data = ByteString.CopyFrom(bytes) };
        _controller.OnFetch = (_, chunks) => how switch
        {
            "nothing" => Task.CompletedTask,
            "unasked" => chunks.WriteAsync(new BlobChunk(chunk) { Digest = ByteString.CopyFrom(Digest.Of("x"u8).ToBytes()) }),
            "short" => chunks.WriteAsync(new BlobChunk(chunk) { Data = ByteString.CopyFrom(bytes[..^1]) }),
            "long" => chunks.WriteAsync(new BlobChunk(chunk) { Size = 3 }),
            "other" => chunks.WriteAsync(new BlobChunk(chunk) { Size = 3, Data = ByteString.CopyFromUtf8("abc") }),
            _ => chunks.WriteAsync(new BlobChunk(chunk) { Digest = ByteString.Empty }),
        };
        var line = await Live();

        await line.Send(new ControllerMessage { Assignment = envelope });

        var next = await _controller.NextLine();
        await next.Receive(Kind.Hello);
        Assert.False(_host.Blobs.Contains(digest));
        Assert.Empty(_host.Steps);
    }

    [Fact]
    public async Task Sent_away_it_stays_away_that_long()
    {
        var line = await Connected();
        await line.Receive(Kind.Hello);
        var before = TimeProvider.System.GetTimestamp();
        await line.Send(new ControllerMessage { RetryLater = new RetryLater { Millis = 700 } });

        await _controller.NextLine();

        Assert.True(TimeProvider.System.GetElapsedTime(before) >= TimeSpan.FromMilliseconds(690));
    }

    [Fact]
    public async Task A_controller_that_says_nothing_for_three_heartbeats_is_left()
    {
        var line = await Connected();
        await line.Receive(Kind.Hello);
        await line.Welcome(heartbeatMillis: 500);

        var next = await _controller.NextLine();

        Assert.Equal(_host.Events.Id, (await next.Receive(Kind.Hello)).Hello.Log);
    }

    [Fact]
    public async Task Beats_with_the_number_that_it_heard_last()
    {
        var line = await Connected();
        await line.Receive(Kind.Hello);
        await line.Welcome(heartbeatMillis: 500);
        await line.Send(new ControllerMessage { Heartbeat = new Heartbeat { Number = 42 } });

        Assert.Equal(42ul, (await line.Receive(Kind.Heartbeat)).Heartbeat.Echo);
    }

    [Fact]
    public async Task A_host_whose_state_was_set_back_counts_anew_under_another_id()
    {
        Tell("a");
        var id = _host.Events.Id;
        var line = await Connected();
        await line.Receive(Kind.Hello);
        await line.Welcome(acknowledged: 50);

        var next = await _controller.NextLine();

        var hello = (await next.Receive(Kind.Hello)).Hello;
        Assert.NotEqual(id, hello.Log);
        await next.Welcome();
        Assert.Equal(["a"], Causes(await next.Receive(Kind.Events)));
    }

    [Fact]
    public async Task A_controller_of_another_authority_hears_nothing()
    {
        using var other = new TestAuthority();
        await using var impostor = await FakeController.Start(other.ForController());
        var before = Attempts;
        Start(impostor.Address);

        await Until(() => Attempts > before + 1);

        Assert.False(impostor.HasLine);
        Assert.False(_session.IsLive);
    }

    [Fact]
    public void A_hosts_certificate_is_no_controllers()
    {
        using var other = new TestAuthority();

        Assert.True(ControllerChannel.IsIssuedBy(_authority.Certificate, _authority.ForController()));
        Assert.False(ControllerChannel.IsIssuedBy(_authority.Certificate, _authority.ForHost("web2")));
        Assert.False(ControllerChannel.IsIssuedBy(_authority.Certificate, other.ForController()));
    }

    [Fact]
    public async Task Answers_a_question_while_the_line_goes_on()
    {
        await _host.Push(Bundle);
        var line = await Live();

        await line.Send(new ControllerMessage { Question = new Question { Id = 4, Deployment = TestHost.Deployment } });

        var reply = (await line.Receive(Kind.Reply)).Reply;
        Assert.Equal((4ul, ""), (reply.Id, reply.Problem));
        Assert.Equal(TestHost.Deployment, Assert.Single(reply.Explanation.Deployments).Deployment);
        Assert.Equal(TaskExplanation.Types.State.Command, Assert.Single(reply.Explanation.Deployments[0].Tasks).State);
    }

    [Fact]
    public void Comes_back_with_jitter_and_no_sooner_than_it_was_asked()
    {
        var backoff = new Backoff(new Random(1));
        var waits = Enumerable.Range(0, 1000).Select(_ => backoff.Next()).ToList();

        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromSeconds(60)));
        Assert.True(waits.Skip(10).Distinct().Count() > 900);
        Assert.True(backoff.Next(TimeSpan.FromSeconds(90)) >= TimeSpan.FromSeconds(90));
        backoff.Reset();
        Assert.InRange(backoff.Next(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    private int Attempts => _log.Count;

    private readonly CountingLogger _log = new();

    private void Start(string address)
    {
        var coordinator = new Coordinator(TestHost.Name, _host.Store, _host.Executor, _host.Verifier, _host.Loader, new AgentConfiguration(), _host.Standing, _host.Events, _host.Journal, TimeProvider.System, NullLogger.Instance);
        var identity = new AgentIdentity(TestHost.Name, address, _authority.ForHost(TestHost.Name), _authority.Certificate, [_host.Key.Public]);
        _session = new ControllerSession(identity, new AgentConfiguration(), ModuleRegistry.Create(), _host.Verifier, _host.Loader, coordinator, _host.Store, new Explainer(_host.Store, _ => null, _host.Executor.Comparer(), new MovementLog(TimeProvider.System), _ => null), _host.Blobs, _host.Events, "Test Linux", TimeProvider.System, _log);
        _running = Task.WhenAll(coordinator.Run(_stop.Token), _session.Run(_stop.Token));
    }

    private async Task<Line> Connected()
    {
        Start(_controller.Address);
        return await _controller.NextLine();
    }

    private async Task<Line> Live()
    {
        var line = await Connected();
        await line.Receive(Kind.Hello);
        await line.Welcome();
        return line;
    }

    private void Tell(string text) => _host.Events.Append(new Event { RunStarted = new RunStarted { Cause = text } });

    private static IEnumerable<string> Causes(AgentMessage message) => message.Events.Events.Select(entry => entry.RunStarted.Cause);

    // The other end works on threads of its own; it is given time, not a guess of how much it takes.
    private static async Task Until(Func<bool> holds)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), timeout.Token);
        }
    }

    private sealed class CountingLogger : Microsoft.Extensions.Logging.ILogger
    {
        private int _count;

        public int Count => _count;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(Microsoft.Extensions.Logging.LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Interlocked.Increment(ref _count);
    }
}
