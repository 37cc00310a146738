using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Agent.Runs;

/// <summary>What a run works with in one play: its variables, and the preparing, running and telling of its tasks.</summary>
internal sealed class PlaySession(
    RunContext run, Play play, RunVariables variables, TaskPreparer preparer, TaskRunner runner, RunReporter reporter)
{
    // Who was run how, in the order of running: what the closing plan goes over.
    private readonly List<(PlacedTask Task, TaskInstance Instance, ReadyTask? Ready, TaskResult Result)> _ran = [];

    public Play Play => play;

    public RunVariables Variables => variables;

    public TaskPreparer Preparer => preparer;

    public TaskRunner Runner => runner;

    public IReadOnlyList<(PlacedTask Task, TaskInstance Instance, ReadyTask? Ready, TaskResult Result)> Ran => _ran;

    /// <summary>Runs all instances of a task, registers, counts and tells. The status is of the task as a whole.</summary>
    public async ValueTask<TaskResult> RunTask(PlacedTask task, TaskMode mode, CancellationToken cancellation)
    {
        var (instances, instead) = preparer.Expand(task.Node, task.Call, task.Keywords, variables);
        if (instead is not null)
        {
            var placeholder = new TaskInstance(task.Node, task.Call, task.Keywords, new TaskVariables(variables)) { Name = task.Name, PlayName = PlayName };
            reporter.TaskStarts(task.Node, placeholder.Name, PlayName);
            var none = await RunInstance(task, placeholder, instead, mode, cancellation);
            return Finish(task, none, []);
        }
        reporter.TaskStarts(task.Node, instances[0].Name, PlayName);
        var results = ImmutableArray.CreateBuilder<(TaskInstance Instance, TaskResult Result)>(instances.Length);
        foreach (var instance in instances)
        {
            cancellation.ThrowIfCancellationRequested();
            results.Add((instance, await RunInstance(task, instance, null, mode, cancellation)));
        }
        var whole = task.Node.Loop is null ? results[0].Result : Combine(results.ToImmutable(), task.Node.Loop);
        return Finish(task, whole, results.ToImmutable());
    }

    private string PlayName => play.Name is NullValue ? play.Hosts : play.Name.ToString();

    private async ValueTask<TaskResult> RunInstance(PlacedTask task, TaskInstance instance, Preparation? instead, TaskMode mode, CancellationToken cancellation)
    {
        var preparation = instead ?? await preparer.Prepare(instance, cancellation);
        var ready = (preparation as Preparation.Ready)?.Task;
        var result = preparation switch
        {
            Preparation.Ready => await RunReady(ready!, mode, cancellation),
            Preparation.Skipped skipped => TaskResult.Skipped(skipped.Because),
            Preparation.Unknown unknown when mode.ChangeNothing || mode.Purpose == Purpose.Maintain => TaskResult.Unknown(unknown.Because),
            Preparation.Unknown unknown => TaskResult.Failed(unknown.Because),
            Preparation.Wrong wrong => TaskResult.Failed(wrong.Problem.ToString()),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (result.HasFailed && preparer.IsTrue(task.Keywords.IgnoreErrors, instance.Variables, task.Node.Span))
        {
            result = result with { Status = TaskStatus.Ignored };
        }
        var censored = preparer.IsTrue(task.Keywords.NoLog, instance.Variables, task.Node.Span);
        foreach (var (name, value) in result.Facts)
        {
            variables.Register(name, value);
        }
        if (!mode.ChangeNothing)
        {
            run.Journal.InstanceEnds(instance.Key, result.Status, EncodeRegistered(result.Registered));
        }
        reporter.TaskEnds(instance, result, censored, mode.IsCorrection, mode.IsHandler);
        _ran.Add((task, instance, ready, result));
        return result;
    }

    private async ValueTask<TaskResult> RunReady(ReadyTask ready, TaskMode mode, CancellationToken cancellation)
    {
        if (run.Resumed?.Done.TryGetValue(ready.Instance.Key, out var done) == true
            && ready.Module.Spec.Nature == ModuleNature.Command && done.Status is TaskStatus.Ok or TaskStatus.Changed or TaskStatus.Ignored
            && DecodeRegistered(done.Registered) is { } registered)
        {
            // It was run before the interruption, and its outcome is known: a command is not repeated.
            return new TaskResult(done.Status == TaskStatus.Ignored ? TaskStatus.Failed : done.Status, "done before the interruption", registered);
        }
        var changeNothing = mode.ChangeNothing;
        if (ready.Instance.Keywords.CheckMode is { } keyword)
        {
            changeNothing = preparer.IsTrue(keyword, ready.Instance.Variables, ready.Instance.Node.Span);
        }
        return await runner.Run(ready, mode.Purpose, changeNothing, cancellation);
    }

    private TaskResult Finish(PlacedTask task, TaskResult whole, ImmutableArray<(TaskInstance Instance, TaskResult Result)> parts)
    {
        if (task.Node.Register is { } name)
        {
            variables.Register(name, whole.Registered);
        }
        reporter.Count(whole.Status);
        if (whole.Status == TaskStatus.Changed || parts.Any(part => part.Result.Status == TaskStatus.Changed))
        {
            run.Handlers.Notify(play, task.Node.Notify, preparer, new TaskVariables(variables), task.Node.Span);
        }
        return whole;
    }

    private static TaskResult Combine(ImmutableArray<(TaskInstance Instance, TaskResult Result)> parts, Loop loop)
    {
        var statuses = parts.Select(part => part.Result.Status).ToList();
        var status = statuses.Contains(TaskStatus.Failed) ? TaskStatus.Failed
            : statuses.Contains(TaskStatus.Ignored) ? TaskStatus.Ignored
            : statuses.Contains(TaskStatus.Unknown) ? TaskStatus.Unknown
            : statuses.Contains(TaskStatus.Changed) ? TaskStatus.Changed
            : statuses.All(s => s == TaskStatus.Skipped) ? TaskStatus.Skipped
            : TaskStatus.Ok;
        var because = parts.FirstOrDefault(part => part.Result.Status == status).Result?.Because ?? "";
        var results = new ListValue([.. parts.Select(part => part.Result.Registered.With(loop.LoopVar, part.Instance.Item!).With("ansible_loop_var", Value.Of(loop.LoopVar)))]);
        var registered = MapValue.From(
            ("results", results),
            ("changed", Value.Of(statuses.Contains(TaskStatus.Changed))),
            ("failed", Value.Of(status is TaskStatus.Failed or TaskStatus.Ignored)),
            ("msg", Value.Of(status is TaskStatus.Failed or TaskStatus.Ignored ? "One or more items failed" : "All items completed")));
        return new TaskResult(status, because, status == TaskStatus.Skipped ? registered.With("skipped", Value.True) : registered)
        {
            ContentPaths = [.. parts.SelectMany(part => part.Result.ContentPaths)],
        };
    }

    private static byte[] EncodeRegistered(MapValue registered) => Google.Protobuf.MessageExtensions.ToByteArray(ValueCodec.EncodeForEvent(registered));

    private static MapValue? DecodeRegistered(byte[] bytes) => ValueCodec.Decode(V1.Value.Parser.ParseFrom(bytes)).Value as MapValue;
}
