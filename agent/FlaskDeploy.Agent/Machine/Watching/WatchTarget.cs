namespace FlaskDeploy.Agent.Machine.Watching;

/// <summary>What of a path is news.</summary>
[Flags]
internal enum PathEvents
{
    None = 0,

    /// <summary>It appears, goes, is moved or replaced.</summary>
    Entry = 1,

    /// <summary>Its mode, owner, times or extended attributes.</summary>
    Attributes = 2,

    /// <summary>It was written to. What is written through a mapping makes no such event.</summary>
    Written = 4,

    /// <summary>Somebody who might have written to it closed it.</summary>
    Closed = 8,
}

/// <summary>How a movement was noticed.</summary>
internal enum NoticedBy
{
    /// <summary>By no watch: a comparison at the interval found it.</summary>
    Interval,
    Inotify,

    /// <summary>The kernel's queue of events was full: what was lost is not known, so everything counts as moved.</summary>
    Overflow,
    Pidfd,
    ProcStat,
    SockDiag,
    PackageDatabase,
}

/// <summary>Something on the machine whose movement is to be noticed. By value: two deployments that look at one thing watch it once.</summary>
internal abstract record WatchTarget
{
    private protected WatchTarget()
    {
    }
}

/// <summary>
/// A path, absolute. Links on the way and at its end are followed, and the way itself is watched: a parent that is moved
/// away, or that is not there yet, is noticed.
/// </summary>
internal sealed record PathTarget(string Path, PathEvents Events) : WatchTarget
{
    /// <summary>Its parts are patterns of glob(7).</summary>
    public bool IsPattern { get; init; }

    /// <summary>It is part of the package manager's database, which is asked once it has been quiet for a while.</summary>
    public bool IsPackageDatabase { get; init; }
}

/// <summary>That very process, until it ends.</summary>
/// <param name="StartTime">Clock ticks after boot: another process with the pid is not this one.</param>
internal sealed record ProcessTarget(int Pid, ulong StartTime) : WatchTarget;

/// <summary>Who listens on a TCP port, whatever the address.</summary>
internal sealed record PortTarget(int Port) : WatchTarget;

/// <param name="What">The path, process or port.</param>
/// <param name="Uid">Of a new file its owner, of a new listener its user; null: the system does not say who it was.</param>
internal sealed record WatchSignal(WatchTarget Target, NoticedBy By, string What, uint? Uid);
