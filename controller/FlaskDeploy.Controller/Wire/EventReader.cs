using FlaskDeploy.Controller.Runs;
using FlaskDeploy.V1;
using Google.Protobuf;

namespace FlaskDeploy.Controller.Wire;

/// <summary>Events as our own records. A number out of range becomes the nearest one in it: an event is never lost for that.</summary>
internal static class EventReader
{
    public static AgentEvent Read(Event e) => new(
        Saturated(e.Number), e.UnixMillis, e.Deployment, Saturated(e.Sequence), e.Run, Saturated(e.Order),
        e.KindCase switch
        {
            Event.KindOneofCase.RunStarted => new Happening.RunStarted((Runs.RunKind)e.RunStarted.Kind, e.RunStarted.Cause),
            Event.KindOneofCase.TaskFinished => new Happening.TaskFinished(
                e.TaskFinished.Task, e.TaskFinished.Name, (Runs.TaskStatus)e.TaskFinished.Status, e.TaskFinished.HasItem, e.TaskFinished.Corrective),
            Event.KindOneofCase.RunFinished => new Happening.RunFinished(
                (Runs.RunResult)e.RunFinished.Result, Read(e.RunFinished.Counts ?? new Counts()), Saturated(e.RunFinished.Micros), e.RunFinished.Because, [.. e.RunFinished.Corrected]),
            Event.KindOneofCase.RunRefused => new Happening.RunRefused(e.RunRefused.Reason, e.RunRefused.Remedy),
            Event.KindOneofCase.LeftOver => new Happening.LeftOver(e.LeftOver.What, e.LeftOver.Pid, e.LeftOver.Port, Saturated(e.LeftOver.SinceSequence)),
            Event.KindOneofCase.AgentStarted => new Happening.AgentStarted(e.AgentStarted.InterruptedRun),
            Event.KindOneofCase.Superseded => new Happening.Superseded(Saturated(e.Superseded.ByOrder)),
            Event.KindOneofCase.Standing => new Happening.Standing([.. e.Standing.ToByteArray()]),
            _ => new Happening.Other(),
        });

    public static long Saturated(ulong number) => number > long.MaxValue ? long.MaxValue : (long)number;

    private static RunCounts Read(Counts counts) => new(
        Int(counts.Ok), Int(counts.Changed), Int(counts.Unreachable), Int(counts.Failed), Int(counts.Skipped), Int(counts.Rescued), Int(counts.Ignored), Int(counts.Unknown));

    private static int Int(uint number) => number > int.MaxValue ? int.MaxValue : (int)number;
}
