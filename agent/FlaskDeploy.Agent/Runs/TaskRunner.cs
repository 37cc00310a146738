using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Packages;
using FlaskDeploy.Agent.Machine.Planned;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>Gives views of the machine: as a user, in an environment.</summary>
internal delegate IMachineView ViewSource(Account account, TaskEnvironment environment);

/// <summary>Plans one instance, applies the plan, plans again. Every step is journaled before and after.</summary>
internal sealed class TaskRunner(TaskPreparer preparer, ViewSource views, IStepExecutor executor, IOperatorFiles files, BundleNames names, RunJournal journal, InterruptedRun? resumed, RefreshedMetadata metadata, string deployment, TimeProvider time)
{
    /// <summary>Names the run, and with it its jobs.</summary>
    public string RunId { get; init; } = "";

    /// <summary>What the tasks of a check would have changed; null: this is no check.</summary>
    public PlannedEffects? Planned { get; init; }

    public Func<string, JobState?> Job { get; init; } = static _ => null;

    // Commands that ended, of instances that did not: each outcome stands for its command once.
    private readonly Dictionary<string, StepDone> _commandsDone = new(resumed?.Commands ?? ImmutableDictionary<string, StepDone>.Empty, StringComparer.Ordinal);

    /// <summary>Looks, changes nothing, and says what it saw.</summary>
    public ValueTask<(Plan Plan, ImmutableArray<Evidence> Evidence)> Look(ReadyTask task, Purpose purpose, CancellationToken cancellation) => Look(task, purpose, views, cancellation);

    private async ValueTask<(Plan Plan, ImmutableArray<Evidence> Evidence)> Look(ReadyTask task, Purpose purpose, ViewSource source, CancellationToken cancellation)
    {
        var view = new RecordingView(source(task.As, task.Environment));
        try
        {
            var plan = await task.Module.Plan(task.Arguments, ContextFor(task, view, purpose), cancellation);
            return (plan, view.Evidence);
        }
        catch (LookFailedException failed)
        {
            return (new Impossible(failed.Message), view.Evidence);
        }
        catch (NotKnownYetException later)
        {
            return (new Unplannable(later.Message), view.Evidence);
        }
    }

    /// <summary>What of the host the task decides about.</summary>
    /// <exception cref="LookFailedException">The machine could not be looked at.</exception>
    public ValueTask<ImmutableArray<Claim>> Claims(ReadyTask task, CancellationToken cancellation) =>
        task.Module.Claims(task.Arguments, ContextFor(task, views(task.As, task.Environment), Purpose.Maintain), cancellation);

    /// <summary>With <c>until</c>, <c>changed_when</c> and <c>failed_when</c>.</summary>
    /// <param name="check">What would be changed is said, not done.</param>
    /// <param name="joining">Neighbours whose packages may be installed with this one's; null: none are looked for.</param>
    public async ValueTask<TaskResult> Run(ReadyTask task, Purpose purpose, CheckScope check, PackageJoining? joining, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var node = task.Instance.Node;
        var retries = !node.Until.IsEmpty || node.Retries is not null;
        var attempts = !retries || check != CheckScope.None ? 1 : 1 + preparer.Number(node.Retries, task, 3);
        TaskResult result;
        for (var attempt = 1; ; attempt++)
        {
            var asynchronous = check != CheckScope.None ? null : AsynchronousTask.Of(task, preparer, RunId, attempt);
            result = asynchronous is not null && AsynchronousTask.Refusal(task) is { } refusal ? refusal : await InTime(task, purpose, check, joining, asynchronous, cancellation);
            result = Judge(task, asynchronous?.Ended(result) ?? result);
            if (attempts > 1)
            {
                // Ansible counts the retries of what never came to hold, and the attempts of what did; playbooks compare them.
                result = result with { Registered = result.Registered.With("attempts", Value.Of(attempt < attempts || Holds(task, result) ? attempt : attempt - 1)) };
            }
            // What a check did not carry out has nothing yet that the condition could ask for.
            if (result.Status is not TaskStatus.Unknown && Until(task, result).Error is { } error)
            {
                return TaskResult.Wrong(error) with { Duration = time.GetElapsedTime(started) };
            }
            if (attempt >= attempts || Holds(task, result))
            {
                break;
            }
            await Task.Delay(TimeSpan.FromSeconds(preparer.Number(node.Delay, task, 5)), time, cancellation);
        }
        if (!node.Until.IsEmpty && attempts > 1 && !result.HasFailed && !Holds(task, result))
        {
            result = result with { Status = TaskStatus.Failed, Because = $"its condition did not come to hold in {attempts} attempts", Registered = result.Registered.With("failed", Value.True) };
        }
        return result with { Duration = time.GetElapsedTime(started) };
    }

    // With `timeout`: what has begun is ended with all that it had started. The words are Ansible's.
    private async ValueTask<TaskResult> InTime(ReadyTask task, Purpose purpose, CheckScope check, PackageJoining? joining, AsynchronousTask? asynchronous, CancellationToken cancellation)
    {
        if (preparer.LimitOf(task.Instance) is not { } seconds)
        {
            return await Once(task, purpose, check, joining, asynchronous, new Cancellation(cancellation, cancellation, CancellationToken.None));
        }
        using var timer = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        TaskResult? result = null;
        try
        {
            result = await Once(task, purpose, check, joining, asynchronous, new Cancellation(limit.Token, cancellation, timer.Token));
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // It was still looking.
        }
        if (result is not (null or { HasFailed: true }) || !timer.IsCancellationRequested)
        {
            return result!;
        }
        var failed = TaskResult.Failed($"The {task.Module.Spec.Name} action failed to execute in the expected time frame ({seconds}) and was terminated");
        return failed with { Registered = failed.Registered.With("timedout", MapValue.From(("period", Value.Of(seconds)))) };
    }

    /// <param name="OfTask">Ends what the task does.</param>
    /// <param name="OfRun">Ends the run: what is cut off then is neither done nor failed.</param>
    /// <param name="TimeIsUp">The task's <c>timeout</c> alone.</param>
    private readonly record struct Cancellation(CancellationToken OfTask, CancellationToken OfRun, CancellationToken TimeIsUp);

    private async ValueTask<TaskResult> Once(ReadyTask task, Purpose purpose, CheckScope check, PackageJoining? joining, AsynchronousTask? asynchronous, Cancellation cancellation)
    {
        var planned = check == CheckScope.Run ? Planned : null;
        var (plan, _) = await Look(task, purpose, planned is null ? views : planned.Over, cancellation.OfTask);
        if (planned is not null && plan is Change { OnlyWaits: false } would)
        {
            await Foresee(planned, task, would, cancellation.OfTask);
        }
        plan = asynchronous?.Of(plan) ?? plan;
        // Done by the transaction of a task before it. What is still missing all the same, the task does itself.
        if (joining?.Take(task.Instance.Key) is { } share && plan is InSync)
        {
            return await Conclude(task, share.Change, [share.Outcome], cancellation.OfTask);
        }
        if (check == CheckScope.None && _commandsDone.Remove(task.Instance.Key, out var done))
        {
            var change = plan as Change ?? new Change(plan.Because, []) { Result = plan.Result };
            return await Conclude(task, change, [new StepOutcome(done.Status) { Problem = done.Problem, Command = done.Command }], cancellation.OfTask);
        }
        switch (plan)
        {
            case InSync:
                return new TaskResult(TaskStatus.Ok, plan.Because, Result(plan.Result, changed: false, failed: false)) { Facts = FactsOf(plan.Result) };
            // What is missing may be made by an earlier task, which a check did not carry out.
            case Impossible { MayBeMade: true } when check == CheckScope.Run:
                return TaskResult.Unknown(plan.Because);
            case Impossible impossible:
                // What the playbook itself gave as the message is what it looks for.
                var said = plan.Result["msg"] is TextValue { Text.Length: > 0 } own ? own : Value.Of(plan.Because);
                return TaskResult.Failed(plan.Because, impossible.Remedy) with { Registered = Result(plan.Result, changed: false, failed: true).With("msg", said) };
            case Unplannable when check != CheckScope.None || purpose == Purpose.Maintain:
                return TaskResult.Unknown(plan.Because);
            case Unplannable:
                return TaskResult.Failed($"it cannot be planned: {plan.Because}");
            case Change change when check != CheckScope.None:
                return task.Module.Spec.Nature == ModuleNature.Command && change.Steps.Any(step => step is RunCommand) ? NotRun(task, change, check)
                    : change.OnlyWaits ? TaskResult.Unknown(change.Because)
                    : new TaskResult(TaskStatus.Changed, change.Because, Result(change.Result, changed: true, failed: false)) { Diff = change.Diff };
            case Change change:
                return await Apply(task, change, joining, cancellation);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static async ValueTask Foresee(PlannedEffects planned, ReadyTask task, Change change, CancellationToken cancellation)
    {
        var spec = task.Module.Spec;
        if (spec.Nature != ModuleNature.Command)
        {
            await planned.Take(task.Instance.Name, task.As, task.Environment, change.Steps, change.Foreseen, cancellation);
            return;
        }
        foreach (var guard in spec.Guards.Where(name => spec.Find(name) is not null).Select(name => task.Arguments.Text(name)).OfType<string>().Where(path => path.StartsWith('/')))
        {
            planned.Doubt(guard, task.Instance.Name);
        }
    }

    // Whoever asks one command for a check gets what Ansible says of it; in a check of everything others would build on that.
    private static TaskResult NotRun(ReadyTask task, Change change, CheckScope check)
    {
        if (check == CheckScope.Run)
        {
            return TaskResult.Unknown("a check runs no commands; check_mode: no makes it run");
        }
        const string would = "Command would have run if not in check mode";
        var isGuarded = task.Module.Spec.Guards.Any(name => task.Arguments.Get(name) is not null);
        var result = change.Result.Merge(MapValue.From(("msg", Value.Of(would)), ("rc", Value.Of(0)), ("stdout", Value.Of("")), ("stderr", Value.Of("")), ("stdout_lines", ListValue.Empty), ("stderr_lines", ListValue.Empty)));
        return isGuarded
            ? new TaskResult(TaskStatus.Changed, change.Because, Result(result, changed: true, failed: false))
            : new TaskResult(TaskStatus.Skipped, would, Result(result, changed: false, failed: false).With("skipped", Value.True));
    }

    private async ValueTask<TaskResult> Apply(ReadyTask task, Change change, PackageJoining? joining, Cancellation cancellation)
    {
        var context = new StepContext(task.As, task.Environment, ScopeName.For(deployment, task.Instance.Node.Id)) { TimeIsUp = cancellation.TimeIsUp };
        if (joining is not null && change.Steps is [PackageTransaction first] && await joining.Followers(task, first, cancellation.OfTask) is { IsEmpty: false } followers
            && await Together(task, first, joining, followers, context, cancellation.OfRun) is { } joined)
        {
            return await Conclude(task, change, [joined], cancellation.OfTask);
        }
        var outcomes = new List<StepOutcome>(change.Steps.Length);
        for (var index = 0; index < change.Steps.Length; index++)
        {
            var step = change.Steps[index] is PackageTransaction transaction ? metadata.Once(transaction) : change.Steps[index];
            journal.StepBegins(task.Instance.Key, index, step);
            var outcome = await executor.Execute(step, context, cancellation.OfTask);
            metadata.Saw(step, outcome);
            if (outcome.Status == StepStatus.Unknown)
            {
                // Cut off because the agent is to end: the journal keeps it as begun.
                cancellation.OfRun.ThrowIfCancellationRequested();
            }
            journal.StepEnded(task.Instance.Key, index, outcome);
            outcomes.Add(outcome);
            if (outcome.Status != StepStatus.Done)
            {
                break;
            }
        }
        return await Conclude(task, change, outcomes, cancellation.OfTask);
    }

    // Null: it failed, and each by itself says whose fault it is. Another one's lock is nobody's.
    private async ValueTask<StepOutcome?> Together(ReadyTask task, PackageTransaction first, PackageJoining joining, ImmutableArray<PackageFollower> followers, StepContext context, CancellationToken cancellation)
    {
        var step = metadata.Once(PackageJoining.Join(first, followers));
        foreach (var follower in followers)
        {
            journal.StepBegins(follower.Task.Instance.Key, 0, follower.Step);
        }
        journal.StepBegins(task.Instance.Key, 0, step);
        var outcome = await executor.Execute(step, context, cancellation);
        if (outcome.Status == StepStatus.Unknown)
        {
            cancellation.ThrowIfCancellationRequested();
        }
        metadata.Saw(step, outcome);
        foreach (var instance in followers.Select(follower => follower.Task.Instance).Prepend(task.Instance))
        {
            journal.StepEnded(instance.Key, 0, outcome);
        }
        return outcome.Status == StepStatus.Done ? joining.Divide(task, outcome, followers)
            : outcome.Command?.ExitCode == TransactionScript.LockedExitCode ? outcome
            : null;
    }

    private async ValueTask<TaskResult> Conclude(ReadyTask task, Change change, List<StepOutcome> outcomes, CancellationToken cancellation)
    {
        var last = outcomes.Count > 0 ? outcomes[^1] : StepOutcome.Done;
        var changed = !change.OnlyWaits && (outcomes.Count == 0 || !outcomes.All(outcome => outcome.LeftAsItWas));
        var result = task.Module.Result(change, outcomes);
        var paths = outcomes.Zip(change.Steps).Where(pair => pair.First.Status == StepStatus.Done).SelectMany(pair => pair.Second.ContentPaths).ToImmutableArray();
        if (last.Status != StepStatus.Done)
        {
            var what = last.Problem ?? (last.Command is { } command ? $"non-zero return code {command.ExitCode}" : "the step did not succeed");
            // What the module says of a command that ended badly stays, which playbooks compare; what it meant to do does not.
            var said = last.Command is not null && result["msg"] is { } own && !own.Equals(change.Result["msg"]) ? own : Value.Of(what);
            // A command may have done anything before it failed; any other step that failed has left things as they were.
            var hasChanged = task.Module.Spec.Nature == ModuleNature.Command ? changed : outcomes.SkipLast(1).Any(outcome => !outcome.LeftAsItWas);
            return new TaskResult(TaskStatus.Failed, what, Result(result, hasChanged, failed: true).With("msg", said)) { ContentPaths = paths, Diff = change.Diff };
        }
        if (!change.LeavesMore && await Contradiction(task, cancellation) is { } contradiction)
        {
            var problem = $"applied, and yet not as it should be: {contradiction}";
            return TaskResult.Failed(problem) with { Registered = Result(result, changed, failed: true).With("msg", Value.Of(problem)), ContentPaths = paths, Diff = change.Diff };
        }
        return new TaskResult(changed ? TaskStatus.Changed : TaskStatus.Ok, change.Because, Result(result, changed, failed: false)) { ContentPaths = paths, Diff = change.Diff, Facts = FactsOf(result) };
    }

    // "Changed" means verified: after the steps the same look must find nothing to do.
    private async ValueTask<string?> Contradiction(ReadyTask task, CancellationToken cancellation)
    {
        if (task.Module.Spec.OnlyRunsBecause is not null || task.Module.Spec.Nature != ModuleNature.Converging)
        {
            return null;
        }
        var (plan, _) = await Look(task, Purpose.Maintain, cancellation);
        return plan is InSync ? null : plan.Because;
    }

    private TaskResult Judge(ReadyTask task, TaskResult result)
    {
        var node = task.Instance.Node;
        if (result.Status is TaskStatus.Unknown or TaskStatus.Skipped || node.ChangedWhen.IsEmpty && node.FailedWhen.IsEmpty)
        {
            return result;
        }
        var failed = Decide(task, node.FailedWhen, result);
        var changed = Decide(task, node.ChangedWhen, result);
        if ((failed.Error ?? changed.Error) is { } error)
        {
            // What the task came to stays to be read; the condition tells in its own place what is wrong with it.
            var what = error.ToString();
            return result with
            {
                Status = TaskStatus.Failed,
                Because = what,
                Registered = Result(result.Registered, result.Registered["changed"]?.IsTruthy == true, failed: true)
                    .With(failed.Error is not null ? "failed_when_result" : "changed_when_result", Value.Of(what)).With("msg", Value.Of(what)),
            };
        }
        var hasFailed = failed.Value is { } f ? f.IsTruthy : result.HasFailed;
        var hasChanged = changed.Value is { } c ? c.IsTruthy : result.Registered["changed"]?.IsTruthy == true;
        var because = (hasFailed, result.HasFailed) switch
        {
            (true, false) => "its failed_when condition holds",
            (false, true) => $"its failed_when condition does not hold: {result.Because}",
            _ => result.Because,
        };
        var registered = Result(result.Registered, hasChanged, hasFailed);
        if (failed.Value is not null)
        {
            registered = registered.With("failed_when_result", Value.Of(hasFailed));
        }
        return result with { Status = hasFailed ? TaskStatus.Failed : hasChanged ? TaskStatus.Changed : TaskStatus.Ok, Because = because, Registered = registered };
    }

    // Neither value nor error: there is no condition.
    private (Value? Value, Diagnostic? Error) Decide(ReadyTask task, ImmutableArray<Value> conditions, TaskResult result)
    {
        if (conditions.IsEmpty)
        {
            return (null, null);
        }
        var evaluation = Resolver.Test(conditions, ContextWith(task, result));
        return (evaluation.Value, evaluation.Error);
    }

    // Retries without a condition go on until it succeeds.
    private bool Holds(ReadyTask task, TaskResult result) =>
        task.Instance.Node.Until.IsEmpty ? !result.HasFailed : Until(task, result).Value is { IsUnknown: false, IsTruthy: true };

    private Evaluation Until(ReadyTask task, TaskResult result) =>
        task.Instance.Node.Until.IsEmpty ? Evaluation.Of(Value.True) : Resolver.Test(task.Instance.Node.Until, ContextWith(task, result));

    private EvaluationContext ContextWith(ReadyTask task, TaskResult result)
    {
        var variables = task.Instance.Variables;
        if (task.Instance.Node.Register is { } name)
        {
            variables = variables.With(name, result.Registered);
        }
        return preparer.ContextOf(variables, task.Instance.Node.Span);
    }

    private ModuleContext ContextFor(ReadyTask task, IMachineView view, Purpose purpose)
    {
        var context = preparer.ContextOf(task.Instance.Variables, task.Instance.Node.Span);
        return new ModuleContext(view, files, purpose)
        {
            Deployment = deployment,
            Directory = task.Instance.Call.Directory,
            Render = (file, options) => RenderFile(file, options, context with { Variables = task.Instance.Variables.With(TemplateNames.Of(file, task)), Templates = new TreeTemplates(files.Tree, files.ReadHere, task.Instance.Call.Directory, file.Path) }),
            Names = names,
            Inventory = preparer.Hosts,
            Job = Job,
            HasNativeTypes = context.HasNativeTypes,
            ShowsDiff = preparer.Says(task.Instance.Keywords.Diff, task.Instance.Variables, task.Instance.Node.Span) ?? task.Instance.Variables.Find("ansible_diff_mode")?.IsTruthy == true,
            Time = time,
            Test = conditions => Resolver.Test(conditions, context),
            Variable = name => Resolver.Resolve(new TemplateValue($"{{{{ {name} }}}}", task.Instance.Node.Span), context),
        };
    }

    private static Evaluation RenderFile(TemplateFile file, TemplateOptions options, EvaluationContext context)
    {
        var diagnostics = new DiagnosticBag();
        var template = Template.Parse(file.Text, new SourceSpan(file.Path, 1, 1), diagnostics, options);
        return template is null ? Evaluation.Failed(diagnostics.ToSorted()[0]) : template.RenderText(context, options);
    }

    private static MapValue Result(MapValue result, bool changed, bool failed) => result.With("changed", Value.Of(changed)).With("failed", Value.Of(failed));

    private static ImmutableSortedDictionary<string, Value> FactsOf(MapValue result) =>
        result["ansible_facts"] is MapValue facts
            ? facts.Entries.ToImmutableSortedDictionary(entry => entry.Key.ToString(), entry => entry.Value, StringComparer.Ordinal)
            : ImmutableSortedDictionary<string, Value>.Empty;
}
