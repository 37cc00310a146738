using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Wire;

/// <summary>Generated messages as our own records. What a newer peer says beyond them is left out, never an error.</summary>
internal static class Mapping
{
    public static RolloutUpdate? ToUpdate(V1.RolloutUpdate update) => update.KindCase switch
    {
        V1.RolloutUpdate.KindOneofCase.Event when update.Event.Event is not null =>
            new RolloutUpdate.Reported(Shown(update.Event.InventoryName, update.Event.Host), ToEvent(update.Event)),
        V1.RolloutUpdate.KindOneofCase.Progress when Enum.IsDefined((HostPhase)update.Progress.State) =>
            new RolloutUpdate.Moved(Shown(update.Progress.InventoryName, update.Progress.Host), (HostPhase)update.Progress.State, update.Progress.Detail),
        V1.RolloutUpdate.KindOneofCase.Finished => new RolloutUpdate.Ended(),
        _ => null,
    };

    public static HostEvent ToEvent(V1.HostEvent message) => ToEvent(Shown(message.InventoryName, message.Host), message.Event ?? new());

    public static HostEvent ToEvent(string host, V1.Event e) =>
        new(host, (long)e.Number, e.UnixMillis, e.Deployment, (long)e.Sequence, e.Run, (long)e.Order, What(e));

    public static Counts ToCounts(V1.Counts? counts) => counts is null
        ? new()
        : new()
        {
            Ok = (int)counts.Ok,
            Changed = (int)counts.Changed,
            Unreachable = (int)counts.Unreachable,
            Failed = (int)counts.Failed,
            Skipped = (int)counts.Skipped,
            Rescued = (int)counts.Rescued,
            Ignored = (int)counts.Ignored,
            Unknown = (int)counts.Unknown,
        };

    // The inventory's name is what the operator knows the host by.
    private static string Shown(string inventoryName, string host) => inventoryName.Length > 0 ? inventoryName : host;

    private static Happening What(V1.Event e) => e.KindCase switch
    {
        V1.Event.KindOneofCase.RunStarted => new Happening.RunStarted((RunKind)e.RunStarted.Kind, (int)e.RunStarted.Tasks, e.RunStarted.Cause),
        V1.Event.KindOneofCase.TaskStarted => new Happening.TaskStarted(e.TaskStarted.Task, e.TaskStarted.Name, e.TaskStarted.Play),
        V1.Event.KindOneofCase.TaskFinished => Task(e.TaskFinished),
        V1.Event.KindOneofCase.RunFinished => new Happening.RunFinished((RunResult)e.RunFinished.Result, ToCounts(e.RunFinished.Counts), (long)e.RunFinished.Micros, e.RunFinished.Because)
        {
            CpuMicros = (long)e.RunFinished.CpuMicros,
            Corrected = [.. e.RunFinished.Corrected],
            Change = e.RunFinished.Change,
        },
        V1.Event.KindOneofCase.RunRefused => new Happening.RunRefused(e.RunRefused.Reason, e.RunRefused.Remedy),
        V1.Event.KindOneofCase.DriftFound => new Happening.DriftFound(e.DriftFound.Task, e.DriftFound.Name, e.DriftFound.What) { Noticed = e.DriftFound.Noticed },
        V1.Event.KindOneofCase.Standing => new Happening.StandingTold(ToStanding(e.Standing)),
        V1.Event.KindOneofCase.LeftOver => ToLeftOver(e.LeftOver),
        V1.Event.KindOneofCase.AgentStarted => new Happening.AgentStarted(e.AgentStarted.Version, e.AgentStarted.InterruptedRun),
        V1.Event.KindOneofCase.Superseded => new Happening.Superseded((long)e.Superseded.ByOrder),
        _ => new Happening.Other(),
    };

    public static Happening.LeftOver ToLeftOver(V1.LeftOver left) => new(left.What, left.Pid, (int)left.Port, (long)left.SinceSequence);

    public static Standing ToStanding(V1.Standing standing) => new()
    {
        Drift = standing.Policy switch { V1.Policy.Report => "report", V1.Policy.Off => "off", _ => "correct" },
        MaintenanceWindows = standing.MaintenanceWindows,
        Paused = standing.Paused is { } pause ? new PauseTold(pause.Reason, pause.By, pause.SinceUnixMillis, pause.UntilUnixMillis) : null,
        Held = [.. standing.Held.Select(held => new HeldTask(held.Name, held.Because, held.UntilUnixMillis))],
    };

    private static Happening.TaskFinished Task(V1.TaskFinished task) => new()
    {
        Task = task.Task,
        Name = task.Name,
        Play = task.Play,
        Module = task.Module,
        Status = (TaskOutcome)task.Status,
        Because = task.Because,
        Item = task.HasItem ? task.Item : null,
        // A result that cannot be read is not worth losing the task's line for.
        Result = task.Result is null ? Value.Null : ValueCodec.Decode(task.Result).Value ?? Value.Null,
        Diff = task.Diff,
        Micros = (long)task.Micros,
        Location = task.Location,
        Corrective = task.Corrective,
        Handler = task.Handler,
    };
}
