using System.Globalization;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Processes;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Watching;

/// <summary>
/// Processes, ours or not, until they end: by pidfd_open(2); on a kernel older than 5.3 by a descriptor of /proc/PID/stat
/// that is kept, since it goes on meaning the same process. Of one thread only.
/// </summary>
internal sealed class ProcessWatches(bool usePidfds = true) : IDisposable
{
    private const int LongestStat = 1024;

    private readonly Dictionary<ProcessTarget, SafeFileHandle> _pidfds = [];
    private readonly Dictionary<ProcessTarget, SafeFileHandle> _stats = [];
    private readonly List<ProcessTarget> _ended = [];

    /// <summary>To be polled for <see cref="WatchCalls.Readable"/>.</summary>
    public IReadOnlyDictionary<ProcessTarget, SafeFileHandle> Pidfds => _pidfds;

    /// <summary>Whether there is anything that only <see cref="Poll"/> notices.</summary>
    public bool HavePolled => _stats.Count > 0;

    /// <returns>False: that process has ended already.</returns>
    public bool Arm(ProcessTarget target)
    {
        // The descriptor first: it is of whoever had the pid by then, and the start time says whether that is the one.
        var descriptor = usePidfds ? WatchCalls.TryOpenProcess(target.Pid) : null;
        var watched = descriptor is null ? _stats : _pidfds;
        descriptor ??= Libc.TryOpen(Libc.AtCurrentDirectory, string.Create(CultureInfo.InvariantCulture, $"/proc/{target.Pid}/stat"), Libc.OpenReadOnly);
        if (descriptor is null || ProcessTable.StartTime(target.Pid) != target.StartTime)
        {
            descriptor?.Dispose();
            return false;
        }
        watched[target] = descriptor;
        return true;
    }

    public void Disarm(ProcessTarget target)
    {
        if (_pidfds.Remove(target, out var descriptor) || _stats.Remove(target, out descriptor))
        {
            descriptor.Dispose();
        }
    }

    /// <returns>Those that have ended and were not seen by a pidfd. Allocates nothing while there are none.</returns>
    public List<ProcessTarget> Poll()
    {
        _ended.Clear();
        foreach (var (target, descriptor) in _stats)
        {
            if (HasEnded(descriptor))
            {
                _ended.Add(target);
            }
        }
        return _ended;
    }

    public void Dispose()
    {
        foreach (var descriptor in _pidfds.Values.Concat(_stats.Values))
        {
            descriptor.Dispose();
        }
    }

    private static unsafe bool HasEnded(SafeFileHandle stat)
    {
        var buffer = stackalloc byte[LongestStat];
        var length = WatchCalls.ReadAt(stat, buffer, LongestStat, 0);
        return length <= 0 ? Errno.Last != Errno.Interrupted : IsOver(new ReadOnlySpan<byte>(buffer, (int)length));
    }

    /// <summary>Whether the line is of a process that has ended and only waits to be reaped; as <see cref="ProcessTable.Parse"/>, without its strings.</summary>
    internal static bool IsOver(ReadOnlySpan<byte> line)
    {
        // After the name: state is field 0, the number of threads field 17. A first thread that ended may leave others.
        const int threads = 17;
        var rest = line[(line.LastIndexOf((byte)')') + 1)..].TrimStart((byte)' ');
        if (rest.IsEmpty || rest[0] is not ((byte)'Z' or (byte)'X' or (byte)'x'))
        {
            return false;
        }
        for (var field = 0; field < threads && !rest.IsEmpty; field++)
        {
            var space = rest.IndexOf((byte)' ');
            rest = space < 0 ? [] : rest[(space + 1)..];
        }
        return !System.Buffers.Text.Utf8Parser.TryParse(rest, out int count, out _) || count <= 1;
    }
}
