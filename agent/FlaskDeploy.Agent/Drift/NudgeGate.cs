namespace FlaskDeploy.Agent.Drift;

/// <summary>How long a movement is left to come to rest before it is looked at.</summary>
internal enum Pace
{
    /// <summary>A process that ended is not going to end more.</summary>
    AtOnce,

    /// <summary>An editor writes, renames and sets the mode in one go.</summary>
    Files,

    /// <summary>A transaction of the package manager.</summary>
    Packages,
}

/// <summary>
/// When a deployment whose evidence moved is to be looked at: after a moment of quiet, but also where there is none; and
/// never for more than a share of the processor in the long run. Knows the time only from what it is told.
/// </summary>
internal sealed class NudgeGate(TimeProvider time)
{
    /// <summary>Of a core, for looking because something moved, what the agent's own tools use among it.</summary>
    public const double Share = 0.01;

    /// <summary>What may be used at one go: a person at work on a host is put right at once, some hundred times.</summary>
    public static readonly TimeSpan Savings = TimeSpan.FromSeconds(10);

    // A look costs far less. Where it came to an environment that was made anew, that is no reason not to look for hours.
    private static readonly TimeSpan MostOfOne = TimeSpan.FromMilliseconds(500);

    private static readonly (TimeSpan Quiet, TimeSpan Most)[] Paces =
    [
        (TimeSpan.Zero, TimeSpan.Zero),
        (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(150)),
        (TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10)),
    ];

    private readonly (long First, long Last)?[] _moved = new (long First, long Last)?[Paces.Length];
    private TimeSpan _saved = Savings;
    private long _savedAt = time.GetTimestamp();

    /// <summary>How long from now; null: nothing moved. Zero or less: now.</summary>
    public TimeSpan? Wait
    {
        get
        {
            TimeSpan? soonest = null;
            for (var pace = 0; pace < Paces.Length; pace++)
            {
                if (_moved[pace] is var (first, last))
                {
                    var quiet = Paces[pace].Quiet - time.GetElapsedTime(last);
                    var most = Paces[pace].Most - time.GetElapsedTime(first);
                    var wait = quiet < most ? quiet : most;
                    soonest = soonest < wait ? soonest : wait;
                }
            }
            var debt = -(Saved() / Share);
            return soonest is null || soonest > debt ? soonest : debt;
        }
    }

    public void Moved(Pace pace)
    {
        var now = time.GetTimestamp();
        _moved[(int)pace] = (_moved[(int)pace]?.First ?? now, now);
    }

    /// <summary>It is looked at now: what came to rest is done with. A transaction that goes on is looked at again when it is over.</summary>
    public void Take()
    {
        for (var pace = 0; pace < Paces.Length; pace++)
        {
            if (_moved[pace] is var (first, last) && (time.GetElapsedTime(last) >= Paces[pace].Quiet || time.GetElapsedTime(first) >= Paces[pace].Most))
            {
                _moved[pace] = null;
            }
        }
    }

    /// <summary>What a look cost that a movement asked for.</summary>
    public void Charge(TimeSpan processor) => _saved = Saved() - (processor < MostOfOne ? processor : MostOfOne);

    private TimeSpan Saved()
    {
        var now = time.GetTimestamp();
        var saved = _saved + time.GetElapsedTime(_savedAt, now) * Share;
        (_saved, _savedAt) = (saved < Savings ? saved : Savings, now);
        return _saved;
    }
}
