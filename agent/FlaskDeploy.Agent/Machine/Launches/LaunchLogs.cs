using System.Globalization;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Native;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Launches;

/// <summary>
/// Cuts the logs of what was launched in place: the writer keeps its descriptor and appends on. Older parts are LOG.1,
/// LOG.2 and so on, with the log's owner and mode. Where the file system can take away a file's beginning (fallocate(2)
/// with FALLOC_FL_COLLAPSE_RANGE: ext4, xfs) nothing is lost, and a line may stand half in either; elsewhere it is copy and
/// truncate, and what is written between the last read and the cut is lost. Safe at any time.
/// </summary>
/// <param name="tell">Hears of each log that cannot be cut, once for as long as the reason stays the same.</param>
internal sealed class LaunchLogs(LaunchLedger ledger, Action<string> tell)
{
    private const int MostPasses = 8;
    private const int NoSpace = 28;
    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);
    private int _busy;

    /// <summary>Called now and then; a call while another is under way (a file system that hangs) does nothing.</summary>
    public void Rotate()
    {
        if (Interlocked.Exchange(ref _busy, 1) == 1)
        {
            return;
        }
        try
        {
            foreach (var record in ledger.All().Where(record => record.Log.StartsWith('/') && LaunchLedger.Runs(record)).ToList())
            {
                Rotate(record);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tell($"the launched processes' logs cannot be looked at: {e.Message}");
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private void Rotate(LaunchRecord record)
    {
        try
        {
            Cut(record.Log, record.Limits ?? LogLimits.Default, record.Uid);
            _told.Remove(record.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var problem = $"{record.Log} of {record.Name} is not cut: {e.Message}";
            if (_told.GetValueOrDefault(record.Name) != problem)
            {
                _told[record.Name] = problem;
                tell(problem);
            }
        }
    }

    /// <param name="log">Walked as root walks what others may have made: a link in its place, or on the way into somebody else's, is refused.</param>
    /// <param name="limits">A log that is not larger is left alone.</param>
    /// <param name="owner">Whose log it has to be; null: nobody's in particular.</param>
    public static void Cut(string log, LogLimits limits, uint? owner)
    {
        using var place = PathWalk.Walk(log, followLast: false, guarded: Libc.EffectiveUser() == 0);
        if (place.Target is not { } target || place.Status is not { } status)
        {
            return;
        }
        if (status.Kind != PathKind.File)
        {
            throw new IOException("it is no file");
        }
        if (owner is { } uid && status.Uid != uid && Libc.EffectiveUser() == 0)
        {
            throw new IOException($"it belongs to user {status.Uid}, not to user {uid}");
        }
        if (status.Size <= limits.MaxSize)
        {
            return;
        }
        const int readAndWrite = 2;
        using var source = Libc.Open(Libc.AtCurrentDirectory, target.ProcPath(), readAndWrite | Libc.OpenNonBlocking, subject: log);
        if (limits.Keep > 0)
        {
            Keep(place.Parent, place.Name, source, status, limits.Keep);
            return;
        }
        RemoveFrom(place.Parent, place.Name, status.Uid, 1);
        RandomAccess.SetLength(source, 0);
    }

    private static void Keep(SafeFileHandle parent, string name, SafeFileHandle source, FileStatus status, int keep)
    {
        var temporary = $".{name}.rotating";
        _ = Libc.UnlinkAt(parent, temporary, 0);
        using var part = Libc.Open(parent.Number(), temporary, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive | Libc.OpenNoFollow, 0x180, temporary);
        var isInPlace = false;
        try
        {
            var copied = Copy(source, part, 0);
            if (Libc.EffectiveUser() == 0 && Libc.ChangeOwner(part, status.Uid, status.Gid) < 0 || Libc.ChangeMode(part, (uint)status.Mode & 0x1FF) < 0)
            {
                throw SystemCallException.Last(temporary);
            }
            Shift(parent, name, status.Uid, keep);
            if (Libc.RenameAt(parent, temporary, parent, $"{name}.1") < 0)
            {
                throw SystemCallException.Last($"{name}.1");
            }
            isInPlace = true;
            if (Collapse(source, copied) is { } taken)
            {
                RandomAccess.SetLength(part, taken);
                return;
            }
            // What came meanwhile; a writer that is faster than this is followed for so many rounds and no longer.
            for (var pass = 0; pass < MostPasses && RandomAccess.GetLength(source) > copied; pass++)
            {
                copied = Copy(source, part, copied);
            }
            RandomAccess.SetLength(source, 0);
        }
        catch (IOException e) when (!isInPlace && e.HResult == NoSpace)
        {
            // Room is made by the oldest part, one at each look, until the copy fits.
            RemoveOldest(parent, name, status.Uid, keep);
            throw;
        }
        finally
        {
            if (!isInPlace)
            {
                _ = Libc.UnlinkAt(parent, temporary, 0);
            }
        }
    }

    // Whole blocks, and never all of the file.
    private static long? Collapse(SafeFileHandle log, long copied)
    {
        const long block = 64 * 1024;
        const long smallBlock = 4096;
        foreach (var size in (long[])[smallBlock, block])
        {
            var taken = copied / size * size;
            taken = taken == RandomAccess.GetLength(log) ? taken - size : taken;
            if (taken > 0 && Libc.Allocate(log, Libc.CollapseRange, 0, taken) == 0)
            {
                return taken;
            }
        }
        return null;
    }

    private static long Copy(SafeFileHandle source, SafeFileHandle part, long from)
    {
        var buffer = new byte[64 * 1024];
        var end = RandomAccess.GetLength(source);
        while (from < end && RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - from)), from) is var read and > 0)
        {
            RandomAccess.Write(part, buffer.AsSpan(0, read), from);
            from += read;
        }
        return from;
    }

    // Only what is a part of this log by kind and owner is moved: anything else under such a name is somebody's and stays.
    private static void Shift(SafeFileHandle parent, string name, uint owner, int keep)
    {
        RemoveFrom(parent, name, owner, keep);
        for (var number = keep; number >= 1; number--)
        {
            var (older, newer) = (Numbered(name, number), Numbered(name, number - 1));
            if (Libc.StatusAt(parent.Number(), older, out _, Libc.AtNoFollow) == 0)
            {
                throw new IOException($"{older} is in the way, which is no part of it");
            }
            if (number > 1 && IsPart(parent, newer, owner) && Libc.RenameAt(parent, newer, parent, older) < 0)
            {
                throw SystemCallException.Last(newer);
            }
        }
    }

    // Also those that a larger number of parts left.
    private static void RemoveFrom(SafeFileHandle parent, string name, uint owner, int number)
    {
        for (; IsPart(parent, Numbered(name, number), owner); number++)
        {
            if (Libc.UnlinkAt(parent, Numbered(name, number), 0) < 0)
            {
                throw SystemCallException.Last(Numbered(name, number));
            }
        }
    }

    private static void RemoveOldest(SafeFileHandle parent, string name, uint owner, int keep)
    {
        for (var number = keep; number >= 1; number--)
        {
            if (IsPart(parent, Numbered(name, number), owner))
            {
                _ = Libc.UnlinkAt(parent, Numbered(name, number), 0);
                return;
            }
        }
    }

    private static bool IsPart(SafeFileHandle parent, string name, uint owner) =>
        Libc.StatusAt(parent.Number(), name, out var status, Libc.AtNoFollow) == 0 && status.Kind == PathKind.File && status.Uid == owner;

    private static string Numbered(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}.{number}");
}
