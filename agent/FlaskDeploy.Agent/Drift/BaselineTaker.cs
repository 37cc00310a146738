using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;
using Google.Protobuf;

namespace FlaskDeploy.Agent.Drift;

/// <summary>Plans all tasks of a completed run once more; what they say and what they looked at is the baseline, oddities included.</summary>
internal static class BaselineTaker
{
    public static async Task<Baseline> Take(RunContext run, IReadOnlyList<PlaySession> sessions, CancellationToken cancellation)
    {
        var instances = new Dictionary<string, InstanceBaseline>(StringComparer.Ordinal);
        foreach (var session in sessions)
        {
            // A task that ran twice (a handler, a replay) counts as it ran last.
            foreach (var (task, instance, ready, result) in session.Ran)
            {
                instances[instance.Key] = await Look(session, task, instance, ready, result, cancellation);
            }
        }
        var statuses = sessions.SelectMany(session => session.Ran).GroupBy(ran => ran.Task.Node.Id, StringComparer.Ordinal).ToList();
        var baseline = new Baseline(run.Assigned.Sequence, run.Services.Time.GetUtcNow(), [.. instances.Values], [.. sessions.Select(Registered)])
        {
            TaskCount = statuses.Count,
            SkippedCount = statuses.Count(group => group.All(ran => ran.Result.Status == Runs.TaskStatus.Skipped)),
        };
        return baseline;
    }

    /// <summary>The values under which the tasks of a play were run, to be put back before a correction.</summary>
    public static void Restore(PlaySession session, byte[] registered)
    {
        if (ValueCodec.Decode(V1.Value.Parser.ParseFrom(registered)).Value is MapValue map)
        {
            foreach (var (name, value) in map.Entries)
            {
                session.Variables.Register(name.ToString(), value);
            }
        }
    }

    public static byte[] Registered(PlaySession session) =>
        ValueCodec.Encode(Known(MapValue.From(session.Variables.Registered.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))))).ToByteArray();

    public static async ValueTask<InstanceBaseline> Look(
        PlaySession session, PlacedTask task, TaskInstance instance, ReadyTask? ready, TaskResult result, CancellationToken cancellation)
    {
        if (ready is null)
        {
            return new InstanceBaseline(instance.Key, result.Status == Runs.TaskStatus.Skipped ? BaselineKind.Skipped : BaselineKind.Unknown, result.Because, []);
        }
        if (Stretch.IsUnguardedCommand(task, ready.Module.Spec))
        {
            var directory = ready.Arguments.Spec.Find("chdir") is not null ? ready.Arguments.Text("chdir") ?? ready.As.Home : ready.As.Home;
            var named = NamedPaths.In($"{ready.Arguments.FreeForm} {string.Join(' ', instance.Call.Arguments.Entries.Select(entry => entry.Value.ToString()))} {directory}", ready.As.Home, directory);
            return new InstanceBaseline(instance.Key, BaselineKind.Command, "a command without a guard", []) { Named = named };
        }
        var (plan, evidence) = await session.Runner.Look(ready, Purpose.Maintain, cancellation);
        var kind = plan switch
        {
            InSync => BaselineKind.InSync,
            _ when ready.Module.Spec.Nature == ModuleNature.Verification => BaselineKind.Failing,
            Change => BaselineKind.Change,
            _ => BaselineKind.Unknown,
        };
        return new InstanceBaseline(instance.Key, kind, plan.Because, evidence);
    }

    // What a check could not know has no encoding; it is not there after a restart, and reading it is unknown again.
    private static Value Known(Value value) => value switch
    {
        MapValue map => new MapValue(map.Entries.Where(entry => entry.Value is not (UnknownValue or UndefinedValue)).Select(entry => KeyValuePair.Create(entry.Key, Known(entry.Value)))),
        ListValue list => new ListValue([.. list.Items.Where(item => item is not (UnknownValue or UndefinedValue)).Select(Known)]),
        _ => value,
    };
}
