using System.Collections.Immutable;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Cli.Rollouts;

/// <summary>What event.proto tells, as our own records. The numbers are those of the protocol.</summary>
internal enum RunKind
{
    Apply = 0,
    Check = 1,
    Correct = 2,
}

internal enum TaskOutcome
{
    Ok = 0,
    Changed = 1,
    Skipped = 2,
    Failed = 3,
    Ignored = 4,
    Rescued = 5,
    Unknown = 6,
}

internal enum RunResult
{
    Unchanged = 0,
    Changed = 1,
    Failed = 2,
    Interrupted = 3,
    Drifted = 4,
}

internal sealed record Counts
{
    public int Ok { get; init; }

    public int Changed { get; init; }

    public int Unreachable { get; init; }

    public int Failed { get; init; }

    public int Skipped { get; init; }

    public int Rescued { get; init; }

    public int Ignored { get; init; }

    public int Unknown { get; init; }

    /// <summary>With one more task, counted as Ansible does: what changed is ok as well, and so is a failure that is ignored.</summary>
    public Counts With(TaskOutcome status) => status switch
    {
        TaskOutcome.Ok => this with { Ok = Ok + 1 },
        TaskOutcome.Changed => this with { Ok = Ok + 1, Changed = Changed + 1 },
        TaskOutcome.Skipped => this with { Skipped = Skipped + 1 },
        TaskOutcome.Failed => this with { Failed = Failed + 1 },
        TaskOutcome.Ignored => this with { Ok = Ok + 1, Ignored = Ignored + 1 },
        TaskOutcome.Rescued => this with { Rescued = Rescued + 1 },
        _ => this with { Unknown = Unknown + 1 },
    };
}

/// <summary>One numbered event of one host.</summary>
internal sealed record HostEvent(string Host, long Number, long UnixMillis, string Deployment, long Sequence, string Run, long Order, Happening What);

internal abstract record Happening
{
    private Happening()
    {
    }

    internal sealed record RunStarted(RunKind Kind, int Tasks, string Cause) : Happening;

    internal sealed record TaskStarted(string Task, string Name, string Play) : Happening;

    internal sealed record TaskFinished : Happening
    {
        public required string Task { get; init; }

        public required string Name { get; init; }

        public required string Play { get; init; }

        public string Module { get; init; } = "";

        public required TaskOutcome Status { get; init; }

        public string Because { get; init; } = "";

        /// <summary>Of a loop, as shown; null outside of one.</summary>
        public string? Item { get; init; }

        public Value Result { get; init; } = Value.Null;

        public string Diff { get; init; } = "";

        public long Micros { get; init; }

        public string Location { get; init; } = "";

        public bool Corrective { get; init; }

        public bool Handler { get; init; }
    }

    internal sealed record RunFinished(RunResult Result, Counts Counts, long Micros, string Because) : Happening
    {
        public long CpuMicros { get; init; }

        public ImmutableArray<string> Corrected { get; init; } = [];

        public string Change { get; init; } = "";
    }

    internal sealed record RunRefused(string Reason, string Remedy) : Happening;

    internal sealed record DriftFound(string Task, string Name, string What) : Happening
    {
        /// <summary>What had the host looked at: "interval", "drift"…</summary>
        public string Noticed { get; init; } = "";
    }

    internal sealed record StandingTold(Standing Standing) : Happening;

    internal sealed record LeftOver(string What, long Pid, int Port, long SinceSequence) : Happening;

    internal sealed record AgentStarted(string Version, string InterruptedRun) : Happening;

    internal sealed record Superseded(long ByOrder) : Happening;

    /// <summary>Of a kind that this version does not know: told by a newer agent.</summary>
    internal sealed record Other : Happening;
}

/// <summary>What keeps an agent from correcting drift of a deployment by itself.</summary>
internal sealed record Standing
{
    /// <summary>"correct", "report" or "off".</summary>
    public string Drift { get; init; } = "correct";

    public string MaintenanceWindows { get; init; } = "";

    /// <summary>Null: it is not paused.</summary>
    public PauseTold? Paused { get; init; }

    public ImmutableArray<HeldTask> Held { get; init; } = [];

    /// <summary>For people, each on a line of its own; none where drift is simply corrected.</summary>
    public IEnumerable<string> Lines()
    {
        if (Paused is { } pause)
        {
            yield return $"paused {(pause.UntilUnixMillis == 0 ? "until it is resumed" : $"until {Spans.Moment(pause.UntilUnixMillis)}")}{(pause.By.Length > 0 ? $" by {pause.By}" : "")}{(pause.Reason.Length > 0 ? $": {pause.Reason}" : "")}";
        }
        if (Drift != "correct")
        {
            yield return Drift == "off" ? "drift is not looked for, by policy" : "drift is reported and not corrected, by policy";
        }
        if (MaintenanceWindows.Length > 0)
        {
            yield return $"drift is corrected within {MaintenanceWindows}";
        }
        foreach (var held in Held)
        {
            yield return $"held: {held.Task}, {held.Because}; tried again at {Spans.Moment(held.UntilUnixMillis)}, by a push or resume";
        }
    }
}

internal sealed record PauseTold(string Reason, string By, long SinceUnixMillis, long UntilUnixMillis);

internal sealed record HeldTask(string Task, string Because, long UntilUnixMillis);

internal enum HostPhase
{
    /// <summary>Not connected.</summary>
    Waiting = 0,
    Offered = 1,
    Accepted = 2,
    Finished = 3,
    Refused = 4,
    Superseded = 5,

    /// <summary>The controller knows no such host.</summary>
    NotEnrolled = 100,
}

/// <summary>What comes while a push is followed.</summary>
internal abstract record RolloutUpdate
{
    private RolloutUpdate()
    {
    }

    internal sealed record Reported(string Host, HostEvent Event) : RolloutUpdate;

    internal sealed record Moved(string Host, HostPhase Phase, string Detail) : RolloutUpdate;

    internal sealed record Ended : RolloutUpdate;
}
