using System.Collections.Immutable;

namespace FlaskDeploy.Cli.Rollouts;

/// <summary>What a push came to on one host.</summary>
internal enum HostOutcome
{
    /// <summary>Nothing final was heard: not connected, not enrolled, or too late.</summary>
    Unreachable,
    Unchanged,
    Changed,
    Failed,
    Refused,
    Superseded,

    /// <summary>Drift was found and, by policy, left alone.</summary>
    Drifted,
    Interrupted,
}

internal sealed record HostState(string Host)
{
    public HostPhase Phase { get; init; }

    public string Detail { get; init; } = "";

    public bool IsStarted { get; init; }

    public RunKind Kind { get; init; }

    /// <summary>As far as was heard; the host's own count once it has finished.</summary>
    public Counts Counts { get; init; } = new();

    public Happening.RunFinished? End { get; init; }

    public Happening.RunRefused? Refusal { get; init; }

    public long SupersededBy { get; init; }

    public ImmutableList<Happening.TaskFinished> Tasks { get; init; } = [];

    public ImmutableList<Happening.DriftFound> Drift { get; init; } = [];

    public ImmutableList<Happening.LeftOver> LeftOver { get; init; } = [];

    /// <summary>What keeps the host from correcting drift, where the push was told of it.</summary>
    public Standing? Standing { get; init; }

    public bool IsEnd => Phase is HostPhase.Finished or HostPhase.Refused or HostPhase.Superseded or HostPhase.NotEnrolled;

    public HostOutcome Outcome => this switch
    {
        { Refusal: not null } or { Phase: HostPhase.Refused } => HostOutcome.Refused,
        { Phase: HostPhase.Superseded } => HostOutcome.Superseded,
        { End: null } => HostOutcome.Unreachable,
        _ => End.Result switch
        {
            RunResult.Unchanged => HostOutcome.Unchanged,
            RunResult.Changed => HostOutcome.Changed,
            RunResult.Drifted => HostOutcome.Drifted,
            RunResult.Interrupted => HostOutcome.Interrupted,
            _ => HostOutcome.Failed,
        },
    };

    /// <summary>Names of the tasks whose drift was corrected.</summary>
    public IEnumerable<string> Corrected =>
        Tasks.Where(task => task is { Corrective: true, Status: TaskOutcome.Changed }).Select(task => task.Name).Distinct();

    /// <summary>The RECAP's numbers: a host that did not end well without a failed task is still counted as failed or unreachable.</summary>
    public Counts Recap => Outcome switch
    {
        HostOutcome.Unreachable => Counts with { Unreachable = 1 },
        HostOutcome.Refused or HostOutcome.Failed or HostOutcome.Interrupted => Counts with { Failed = Math.Max(1, Counts.Failed) },
        _ => Counts,
    };

    public HostState Next(Happening happening) => happening switch
    {
        Happening.RunStarted started => this with { IsStarted = true, Kind = started.Kind, Counts = new(), Tasks = [], Drift = [], End = null },
        Happening.TaskFinished task => this with { Tasks = Tasks.Add(task), Counts = Counts.With(task.Status) },
        Happening.RunFinished end => this with { End = end, Counts = end.Counts, Phase = Phase is HostPhase.Superseded or HostPhase.Refused ? Phase : HostPhase.Finished },
        Happening.RunRefused refusal => this with { Refusal = refusal, Phase = HostPhase.Refused },
        Happening.DriftFound drift => this with { Drift = Drift.Add(drift) },
        Happening.StandingTold told => this with { Standing = told.Standing },
        Happening.LeftOver left => this with { LeftOver = LeftOver.Add(left) },
        Happening.Superseded superseded => this with { SupersededBy = superseded.ByOrder, Phase = HostPhase.Superseded },
        _ => this,
    };
}

/// <summary>A push over its hosts, folded from what the controller sends: the same updates give the same state.</summary>
internal sealed record RolloutState
{
    public ImmutableDictionary<string, HostState> Hosts { get; init; } = ImmutableDictionary<string, HostState>.Empty;

    public bool IsEnded { get; init; }

    public static RolloutState Of(IEnumerable<string> hosts) => new() { Hosts = hosts.ToImmutableDictionary(host => host, host => new HostState(host)) };

    /// <summary>By name, as the recap lists them.</summary>
    public IEnumerable<HostState> InOrder => Hosts.Values.OrderBy(host => host.Host, StringComparer.Ordinal);

    /// <summary>Somebody is being waited for, and none of them is connected.</summary>
    public bool IsStalled => Hosts.Values.Any(host => !host.IsEnd) && Hosts.Values.All(host => host.IsEnd || host.Phase == HostPhase.Waiting);

    public RolloutState Next(RolloutUpdate update) => update switch
    {
        RolloutUpdate.Reported reported => With(reported.Host, host => host.Next(reported.Event.What)),
        // What a host itself said last is final: a later word of the controller about the same end changes nothing.
        RolloutUpdate.Moved moved => With(moved.Host, host => host.IsEnd ? host : host with { Phase = moved.Phase, Detail = moved.Detail }),
        RolloutUpdate.Ended => this with { IsEnded = true },
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private RolloutState With(string name, Func<HostState, HostState> next) =>
        this with { Hosts = Hosts.SetItem(name, next(Hosts.GetValueOrDefault(name) ?? new HostState(name))) };
}

/// <summary>Ansible's exit statuses.</summary>
internal static class ExitStatus
{
    public const int Fine = 0;
    public const int Error = 1;
    public const int HostFailed = 2;
    public const int Unreachable = 4;
    public const int WouldChange = 5;

    /// <param name="detailed"><c>--check --detailed-exitcode</c>.</param>
    public static int Of(RolloutState state, bool detailed)
    {
        var outcomes = state.Hosts.Values.Select(host => host.Outcome).ToHashSet();
        return outcomes switch
        {
            _ when outcomes.Contains(HostOutcome.Unreachable) => Unreachable,
            // Superseded: what was asked for here has not been done.
            _ when outcomes.Overlaps([HostOutcome.Failed, HostOutcome.Refused, HostOutcome.Interrupted, HostOutcome.Superseded]) => HostFailed,
            _ when detailed && (outcomes.Overlaps([HostOutcome.Changed, HostOutcome.Drifted]) || state.Hosts.Values.Any(host => host.Counts.Changed > 0)) => WouldChange,
            _ => Fine,
        };
    }
}
