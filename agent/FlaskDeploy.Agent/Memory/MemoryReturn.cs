using System.Runtime;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Memory;

/// <summary>
/// An agent works for milliseconds and waits for minutes. While it waits, what the work needed is the host's again: garbage,
/// free pages of both heaps, and the pages of its own program, which the kernel has mapped in sixteens around each that
/// was touched and which come back from the page cache when they are needed.
/// </summary>
/// <param name="isBusy">A run is under way, or what it started for itself is still there.</param>
internal sealed class MemoryReturn(Func<bool> isBusy, TimeProvider time)
{
    /// <summary>How often it looks. Also how long nothing must have happened: runs in a row are not interrupted.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly ReturnSchedule _schedule = new(time);

    /// <summary>Until cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            var busy = isBusy();
            if (_schedule.IsDue(busy, GC.GetTotalAllocatedBytes()))
            {
                Return();
                _schedule.Returned(GC.GetTotalAllocatedBytes());
            }
            else if (!busy)
            {
                // What a ping or a timer has touched since: it costs less than the look whether it is worth it.
                ProgramPages.LetGo();
            }
        }
    }

    /// <summary>Milliseconds. Changes nothing but what is resident.</summary>
    public static void Return()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Libc.TrimHeap(0);
        ProgramPages.LetGoOfTables();
        ProgramPages.LetGo();
    }
}

/// <summary>When memory is worth returning: something was done since it was last returned, and nothing is being done now.</summary>
internal sealed class ReturnSchedule(TimeProvider time)
{
    // What a line to the controller allocates by being kept alive stays below this for a long time; a reconvergence does not.
    private const long Worth = 512 * 1024;

    // Between two looks: more is work.
    private const long Little = 64 * 1024;

    // An agent that is told to look every few seconds would otherwise work for this more than for its playbooks.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    // Arrays that .NET keeps for the next user are let go of when they lay about for a minute: then it is done once more.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(70);

    private long _seen;
    private long _returned;
    private bool _isAgainDue;
    private long? _at;

    /// <summary>To be asked at each look.</summary>
    /// <param name="allocated">By this process since it began.</param>
    public bool IsDue(bool isBusy, long allocated)
    {
        var isQuiet = allocated - _seen < Little;
        _seen = allocated;
        if (!isQuiet || isBusy)
        {
            return false;
        }
        var since = _at is { } at ? time.GetElapsedTime(at) : TimeSpan.MaxValue;
        if (allocated - _returned >= Worth && since >= Pause)
        {
            _isAgainDue = true;
            return true;
        }
        if (_isAgainDue && since >= Again)
        {
            _isAgainDue = false;
            return true;
        }
        return false;
    }

    public void Returned(long allocated) => (_seen, _returned, _at) = (allocated, allocated, time.GetTimestamp());
}
