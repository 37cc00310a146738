using System.Threading.Channels;
using FlaskDeploy.Agent.State;
using FlaskDeploy.V1;
using Google.Protobuf;

namespace FlaskDeploy.Agent.Wire;

/// <summary>
/// What this host tells, numbered, on disk before anybody hears of it. The controller acknowledges; what is acknowledged
/// is forgotten here. Safe for several threads.
/// </summary>
internal sealed class EventLog : IDisposable
{
    // Rewritten once this much of it is acknowledged: an idle host's log stays small.
    private const long CompactAt = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly SortedDictionary<ulong, Event> _unacknowledged = [];
    private readonly Channel<bool> _appended = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private RecordFile _file;
    private bool _isDirty;

    public EventLog(string directory, TimeProvider time)
    {
        _time = time;
        DurableFile.MakeDirectory(directory);
        _path = Path.Combine(directory, "events");
        var id = Path.Combine(directory, "events.id");
        Id = DurableFile.TryRead(id) is { } known ? System.Text.Encoding.ASCII.GetString(known) : NewId(id, _path);
        _file = RecordFile.Open(_path, record =>
        {
            var entry = Event.Parser.ParseFrom(record.Span);
            LastNumber = Math.Max(LastNumber, entry.Number);
            // A marker of an acknowledgement is an event without a kind.
            if (entry.KindCase == Event.KindOneofCase.None)
            {
                Forget(entry.Number);
            }
            else
            {
                _unacknowledged[entry.Number] = entry;
            }
        });
    }

    /// <summary>Random; another one means that this host lost its state and counts from one again.</summary>
    public string Id { get; }

    public ulong LastNumber { get; private set; }

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
    public Event Append(Event entry, bool sync = true)
    {
        lock (_lock)
        {
            entry.Number = LastNumber + 1;
            entry.UnixMillis = _time.GetUtcNow().ToUnixTimeMilliseconds();
            _file.Append(entry.ToByteArray(), sync);
            _isDirty = !sync;
            LastNumber = entry.Number;
            _unacknowledged[entry.Number] = entry;
            Appended?.Invoke(entry);
        }
        _appended.Writer.TryWrite(true);
        return entry;
    }

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
            _file.Append(new Event { Number = through }.ToByteArray(), sync: false);
            if (_file.Length > CompactAt && _unacknowledged.Count * 1024L < _file.Length)
            {
                Compact();
            }
        }
    }

    /// <summary>At most so many after this number, in order. What it hands out is durable: a number never means two things.</summary>
    public IReadOnlyList<Event> After(ulong number, int most)
    {
        lock (_lock)
        {
            if (_isDirty)
            {
                _file.Sync();
                _isDirty = false;
            }
            return [.. _unacknowledged.Where(pair => pair.Key > number).Take(most).Select(pair => pair.Value)];
        }
    }

    /// <summary>Ends when something was appended after the last wait. One waiter.</summary>
    public async ValueTask WaitForMore(CancellationToken cancellation) => await _appended.Reader.ReadAsync(cancellation);

    public void Dispose() => _file.Dispose();

    private static string NewId(string path, string events)
    {
        // Without its id a log cannot be told from another one: what is left of it is not to be mixed up.
        File.Delete(events);
        var id = Guid.NewGuid().ToString("N");
        DurableFile.Write(path, System.Text.Encoding.ASCII.GetBytes(id));
        return id;
    }

    private void Forget(ulong through)
    {
        Acknowledged = Math.Max(Acknowledged, through);
        foreach (var number in _unacknowledged.Keys.TakeWhile(number => number <= through).ToList())
        {
            _unacknowledged.Remove(number);
        }
    }

    private void Compact()
    {
        _file.Dispose();
        var fresh = $"{_path}.compact";
        File.Delete(fresh);
        using (var file = RecordFile.Open(fresh, _ => { }))
        {
            file.Append(new Event { Number = Acknowledged }.ToByteArray(), sync: false);
            foreach (var entry in _unacknowledged.Values)
            {
                file.Append(entry.ToByteArray(), sync: false);
            }
            // The number of the last event must survive also when all are acknowledged.
            file.Append(new Event { Number = Acknowledged }.ToByteArray());
        }
        File.Move(fresh, _path, overwrite: true);
        DurableFile.SyncDirectory(Path.GetDirectoryName(_path)!);
        _file = RecordFile.Open(_path, _ => { });
    }
}
