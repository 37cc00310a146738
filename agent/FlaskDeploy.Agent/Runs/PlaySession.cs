using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <param name="Ready">Null: it did not come to being looked at.</param>
internal sealed record RanInstance(PlacedTask Task, TaskInstance Instance, ReadyTask? Ready, TaskResult Result, bool IsHandler);

/// <summary>How much of the rest of a play is not gone over, and is no failure.</summary>
internal enum PlayStop
{
    Nothing,
    Role,
    Play,
}

/// <summary>What a run works with in one play: its variables, and the preparing, running and telling of its tasks.</summary>
internal sealed class PlaySession(
    RunContext run, Play play, RunVariables variables, TaskPreparer preparer, TaskRunner runner, RunReporter reporter, Inclusions inclusions)
{
    private const int MostIncludes = 100;

    private readonly HashSet<string> _onceDone = new(StringComparer.Ordinal);
    private PackageJoining? _joining;

    // Who was run how, in the order of running: what the closing plan goes over.
    private readonly List<RanInstance> _ran = [];

    public Play Play => play;

    public RunVariables Variables => variables;

    public TaskPreparer Preparer => preparer;

    public TaskRunner Runner => runner;

    public IReadOnlyList<RanInstance> RanInstances => _ran;

    public Inclusions Inclusions => inclusions;

    public PlayStop Stop { get; set; }

    /// <summary>The groups that tasks had put the host into when the play had ended.</summary>
    public ImmutableArray<GroupJoin> Joins { get; private set; } = [];

    /// <summary>The play was gone over.</summary>
    public void End() => Joins = run.Inventory.Joins;

    /// <summary>With what includes brought.</summary>
    public IEnumerable<PlacedTask> AllTasks => PlaybookTasks.All(play, inclusions);

    public IReadOnlyList<PlacedTask> Handlers => [.. PlaybookTasks.HandlersOf(play, inclusions)];

    /// <summary>Whether a role that runs once in a play has run. One whose tasks were all skipped has not.</summary>
    public bool HasRun(TaskNode block) => block.Role?.Once is { } once && _onceDone.Contains(once);

    /// <param name="since">How many instances had run before the block.</param>
    public void Ran(TaskNode block, int since)
    {
        if (block.Role?.Once is { } once && _ran.Skip(since).Any(ran => ran.Result.Status != TaskStatus.Skipped))
        {
            _onceDone.Add(once);
        }
    }

    /// <summary>The play's files of variables whose names only this host knows. One that is missing is undefined where it is read; the compiler has said so where it could know.</summary>
    public void LoadFiles()
    {
        foreach (var choice in play.VarsFiles)
        {
            var context = preparer.ContextOf(new TaskVariables(variables), play.Span);
            var names = choice.Names.Select(name => Resolver.Resolve(name, context).Value).OfType<Value>().Where(name => !name.IsUnknown).Select(name => name.Reveal().ToString());
            var found = names.Select(name => run.Names.Vars(name, choice.Directory)).FirstOrDefault(file => file is not null);
            variables.Load(found?.Vars ?? []);
        }
    }

    /// <summary>Goes into an include that was notified, or runs the task.</summary>
    public async ValueTask<TaskResult> RunHandler(PlacedTask handler, TaskMode mode, CancellationToken cancellation)
    {
        if (handler.Node.Action is not Include)
        {
            return await RunCalled(handler, mode, cancellation);
        }
        var whole = await RunInclude(handler, mode, cancellation);
        // The keywords of the include are not its tasks': what is above it is the play's, or its role's.
        var above = Inherited.From(play) with { Role = handler.Keywords.Role, RoleDefaults = handler.Keywords.RoleDefaults, RoleVars = handler.Keywords.RoleVars, Params = handler.Keywords.Params };
        foreach (var task in inclusions.Under(handler.Node, above).SelectMany(under => PlaybookTasks.Of(under.Tasks, under.Keywords, inclusions)))
        {
            var result = await RunCalled(task, mode, cancellation);
            if (result.HasFailed || Stop != PlayStop.Nothing)
            {
                return result;
            }
            whole = result.Status == TaskStatus.Changed ? result : whole;
        }
        return whole;
    }

    private ValueTask<TaskResult> RunCalled(PlacedTask handler, TaskMode mode, CancellationToken cancellation) =>
        handler.Call.Module == "meta" ? RunMeta(handler, mode, cancellation) : RunTask(handler, mode, cancellation);

    /// <summary>What a <c>meta</c> task asks for.</summary>
    public static string? ActionOf(PlacedTask task) => task.Call.Arguments["free_form"]?.ToString();

    /// <summary>
    /// Told and counted as little as Ansible does, unless its condition cannot be read: it is about the run, not about the
    /// host. Flushing handlers and forgiving are the caller's.
    /// </summary>
    public async ValueTask<TaskResult> RunMeta(PlacedTask task, TaskMode mode, CancellationToken cancellation)
    {
        if (ActionOf(task) is "noop" or "reset_connection" or "refresh_inventory")
        {
            // Ansible evaluates no condition of these: there is nothing to do here either way.
            return new TaskResult(TaskStatus.Ok, "nothing to do", MapValue.Empty);
        }
        var result = await RunTask(task, mode with { IsQuiet = true }, cancellation);
        if (result.Status is not TaskStatus.Ok)
        {
            return result.Status == TaskStatus.Skipped ? result : await RunTask(task, mode, cancellation);
        }
        switch (ActionOf(task))
        {
            // On one host they are the same: the plays that follow are gone over. What was notified is forgotten with the play.
            case "end_play" or "end_batch" or "end_host":
                Stop = PlayStop.Play;
                run.Handlers.Forget(Handlers);
                break;
            case "end_role" when !mode.IsHandler:
                Stop = PlayStop.Role;
                break;
            case "clear_facts":
                variables.ClearFacts();
                break;
        }
        return result;
    }

    /// <summary>Decides what an include comes to. What it chose is in <see cref="Inclusions"/> afterwards.</summary>
    public async ValueTask<TaskResult> RunInclude(PlacedTask task, TaskMode mode, CancellationToken cancellation)
    {
        inclusions.Begin(task.Node.Id);
        var (instances, instead) = preparer.Expand(task.Node, task.Call, task.Keywords, variables);
        if (instead is not null)
        {
            instances = [new TaskInstance(task.Node, task.Call, task.Keywords, TaskVariables.Of(variables, task.Keywords, task.Call.Directory)) { Name = task.Name, PlayName = PlayName }];
        }
        Starts(task, instances[0], mode);
        var results = ImmutableArray.CreateBuilder<(TaskInstance Instance, TaskResult Result)>(instances.Length);
        foreach (var instance in instances)
        {
            cancellation.ThrowIfCancellationRequested();
            var result = await RunInstance(task, instance, instead ?? preparer.Decide(instance) ?? Choose(task, instance), mode, cancellation);
            results.Add((instance, result));
        }
        var whole = instead is not null || instances[0].Node.Loop is not { } loop ? results[0].Result : Combine(results.ToImmutable(), loop);
        return Finish(task, whole, results.ToImmutable(), mode);
    }

    private Preparation Choose(PlacedTask task, TaskInstance instance)
    {
        var include = (Include)task.Node.Action;
        if (task.Keywords.Depth >= MostIncludes)
        {
            return Wrong(task, $"includes are nested more than {MostIncludes} deep", "an include must not come back to itself for ever");
        }
        var context = preparer.ContextOf(instance.Variables, task.Node.Span);
        var names = new List<string>();
        foreach (var written in include.TasksFrom is { } from ? [include.Name, from] : new[] { include.Name })
        {
            var rendered = Resolver.Resolve(written, context);
            if (rendered.Error is { } error)
            {
                return new Preparation.Wrong(error);
            }
            if (rendered.Value!.IsUnknown)
            {
                return new Preparation.Unknown("which file it names is unknown");
            }
            if (!rendered.Value.Equals(Resolver.Omit))
            {
                names.Add(rendered.Value.Reveal().ToString().Trim());
            }
        }
        var keys = include.Keys(names[0], names.Count > 1 ? names[1] : null);
        if (keys.FirstOrDefault(key => inclusions.Find(key) is not null) is not { } key)
        {
            return Wrong(task, include.Kind == IncludeKind.Role ? $"the bundle carries no role '{names[0]}'" : $"the bundle carries no file of tasks '{names[0]}'",
                "names that are made of variables find only what the compiler could see; let the name start with what is known of it");
        }
        var file = inclusions.Find(key)!;
        if (file.Problem is { } problem)
        {
            return Wrong(task, $"{names[0]} cannot be run: {problem}", "");
        }
        var given = Resolver.Resolve(MapValue.From(include.Given.Select(pair => (pair.Key, pair.Value))), context);
        if (given.Error is { } unrendered)
        {
            return new Preparation.Wrong(unrendered);
        }
        inclusions.Add(new Inclusion(task.Node.Id, instance.ItemIndex, key, include.IsPublic, StoredValues.Encode(instance.Variables.LoopVars().Merge((MapValue)given.Value!))));
        if (include.IsPublic)
        {
            Expose(file);
        }
        return new Preparation.Included(names[0]);
    }

    /// <summary>The variables of an included role become the play's.</summary>
    public void Expose(TaskFile file)
    {
        foreach (var role in Inclusions.Exposed(file))
        {
            variables.Expose(role);
        }
    }

    private static Preparation.Wrong Wrong(PlacedTask task, string summary, string remedy) =>
        new(new Diagnostic("FD3003", Severity.Error, task.Node.Span, summary) { Remedy = remedy.Length > 0 ? remedy : null });

    /// <summary>Runs all instances of a task, registers, counts and tells. The status is of the task as a whole.</summary>
    /// <param name="following">The tasks directly after it, of which those that install packages may be done with it; null: it is run by itself.</param>
    public async ValueTask<TaskResult> RunTask(PlacedTask task, TaskMode mode, CancellationToken cancellation, IEnumerable<PlacedTask>? following = null)
    {
        var (instances, instead) = preparer.Expand(task.Node, task.Call, task.Keywords, variables);
        if (instead is not null)
        {
            var placeholder = new TaskInstance(task.Node, task.Call, task.Keywords, TaskVariables.Of(variables, task.Keywords, task.Call.Directory)) { Name = task.Name, PlayName = PlayName };
            Starts(task, placeholder, mode);
            var none = await RunInstance(task, placeholder, instead, mode, cancellation);
            return Finish(task, none, [], mode);
        }
        Starts(task, instances[0], mode);
        var results = ImmutableArray.CreateBuilder<(TaskInstance Instance, TaskResult Result)>(instances.Length);
        foreach (var (index, instance) in instances.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            if (results.Count > 0 && mode is { Purpose: Purpose.Push, ChangeNothing: false, IsQuiet: false } && preparer.PauseOf(instance) is { } pause)
            {
                await Task.Delay(pause, run.Services.Time, cancellation);
            }
            (_joining ??= new PackageJoining(run, this)).Before(following is null || mode != TaskMode.Push ? [] : instances.Skip(index + 1).Select(next => (task, next)).Concat(Instances(following)));
            var result = await RunInstance(task, instance, null, mode, cancellation);
            results.Add((instance, result));
            if (preparer.Breaks(instance, result) is { Error: not null } or { Value: { IsUnknown: false, IsTruthy: true } })
            {
                break;
            }
        }
        var whole = instances[0].Node.Loop is { } loop ? Combine(results.ToImmutable(), loop) : results[0].Result;
        return Finish(task, whole, results.ToImmutable(), mode);
    }

    // Up to the first whose items are not known: what they are may depend on what comes before.
    private IEnumerable<(PlacedTask Task, TaskInstance Instance)> Instances(IEnumerable<PlacedTask> tasks)
    {
        foreach (var task in tasks)
        {
            var (instances, instead) = preparer.Expand(task.Node, task.Call, task.Keywords, variables);
            if (instead is not (null or Preparation.NoItems or Preparation.Skipped))
            {
                yield break;
            }
            foreach (var instance in instances)
            {
                yield return (task, instance);
            }
        }
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
        // Which module it is, where it was to be chosen, and whose task.
        instance = ready?.Instance ?? instance;
        var result = preparation switch
        {
            Preparation.Ready => await RunReady(ready!, mode, cancellation),
            Preparation.Skipped skipped => TaskResult.Skipped(skipped.Because),
            Preparation.NoItems => TaskResult.NoItems("there are no items"),
            Preparation.Included included => new TaskResult(TaskStatus.Ok, $"included {included.What}", MapValue.From(("changed", Value.False), ("include", Value.Of(included.What)))),
            Preparation.Unknown unknown when mode.ChangeNothing || mode.Purpose == Purpose.Maintain => TaskResult.Unknown(unknown.Because),
            Preparation.Unknown unknown => TaskResult.Failed(unknown.Because),
            Preparation.Wrong wrong => TaskResult.Wrong(wrong.Problem),
            Preparation.Elsewhere elsewhere => TaskResult.Unreachable(elsewhere.Because),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (result.Status == TaskStatus.Changed && !mode.IsQuiet && Notify(task, instance.Variables) is [var nobody, ..])
        {
            var missing = $"there is no handler '{nobody}', which the task notifies";
            result = run.Assigned.Bundle.PassesOverMissingHandlers
                ? result with { Because = $"{result.Because}; {missing}" }
                : TaskResult.Failed(missing) with { Registered = result.Registered.With("failed", Value.True) };
        }
        if (preparer.Breaks(instance, result).Error is { } unbroken)
        {
            result = TaskResult.Wrong(unbroken);
        }
        if (result.HasFailed && preparer.IsTrue(task.Keywords.IgnoreErrors, instance.Variables, task.Node.Span))
        {
            result = result with { Status = TaskStatus.Ignored };
        }
        result = result with { IsCensored = preparer.IsCensored(instance) };
        run.Inventory.Take(instance.Call.Module, result);
        var owner = ready?.Instance.DelegatedTo is { } other && other != run.Inventory.Host && preparer.IsTrue(task.Keywords.DelegateFacts, instance.Variables, task.Node.Span) ? other : null;
        foreach (var (name, value) in result.Facts)
        {
            if (owner is not null)
            {
                run.Inventory.Learn(owner, name, value);
            }
            else if (instance.Call.Module == "include_vars")
            {
                variables.Include(name, value);
            }
            else if (instance.Call.Module is "setup" or "service_facts" or "package_facts" or "getent")
            {
                variables.Learn(name, value);
            }
            else
            {
                variables.Register(name, value);
            }
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
        var check = preparer.Says(ready.Instance.Keywords.CheckMode, ready.Instance.Variables, ready.Instance.Node.Span) switch
        {
            true when !mode.ChangeNothing => CheckScope.Task,
            false => CheckScope.None,
            _ => mode.ChangeNothing ? CheckScope.Run : CheckScope.None,
        };
        if (check == CheckScope.None && run.Planned?.IsPlanned(ready.As) == true)
        {
            return TaskResult.Unknown($"there is no user {ready.As.Name} yet, whom an earlier task would make");
        }
        if (check == CheckScope.None && !mode.IsQuiet && await run.Claims.Take(this, ready, mode, cancellation) is { } refused)
        {
            return refused;
        }
        var result = await runner.Run(ready, mode.Purpose, check, _joining, cancellation);
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
        for (var times = task.Node.Action is Include include && whole.Status == TaskStatus.Ok ? Included(include, parts) : 1; times > 0; times--)
        {
            reporter.Count(whole.Status, whole.HasChanged);
        }
        return whole;
    }

    private IReadOnlyList<string> Notify(PlacedTask task, TaskVariables own)
    {
        if (task.Keywords.Notify.IsEmpty)
        {
            return [];
        }
        string Render(Value name, TaskVariables names) => Resolver.Resolve(name, preparer.ContextOf(names, task.Node.Span)).Value is { IsUnknown: false } value ? value.ToString() : name.ToString();
        var notified = task.Keywords.Notify.SelectMany(name => Template.HasMarkup(name) ? Rendered(new TemplateValue(name, task.Node.Span)) : [name]).Distinct(StringComparer.Ordinal);
        return run.Handlers.Notify(Handlers, notified, handler => Render(handler.Node.Name, TaskVariables.Of(variables, handler.Keywords, handler.Call.Directory)));

        // One name, or a list of them.
        IEnumerable<string> Rendered(TemplateValue name) =>
            Resolver.Resolve(name, preparer.ContextOf(own, task.Node.Span)).Value is ListValue list ? list.Items.Select(item => item.Reveal().ToString()) : [Render(name, own)];
    }

    // Which item a result is of: what the loop's variables were.
    private static MapValue About(MapValue registered, Loop loop, TaskInstance instance)
    {
        string[] names = [loop.LoopVar, "ansible_loop_var", .. loop.IndexVar is { } index ? (string[])[index, "ansible_index_var"] : [], .. loop.IsExtended ? (string[])["ansible_loop"] : []];
        return names.Aggregate(registered, (result, name) => instance.Variables.FindLoop(name) is { } value ? result.With(name, value) : result);
    }

    // Ansible counts the files that were included, and roles not at all: their tasks count.
    private static int Included(Include include, ImmutableArray<(TaskInstance Instance, TaskResult Result)> parts) =>
        include.Kind == IncludeKind.Role ? 0 : parts.Count(part => part.Result.Status == TaskStatus.Ok);

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
        var results = new ListValue([.. parts.Select(part => About(part.Result.Registered, loop, part.Instance))]);
        var registered = MapValue.From(
            ("results", results),
            ("changed", Value.Of(parts.Any(part => part.Result.HasChanged))),
            ("failed", Value.Of(status is TaskStatus.Failed or TaskStatus.Ignored)),
            ("msg", Value.Of(status is TaskStatus.Failed or TaskStatus.Ignored ? "One or more items failed" : "All items completed")));
        return new TaskResult(status, because, status == TaskStatus.Skipped ? registered.With("skipped", Value.True) : registered)
        {
            ContentPaths = [.. parts.SelectMany(part => part.Result.ContentPaths)],
            IsCensored = parts.Any(part => part.Result.IsCensored),
        };
    }
}
