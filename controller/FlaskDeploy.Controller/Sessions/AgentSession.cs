using System.Collections.Immutable;
using System.Diagnostics;
using System.Threading.Channels;
using FlaskDeploy.Controller.Rollouts;
using FlaskDeploy.Controller.Runs;
using FlaskDeploy.Controller.Store;
using FlaskDeploy.Controller.Wire;
using FlaskDeploy.V1;
using Grpc.Core;

namespace FlaskDeploy.Controller.Sessions;

/// <summary>Why the controller ended a session.</summary>
internal enum SessionEnd
{
    None,
    Replaced,
    Silent,
    Slow,
    Removed,
    Stopping,
    BadMessage,
}

/// <summary>What every session needs of its controller.</summary>
internal sealed record SessionTools(
    HostStore Hosts,
    DeploymentStore Deployments,
    EventStore Events,
    RolloutStore Rollouts,
    Pulse Changes,
    TimeProvider Time,
    TimeSpan Heartbeat,
    string Version,
    ILogger<AgentSession> Logger);

/// <summary>
/// One agent's session. Four loops share it and the first one that ends takes the others with it: reading, writing,
/// heartbeats, assignments. What waits to be written is bounded; an agent that does not read is dropped.
/// </summary>
internal sealed class AgentSession : IDisposable
{
    private const int MostWaiting = 32;
    private const int SilentIntervals = 3;

    private readonly SessionTools _tools;
    private readonly Greeting _greeting;
    private readonly Channel<ControllerMessage> _outgoing = Channel.CreateBounded<ControllerMessage>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    // One waiting wake-up is enough: whoever takes it looks at everything.
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<string, (long Accepted, long Order)> _sequences = new(StringComparer.Ordinal);
    private readonly HashSet<AssignmentKey> _handed = [];
    private readonly Lock _deploymentsLock = new();
    private readonly Questions _questions = new();
    private EventGate _gate = new(0);
    private long _lastHeard;
    private ulong _lastBeat;
    private int _end;

    public AgentSession(string host, Greeting greeting, SessionTools tools)
    {
        Host = host;
        _greeting = greeting;
        _tools = tools;
        _lastHeard = tools.Time.GetTimestamp();
        foreach (var state in greeting.Deployments)
        {
            _sequences[state.Deployment] = (state.Accepted, state.Order);
        }
    }

    public string Host { get; }

    /// <summary>Asks for what is due to be handed over. Never waits.</summary>
    public void Wake() => _wakes.Writer.TryWrite(true);

    /// <summary>Asks the agent. Null: the session ended before it answered.</summary>
    public Task<Reply?> AskAsync(Question question, CancellationToken cancellationToken) =>
        _questions.AskAsync(question, asked => Send(new ControllerMessage { Question = asked }), cancellationToken);

    /// <summary>The first reason counts.</summary>
    public void End(SessionEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, (int)end, (int)SessionEnd.None) == (int)SessionEnd.None)
        {
            _ended.Cancel();
        }
    }

    /// <summary>Serves until the agent leaves or the session is ended.</summary>
    /// <exception cref="RpcException">Says to the agent why the controller ended it.</exception>
    public async Task RunAsync(IAsyncStreamReader<AgentMessage> incoming, IServerStreamWriter<ControllerMessage> outgoing, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        var token = linked.Token;
        var through = await _tools.Hosts.GreetAsync(Host, _greeting, token);
        _gate = new EventGate(through);
        await outgoing.WriteAsync(
            new ControllerMessage
            {
                Welcome = new Welcome
                {
                    ControllerVersion = _tools.Version,
                    HeartbeatMillis = (ulong)_tools.Heartbeat.TotalMilliseconds,
                    Acknowledged = (ulong)through,
                    UnixMillis = _tools.Time.GetUtcNow().ToUnixTimeMilliseconds(),
                },
            },
            token);
        await SettleWhatWasTakenUpAsync(token);
        Wake();
        Task[] loops = [ReadAsync(incoming, token), WriteAsync(outgoing, token), BeatAsync(token), AssignAsync(token)];
        var first = await Task.WhenAny(loops);
        await linked.CancelAsync();
        _questions.End();
        // The others end by the cancellation; what they say then is of no interest, what the first one says is.
        await Task.WhenAll(loops).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (Refusal((SessionEnd)Volatile.Read(ref _end)) is { } refusal)
        {
            throw new RpcException(refusal);
        }
        await first;
    }

    public void Dispose() => _ended.Dispose();

    private static Status? Refusal(SessionEnd end) => end switch
    {
        SessionEnd.None => null,
        SessionEnd.Replaced => new Status(StatusCode.Aborted, "another session of this host began; two agents with one certificate end each other"),
        SessionEnd.Silent => new Status(StatusCode.Unavailable, "nothing came from the agent for three heartbeats"),
        SessionEnd.Slow => new Status(StatusCode.ResourceExhausted, "the agent does not read what is sent to it"),
        SessionEnd.Removed => new Status(StatusCode.Unauthenticated, "the host was removed from the controller"),
        SessionEnd.Stopping => new Status(StatusCode.Unavailable, "the controller stops; connect again"),
        SessionEnd.BadMessage => new Status(StatusCode.InvalidArgument, "the agent sent something that has no place here: Hello comes once and first, events belong to the log that it named"),
        _ => throw new UnreachableException(),
    };

    private async Task ReadAsync(IAsyncStreamReader<AgentMessage> incoming, CancellationToken cancellationToken)
    {
        while (await incoming.MoveNext(cancellationToken))
        {
            Volatile.Write(ref _lastHeard, _tools.Time.GetTimestamp());
            var message = incoming.Current;
            switch (message.KindCase)
            {
                case AgentMessage.KindOneofCase.Heartbeat:
                    Volatile.Write(ref _lastBeat, message.Heartbeat.Number);
                    break;
                case AgentMessage.KindOneofCase.Events when message.Events.Log == _greeting.Log:
                    await TakeEventsAsync(message.Events, cancellationToken);
                    break;
                case AgentMessage.KindOneofCase.Answer:
                    await TakeAnswerAsync(message.Answer, cancellationToken);
                    break;
                case AgentMessage.KindOneofCase.Reply:
                    _questions.Take(message.Reply);
                    break;
                case AgentMessage.KindOneofCase.None:
                    // A kind that a newer agent knows; the protocol only grows.
                    break;
                default:
                    End(SessionEnd.BadMessage);
                    return;
            }
        }
    }

    private async Task TakeEventsAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        var numbers = batch.Events.Select(e => EventReader.Saturated(e.Number)).ToArray();
        var admission = _gate.Admit(numbers);
        if (admission.Count > 0)
        {
            if (admission.Missing > 0)
            {
                Log.EventsLost(_tools.Logger, Host, admission.Missing, numbers[admission.First]);
            }
            var events = batch.Events.Skip(admission.First).Take(admission.Count)
                .Select(e => new ToldEvent(EventReader.Read(e), Google.Protobuf.MessageExtensions.ToByteArray(e)))
                .ToImmutableArray();
            await _tools.Events.StoreAsync(Host, _greeting.Log, events, cancellationToken);
            _gate.Stored(events[^1].Event.Number);
            Note(events);
            _tools.Changes.Fire();
            await NoteSkewAsync(events[^1].Event, cancellationToken);
        }
        Send(new ControllerMessage { Acknowledged = new EventsAcknowledged { Log = _greeting.Log, Through = (ulong)_gate.Through } });
        if (admission.Count > 0)
        {
            await SettleWhatWasTakenUpAsync(cancellationToken);
        }
    }

    // Only what was told after the connection was made is fresh enough to compare clocks by.
    private async Task NoteSkewAsync(AgentEvent e, CancellationToken cancellationToken)
    {
        if (e.Number > _greeting.LastNumber && e.What is Happening.RunFinished or Happening.AgentStarted)
        {
            await _tools.Events.SetSkewAsync(Host, e.UnixMillis - _tools.Time.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken);
        }
    }

    private void Note(ImmutableArray<ToldEvent> events)
    {
        lock (_deploymentsLock)
        {
            foreach (var (e, _) in events)
            {
                if (e.What is Happening.RunStarted)
                {
                    var known = _sequences.GetValueOrDefault(e.Deployment);
                    _sequences[e.Deployment] = known with { Accepted = Math.Max(known.Accepted, e.Sequence) };
                }
            }
        }
    }

    /// <summary>
    /// An order that the host has taken up, whose end is not among the events although all of them have come, is still
    /// under way where this log tells of its run; else it has ended all the same: its events were lost with an earlier log.
    /// </summary>
    private async Task SettleWhatWasTakenUpAsync(CancellationToken cancellationToken)
    {
        if (_gate.Through < _greeting.LastNumber)
        {
            return;
        }
        var settled = false;
        foreach (var desire in _tools.Deployments.DesiresOf(Host))
        {
            var takenUp = _greeting.Deployments.FirstOrDefault(state => state.Deployment == desire.Deployment)?.Order ?? 0;
            if (desire.Order is { } order && order.Number <= takenUp)
            {
                ProgressInput input = _tools.Events.IsUnderWay(Host, _greeting.Log, desire.Deployment, order.Number)
                    ? new ProgressInput.Accepted()
                    : new ProgressInput.Finished("the host carried it out; its events were lost");
                await _tools.Rollouts.TellAsync(desire.Deployment, order.Number, Host, input, _tools.Time, cancellationToken);
                settled = true;
            }
        }
        if (settled)
        {
            _tools.Changes.Fire();
        }
    }

    private async Task TakeAnswerAsync(AssignmentAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.Accepted)
        {
            lock (_deploymentsLock)
            {
                var accepted = _handed.Where(key => key.Deployment == answer.Deployment).Select(key => key.Sequence).DefaultIfEmpty().Max();
                var known = _sequences.GetValueOrDefault(answer.Deployment);
                _sequences[answer.Deployment] = known with { Accepted = Math.Max(known.Accepted, accepted) };
            }
        }
        else
        {
            Log.AssignmentRefused(_tools.Logger, Host, answer.Deployment, answer.Order, answer.Reason);
        }
        if (answer.Order > 0)
        {
            ProgressInput input = answer.Accepted ? new ProgressInput.Accepted() : new ProgressInput.Refused(answer.Reason);
            await _tools.Rollouts.TellAsync(answer.Deployment, EventReader.Saturated(answer.Order), Host, input, _tools.Time, cancellationToken);
            _tools.Changes.Fire();
        }
    }

    private async Task WriteAsync(IServerStreamWriter<ControllerMessage> outgoing, CancellationToken cancellationToken)
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellationToken))
        {
            await outgoing.WriteAsync(message, cancellationToken);
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_tools.Heartbeat, _tools.Time);
        ulong number = 0;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (_tools.Time.GetElapsedTime(Volatile.Read(ref _lastHeard)) > _tools.Heartbeat * SilentIntervals)
            {
                End(SessionEnd.Silent);
                return;
            }
            Send(new ControllerMessage { Heartbeat = new Heartbeat { Number = ++number, Echo = Volatile.Read(ref _lastBeat) } });
        }
    }

    private async Task AssignAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in _wakes.Reader.ReadAllAsync(cancellationToken))
        {
            var desires = _tools.Deployments.DesiresOf(Host);
            ImmutableArray<DueAssignment> due;
            lock (_deploymentsLock)
            {
                due = Assignments.Due(desires, _sequences, _handed);
                _handed.UnionWith(due.Select(assignment => assignment.Key));
            }
            foreach (var assignment in due)
            {
                if (assignment.Order > 0)
                {
                    await _tools.Rollouts.TellAsync(assignment.Deployment, assignment.Order, Host, new ProgressInput.Offered(), _tools.Time, cancellationToken);
                    _tools.Changes.Fire();
                }
                // Many deployments may be more than fits at once; waiting here is bounded by the heartbeats, which do not wait.
                await _outgoing.Writer.WriteAsync(new ControllerMessage { Assignment = Replies.Of(assignment) }, cancellationToken);
            }
        }
    }

    private void Send(ControllerMessage message)
    {
        if (!_outgoing.Writer.TryWrite(message))
        {
            End(SessionEnd.Slow);
        }
    }
}

internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Information, "{Host}: session began (agent {Version})")]
    public static partial void SessionBegan(ILogger logger, string host, string version);

    [LoggerMessage(2002, LogLevel.Information, "{Host}: session ended ({Reason})")]
    public static partial void SessionEnded(ILogger logger, string host, string reason);

    [LoggerMessage(2003, LogLevel.Warning, "{Host}: {Missing} events before number {Number} are lost; neither side has them")]
    public static partial void EventsLost(ILogger logger, string host, long missing, long number);

    [LoggerMessage(2004, LogLevel.Warning, "{Host}: refused an assignment of {Deployment} (order {Order}): {Reason}")]
    public static partial void AssignmentRefused(ILogger logger, string host, string deployment, ulong order, string reason);
}
