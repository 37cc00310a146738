using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <param name="Ready">Null: it did not come to being looked at.</param>
internal sealed record RanInstance(PlacedTask Task, TaskInstance Instance, ReadyTask? Ready, TaskResult Result, bool IsHandler);

/// <summary>What a run works with in one play: its variables, and the preparing, running and telling of its tasks.</summary>
internal sealed class PlaySession(
    RunContext run, Play play, RunVariables variables, TaskPreparer preparer, TaskRunner runner, RunReporter reporter)
{
    // Who was run how, in the order of running: what the closing plan goes over.
    private readonly List<RanInstance> _ran = [];

    public Play Play => play;

    public RunVariables Variables => variables;

    public TaskPreparer Preparer => preparer;

    public TaskRunner Runner => runner;

    public IReadOnlyList<RanInstance> Ran => _ran;

    /// <summary>Runs all instances of a task, registers, counts and tells. The status is of the task as a whole.</summary>
    public async ValueTask<TaskResult> RunTask(PlacedTask task, TaskMode mode, CancellationToken cancellation)
    {
        var (instances, instead) = preparer.Expand(task.Node, task.Call, task.Keywords, variables);
        if (instead is not null)
        {
            var placeholder = new TaskInstance(task.Node, task.Call, task.Keywords, new TaskVariables(variables)) { Name = task.Name, PlayName = PlayName };
            Starts(task, placeholder, mode);
            var none = await RunInstance(task, placeholder, instead, mode, cancellation);
            return Finish(task, none, [], mode);
        }
        Starts(task, instances[0], mode);
        var results = ImmutableArray.CreateBuilder<(TaskInstance Instance, TaskResult Result)>(instances.Length);
        foreach (var instance in instances)
        {
            cancellation.ThrowIfCancellationRequested();
            results.Add((instance, await RunInstance(task, instance, null, mode, cancellation)));
        }
        var whole = task.Node.Loop is null ? results[0].Result : Combine(results.ToImmutable(), task.Node.Loop);
        return Finish(task, whole, results.ToImmutable(), mode);
    }

    private void Starts(PlacedTask task, TaskInstance instance, TaskMode mode)
    {
        if (!mode.IsQuiet)
        {
            reporter.TaskStarts(task.Node, instance.Name, PlayName);
        }
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
            Preparation.NoItems => TaskResult.NoItems("there are no items"),
            Preparation.Unknown unknown when mode.ChangeNothing || mode.Purpose == Purpose.Maintain => TaskResult.Unknown(unknown.Because),
            Preparation.Unknown unknown => TaskResult.Failed(unknown.Because),
            Preparation.Wrong wrong => TaskResult.Failed(wrong.Problem.ToString()),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (result.HasFailed && preparer.IsTrue(task.Keywords.IgnoreErrors, instance.Variables, task.Node.Span))
        {
            result = result with { Status = TaskStatus.Ignored };
        }
        result = result with { IsCensored = preparer.IsCensored(instance) };
        foreach (var (name, value) in result.Facts)
        {
            variables.Register(name, value);
        }
        if (mode.IsQuiet)
        {
            return result;
        }
        if (!mode.ChangeNothing)
        {
            run.Journal.InstanceEnds(instance.Key, result.Status, StoredValues.Encode(result.Registered));
        }
        reporter.TaskEnds(instance, result, mode.IsCorrection, mode.IsHandler);
        _ran.Add(new RanInstance(task, instance, ready, result, mode.IsHandler));
        return result;
    }

    private async ValueTask<TaskResult> RunReady(ReadyTask ready, TaskMode mode, CancellationToken cancellation)
    {
        const string before = "done before the interruption";
        var isCommand = ready.Module.Spec.Nature == ModuleNature.Command;
        var done = run.Resumed?.Done.GetValueOrDefault(ready.Instance.Key);
        if (isCommand && done is not null && StoredValues.Decode(done.Registered) is { } registered
            && (done.Status is TaskStatus.Ok or TaskStatus.Changed or TaskStatus.Failed or TaskStatus.Ignored))
        {
            // It was run before the interruption, and its outcome is known, a failure too: a command is not repeated.
            return done.Status is TaskStatus.Failed or TaskStatus.Ignored
                ? TaskResult.Failed(registered["msg"]?.ToString() ?? "it failed before the interruption") with { Registered = registered }
                : new TaskResult(done.Status, before, registered);
        }
        var changeNothing = mode.ChangeNothing;
        if (ready.Instance.Keywords.CheckMode is { } keyword)
        {
            changeNothing = preparer.IsTrue(keyword, ready.Instance.Variables, ready.Instance.Node.Span);
        }
        if (!changeNothing && !mode.IsQuiet && await run.Claims.Take(this, ready, mode, cancellation) is { } refused)
        {
            return refused;
        }
        var result = await runner.Run(ready, mode.Purpose, changeNothing, cancellation);
        var wasChanged = done is not null ? done.Status == TaskStatus.Changed : run.Resumed?.Touched.Contains(ready.Instance.Key) == true && ready.Instance.Node.ChangedWhen.IsEmpty;
        // In sync by now because this same run made it so: it has changed, and notifies.
        return !isCommand && wasChanged && result.Status == TaskStatus.Ok
            ? result with { Status = TaskStatus.Changed, Because = before, Registered = result.Registered.With("changed", Value.True) }
            : result;
    }

    private TaskResult Finish(PlacedTask task, TaskResult whole, ImmutableArray<(TaskInstance Instance, TaskResult Result)> parts, TaskMode mode)
    {
        if (task.Node.Register is { } name)
        {
            // Of what a check could not know nothing is known, whatever part of it is asked for.
            variables.Register(name, whole.Status == TaskStatus.Unknown && parts.Length <= 1 && task.Node.Loop is null ? new UnknownValue(whole.Because) : whole.Registered);
        }
        if (mode.IsQuiet)
        {
            return whole;
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
            IsCensored = parts.Any(part => part.Result.IsCensored),
        };
    }
}
