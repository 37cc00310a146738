using FlaskDeploy.Agent.Machine.Watching;

namespace FlaskDeploy.Agent.Drift;

/// <summary>A movement of evidence that was noticed.</summary>
/// <param name="Subject">Of the look: <c>/etc/motd</c>, <c>package lsof</c>, <c>port 5000</c>.</param>
/// <param name="What">What exactly was seen to move: a path, a process, a port.</param>
internal sealed record NoticedMovement(string Deployment, string Subject, string What, NoticedBy By, DateTimeOffset When)
{
    /// <summary>Of a new file its owner, of a new listener its user. Null: the system does not say who did it, and nobody guesses.</summary>
    public uint? Uid { get; init; }

    /// <summary>How often in a row; <see cref="When"/> is the last time.</summary>
    public int Times { get; init; } = 1;

    /// <summary>A run of ours was under way, so that it may have been our own doing.</summary>
    public bool DuringRun { get; init; }
}

/// <summary>The last movements of each deployment, in memory only. Safe for several threads.</summary>
internal sealed class MovementLog(TimeProvider time)
{
    /// <summary>Of each deployment.</summary>
    public const int Kept = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<NoticedMovement>> _noticed = new(StringComparer.Ordinal);

    /// <summary>The same again is counted and not kept twice: a path that flaps does not push everything else out.</summary>
    public void Add(string deployment, string subject, string what, NoticedBy by, uint? uid = null, bool duringRun = false)
    {
        var movement = new NoticedMovement(deployment, subject, what, by, time.GetUtcNow()) { Uid = uid, DuringRun = duringRun };
        lock (_lock)
        {
            if (!_noticed.TryGetValue(deployment, out var list))
            {
                _noticed[deployment] = list = [];
            }
            var same = list.FindIndex(known => (known.Subject, known.What, known.By, known.Uid, known.DuringRun) == (subject, what, by, uid, duringRun));
            if (same >= 0)
            {
                movement = movement with { Times = list[same].Times + 1 };
                list.RemoveAt(same);
            }
            else if (list.Count == Kept)
            {
                list.RemoveAt(0);
            }
            list.Add(movement);
        }
    }

    /// <summary>Oldest first; a copy.</summary>
    public IReadOnlyList<NoticedMovement> Of(string deployment)
    {
        lock (_lock)
        {
            return [.. _noticed.GetValueOrDefault(deployment, [])];
        }
    }

    public void Forget(string deployment)
    {
        lock (_lock)
        {
            _noticed.Remove(deployment);
        }
    }
}
