using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Native;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Watching;

/// <summary>
/// The one thread that waits for the machine to move, blocked in poll(2). It has a time-out only while there are ports, or
/// processes without a pidfd, that have to be asked for; otherwise nothing wakes it but the kernel and <see cref="Replace"/>.
/// </summary>
/// <param name="moved">Called on that thread, once per target and wake-up; is quick and throws nothing.</param>
/// <param name="armed">Called on that thread when targets that were not watched before are: what moved until then made no signal.</param>
/// <param name="problems">Called on that thread with what cannot be watched, when that changes.</param>
internal sealed class MachineWatch(
    Action<WatchSignal> moved, Action<IReadOnlyCollection<WatchTarget>> armed, Action<ImmutableArray<string>> problems, TimeProvider time, bool usePidfds = true) : IDisposable
{
    private const int Always = 2;
    private const int StackSize = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    // Where the end of each process is told by itself, a poll only finds a port that was closed or taken by somebody else.
    private static readonly TimeSpan PollPortsEvery = TimeSpan.FromSeconds(1);

    // Whoever writes to a directory all the time costs a fiftieth of a core at most: after each batch of events the queue
    // is left alone for fifty times as long as the batch took.
    private const int RestShare = 50;
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly SafeFileHandle _wakeUp = WatchCalls.OpenWakeUp();
    private readonly HashSet<WatchTarget> _watched = [];
    private readonly PathWatches _paths = new();
    private readonly ProcessWatches _processes = new(usePidfds);
    private readonly PortWatches _ports = new();
    private ImmutableHashSet<WatchTarget>? _wanted;
    private ImmutableArray<string> _problems = [];
    private Thread? _thread;
    private PollEntry[] _entries = [];
    private ProcessTarget[] _entryTargets = [];
    private bool _isEnding;

    public void Start()
    {
        _thread = new Thread(Run, StackSize) { IsBackground = true, Name = "watch" };
        _thread.Start();
    }

    /// <summary>These and no others from now on; those that are watched already go on without a gap.</summary>
    public void Replace(ImmutableHashSet<WatchTarget> targets)
    {
        lock (_lock)
        {
            _wanted = targets;
        }
        Wake();
    }

    /// <summary>When it returns the thread has ended, or hangs with a file system and ends with the process.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isEnding = true;
        }
        Wake();
        if (_thread?.Join(Patience) == false)
        {
            // What it still holds is not taken from under it.
            return;
        }
        _paths.Dispose();
        _processes.Dispose();
        _ports.Dispose();
        _wakeUp.Dispose();
    }

    private unsafe void Wake()
    {
        ulong one = 1;
        _ = WatchCalls.Write(_wakeUp, (byte*)&one, sizeof(ulong));
    }

    private void Run()
    {
        try
        {
            Watch();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A bug here must not end the agent: the interval still looks, and the status says that nothing else does.
            Tell([$"a bug of the agent ended the watching: {e.GetType().Name}: {e.Message}"]);
        }
    }

    private void Watch()
    {
        var lastPoll = time.GetTimestamp();
        var (restsSince, rest) = (lastPoll, TimeSpan.Zero);
        Arrange();
        while (true)
        {
            var rests = rest - time.GetElapsedTime(restsSince);
            _entries[1].Descriptor = rests <= TimeSpan.Zero && _paths.Notifications is { } notifications ? notifications.Number() : -1;
            var isPolling = _processes.HavePolled || !_ports.IsEmpty;
            var every = _processes.HavePolled ? PollEvery : PollPortsEvery;
            Wait(Sooner(isPolling ? every - time.GetElapsedTime(lastPoll) : null, rests > TimeSpan.Zero ? rests : null));

            if (_entries[0].Happened != 0 && !TakeWanted())
            {
                return;
            }
            if (_entries[1].Happened != 0)
            {
                restsSince = time.GetTimestamp();
                TakeEvents();
                rest = TimeSpan.FromTicks(Math.Clamp(time.GetElapsedTime(restsSince).Ticks * RestShare, ShortestRest.Ticks, LongestRest.Ticks));
            }
            EndProcesses();
            if (isPolling && time.GetElapsedTime(lastPoll) >= every)
            {
                lastPoll = time.GetTimestamp();
                Poll();
            }
        }
    }

    /// <returns>In milliseconds, for poll(2): never less than is left, which would only come back to it.</returns>
    private static int Sooner(TimeSpan? one, TimeSpan? other) => (one < other ? one : other ?? one) is { } wait ? Math.Max(0, (int)Math.Ceiling(wait.TotalMilliseconds)) : -1;

    private void TakeEvents()
    {
        foreach (var signal in _paths.Take())
        {
            moved(signal);
        }
        Tell(Problems());
    }

    private unsafe void Wait(int milliseconds)
    {
        fixed (PollEntry* entries = _entries)
        {
            for (var i = 0; i < _entries.Length; i++)
            {
                entries[i].Happened = 0;
            }
            // An interrupted call has set nothing, and the next round waits for what is left.
            _ = WatchCalls.Poll(entries, (nuint)_entries.Length, milliseconds);
        }
    }

    private void EndProcesses()
    {
        var hasEnded = false;
        for (var i = Always; i < _entries.Length; i++)
        {
            if (_entries[i].Happened != 0)
            {
                Ended(_entryTargets[i - Always], NoticedBy.Pidfd);
                hasEnded = true;
            }
        }
        if (hasEnded)
        {
            Arrange();
        }
    }

    private void Poll()
    {
        foreach (var process in _processes.Poll())
        {
            Ended(process, NoticedBy.ProcStat);
        }
        foreach (var signal in _ports.Poll())
        {
            moved(signal);
        }
    }

    // Once: it stays among the watched, so that wanting it again does not look for it again.
    private void Ended(ProcessTarget process, NoticedBy by)
    {
        _processes.Disarm(process);
        moved(new WatchSignal(process, by, $"process {process.Pid}", null));
    }

    /// <returns>False: the thread is to end.</returns>
    private unsafe bool TakeWanted()
    {
        ulong count;
        _ = WatchCalls.Read(_wakeUp, (byte*)&count, sizeof(ulong));
        ImmutableHashSet<WatchTarget>? wanted;
        lock (_lock)
        {
            if (_isEnding)
            {
                return false;
            }
            (wanted, _wanted) = (_wanted, null);
        }
        if (wanted is null)
        {
            return true;
        }
        var added = wanted.Where(target => !_watched.Contains(target)).ToList();
        // A limit may have been raised since.
        _paths.Failed().Where(wanted.Contains).ToList().ForEach(_paths.Arm);
        added.ForEach(Arm);
        foreach (var target in _watched.Where(target => !wanted.Contains(target)).ToList())
        {
            Disarm(target);
        }
        Arrange();
        Tell(Problems());
        if (added.Count > 0)
        {
            armed(added);
        }
        return true;
    }

    private void Arm(WatchTarget target)
    {
        _watched.Add(target);
        switch (target)
        {
            case PathTarget path:
                _paths.Arm(path);
                break;
            case PortTarget port:
                _ports.Arm(port);
                break;
            case ProcessTarget process when !_processes.Arm(process):
                moved(new WatchSignal(process, NoticedBy.ProcStat, $"process {process.Pid}", null));
                break;
        }
    }

    private void Disarm(WatchTarget target)
    {
        _watched.Remove(target);
        switch (target)
        {
            case PathTarget path:
                _paths.Disarm(path);
                break;
            case PortTarget port:
                _ports.Disarm(port);
                break;
            case ProcessTarget process:
                _processes.Disarm(process);
                break;
        }
    }

    private void Arrange()
    {
        _entryTargets = [.. _processes.Pidfds.Keys];
        _entries = [.. _processes.Pidfds.Values.Select(descriptor => descriptor.Number()).Prepend(-1).Prepend(_wakeUp.Number()).Select(descriptor => new PollEntry { Descriptor = descriptor, Wanted = WatchCalls.Readable })];
    }

    private ImmutableArray<string> Problems() => [.. _paths.Problems.Concat(_ports.Problem is { } problem ? [problem] : []).Order(StringComparer.Ordinal)];

    private void Tell(ImmutableArray<string> now)
    {
        if (!now.SequenceEqual(_problems))
        {
            _problems = now;
            problems(now);
        }
    }
}
