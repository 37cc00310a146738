using System.Threading.Channels;
using FlaskDeploy.Agent.State;
using FlaskDeploy.V1;
using Google.Protobuf;

namespace FlaskDeploy.Agent.Wire;

/// <summary>
/// What this host tells, numbered, on disk before anybody hears of it. The controller acknowledges; what is acknowledged
/// is forgotten here. Safe for several threads.
/// </summary>
/// <remarks>
/// The file: a head (an event without kind and number whose run is the id of the log), then events, and marks (events
/// without kind) that say how far the controller has them and which run was the last to be told as finished.
/// </remarks>
internal sealed class EventLog : IDisposable
{
    // Rewritten once it is this long and most of it is acknowledged: an idle host's log stays small.
    private const long CompactAt = 1024 * 1024;

    // Well below the largest message of the session.
    private const int LargestBatch = 4 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Channel<bool> _appended = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private SortedDictionary<ulong, Event> _unacknowledged = [];
    private long _liveBytes;
    private RecordFile _file;
    private bool _isDirty;

    public EventLog(string directory, TimeProvider time)
    {
        _time = time;
        DurableFile.MakeDirectory(directory);
        _path = Path.Combine(directory, "events");
        _file = RecordFile.Open(_path, record => Replay(Event.Parser.ParseFrom(record.Span)));
        if (Id.Length == 0)
        {
            Renew();
        }
    }

    /// <summary>Random; another one means that this host lost its state and counts from one again.</summary>
    public string Id { get; private set; } = "";

    public ulong LastNumber { get; private set; }

    /// <summary>Of the last <see cref="RunFinished"/> in this log, acknowledged or not; empty: none.</summary>
    public string LastFinishedRun { get; private set; } = "";

    /// <summary>Each event, in order, when it has its number; called under the log's lock, so it must be quick.</summary>
    public event Action<Event>? Appended;

    public ulong Acknowledged { get; private set; }

    public int Pending
    {
        get
        {
            lock (_lock)
            {
                return _unacknowledged.Count;
            }
        }
    }

    /// <summary>Numbers, dates and stores it. Durable when it returns, unless <paramref name="sync"/> is false: then before it is handed out.</summary>
    /// <exception cref="IOException">It is not in the log, and its number goes to the next one.</exception>
    public Event Append(Event entry, bool sync = true)
    {
        lock (_lock)
        {
            entry.Number = LastNumber + 1;
            entry.UnixMillis = _time.GetUtcNow().ToUnixTimeMilliseconds();
            _file.Append(entry.ToByteArray(), sync);
            _isDirty = !sync;
            Take(entry);
            Appended?.Invoke(entry);
        }
        _appended.Writer.TryWrite(true);
        return entry;
    }

    /// <summary>An event that was kept as bytes (<see cref="RunReporter.LastEvent"/>) until it was to be told. Durable when it returns.</summary>
    public Event AppendEncoded(byte[] entry) => Append(Event.Parser.ParseFrom(entry));

    /// <summary>The controller has them durably up to this one. Numbers from the future and repeats are ignored.</summary>
    public void Acknowledge(ulong through)
    {
        lock (_lock)
        {
            if (through <= Acknowledged || through > LastNumber)
            {
                return;
            }
            Forget(through);
            _file.Append(Mark().ToByteArray(), sync: false);
            if (_file.Length > CompactAt && _liveBytes < _file.Length / 2)
            {
                TryCompact();
            }
        }
    }

    /// <summary>
    /// The controller has numbers that this log never gave: the host's state was set back (a restored image). Under the
    /// old id they would mean two things, so what waits here is told anew under another one.
    /// </summary>
    public void Renew()
    {
        lock (_lock)
        {
            var waiting = _unacknowledged.Values.ToList();
            (Id, LastNumber, Acknowledged, _unacknowledged, _liveBytes) = (Guid.NewGuid().ToString("N"), 0, 0, [], 0);
            foreach (var entry in waiting)
            {
                entry.Number = LastNumber + 1;
                Take(entry);
            }
            Rewrite();
        }
        _appended.Writer.TryWrite(true);
    }

    /// <summary>At most so many after this number, in order, and no more than fit a message. What it hands out is durable: a number never means two things.</summary>
    public IReadOnlyList<Event> After(ulong number, int most)
    {
        lock (_lock)
        {
            if (_isDirty)
            {
                _file.Sync();
                _isDirty = false;
            }
            var batch = new List<Event>();
            var size = 0;
            foreach (var (_, entry) in _unacknowledged.Where(pair => pair.Key > number).Take(most))
            {
                size += entry.CalculateSize();
                if (batch.Count > 0 && size > LargestBatch)
                {
                    break;
                }
                batch.Add(entry);
            }
            return batch;
        }
    }

    /// <summary>Ends when something was appended after the last wait. One waiter.</summary>
    public async ValueTask WaitForMore(CancellationToken cancellation) => await _appended.Reader.ReadAsync(cancellation);

    public void Dispose() => _file.Dispose();

    private void Replay(Event entry)
    {
        if (entry.KindCase != Event.KindOneofCase.None)
        {
            // Without its head a log cannot be told from another one: what is left of it is told under a new id.
            Take(entry);
        }
        else if (entry.Number == 0)
        {
            Id = entry.Run;
        }
        else
        {
            LastNumber = Math.Max(LastNumber, entry.Number);
            LastFinishedRun = entry.Run.Length > 0 ? entry.Run : LastFinishedRun;
            Forget(entry.Number);
        }
    }

    private void Take(Event entry)
    {
        LastNumber = Math.Max(LastNumber, entry.Number);
        LastFinishedRun = entry.KindCase == Event.KindOneofCase.RunFinished ? entry.Run : LastFinishedRun;
        _unacknowledged[entry.Number] = entry;
        _liveBytes += entry.CalculateSize();
    }

    private void Forget(ulong through)
    {
        Acknowledged = Math.Max(Acknowledged, through);
        foreach (var (number, entry) in _unacknowledged.TakeWhile(pair => pair.Key <= through).ToList())
        {
            _liveBytes -= entry.CalculateSize();
            _unacknowledged.Remove(number);
        }
    }

    private Event Mark() => new() { Number = Acknowledged, Run = LastFinishedRun };

    private void TryCompact()
    {
        try
        {
            Rewrite();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No room for a second one: the long one goes on, and the next acknowledgement tries again.
        }
    }

    private void Rewrite()
    {
        var path = $"{_path}.new";
        File.Delete(path);
        var fresh = RecordFile.Open(path, _ => { });
        try
        {
            fresh.Append(new Event { Run = Id }.ToByteArray(), sync: false);
            if (Acknowledged > 0)
            {
                fresh.Append(Mark().ToByteArray(), sync: false);
            }
            foreach (var entry in _unacknowledged.Values)
            {
                fresh.Append(entry.ToByteArray(), sync: false);
            }
            fresh.Sync();
            File.Move(path, _path, overwrite: true);
            DurableFile.SyncDirectory(Path.GetDirectoryName(_path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fresh.Dispose();
            throw;
        }
        _file.Dispose();
        (_file, _isDirty) = (fresh, false);
    }
}
