using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Drift;

/// <summary>Plans all tasks of a completed run once more; what they say and what they looked at is the baseline, oddities included.</summary>
internal static class BaselineTaker
{
    public static async Task<Baseline> Take(RunContext run, IReadOnlyList<PlaySession> sessions, CancellationToken cancellation)
    {
        var instances = new Dictionary<string, InstanceBaseline>(StringComparer.Ordinal);
        foreach (var session in sessions)
        {
            // A handler is no state to keep: nothing is compared for it.
            foreach (var ran in session.RanInstances.Where(ran => !ran.IsHandler))
            {
                instances[ran.Instance.Key] = await Look(run, session, ran, cancellation);
            }
        }
        var statuses = sessions.SelectMany(session => session.RanInstances).GroupBy(ran => ran.Task.Node.Id, StringComparer.Ordinal).ToList();
        return new Baseline(run.Assigned.Sequence, run.Services.Time.GetUtcNow(), [.. instances.Values], [.. sessions.Select(Registered)])
        {
            Inclusions = [.. sessions.Select(session => session.Inclusions.All.ToImmutableArray())],
            Joins = [.. sessions.Select(session => session.Joins)],
            TaskCount = statuses.Count,
            SkippedCount = statuses.Count(group => group.All(ran => ran.Result.Status == Runs.TaskStatus.Skipped)),
        };
    }

    /// <summary>A baseline after some of its tasks were run again (<c>-t</c>): theirs are new, all others stand.</summary>
    public static Baseline Merge(Baseline whole, Baseline part)
    {
        var again = part.Instances.Select(instance => PlaybookTasks.TaskOf(instance.Key)).ToHashSet(StringComparer.Ordinal);
        return whole with
        {
            Inclusions = [.. whole.Inclusions.Select((made, play) => play < part.Inclusions.Length ? Merge(made, part.Inclusions[play]) : made)],
            Joins = [.. whole.Joins.Select((joins, play) => joins.AddRange(part.JoinsOf(play).Where(join => !joins.Any(known => known.Group == join.Group))))],
            Taken = part.Taken,
            Instances = [.. whole.Instances.Where(instance => !again.Contains(PlaybookTasks.TaskOf(instance.Key))), .. part.Instances],
            Registered = [.. whole.Registered.Select((bytes, play) => play < part.Registered.Length ? StoredValues.Encode(Decode(bytes).Merge(Decode(part.Registered[play]))) : bytes)],
        };
    }

    private static ImmutableArray<Inclusion> Merge(ImmutableArray<Inclusion> whole, ImmutableArray<Inclusion> part)
    {
        var again = part.Select(inclusion => inclusion.Include).ToHashSet(StringComparer.Ordinal);
        return [.. whole.Where(inclusion => !again.Contains(inclusion.Include)), .. part];
    }

    /// <summary>The values under which the tasks of a play were run, and the host's groups, to be put back before a correction.</summary>
    public static void Restore(RunContext run, PlaySession session, Baseline baseline, int play)
    {
        foreach (var join in baseline.JoinsOf(play))
        {
            run.Inventory.Join(join);
        }
        if (play >= baseline.Registered.Length)
        {
            return;
        }
        foreach (var (name, value) in Decode(baseline.Registered[play]).Entries)
        {
            session.Variables.Register(name.ToString(), value);
        }
    }

    public static byte[] Registered(PlaySession session) =>
        StoredValues.Encode(MapValue.From(session.Variables.Registered.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))));

    public static async ValueTask<InstanceBaseline> Look(RunContext run, PlaySession session, RanInstance ran, CancellationToken cancellation)
    {
        var key = ran.Instance.Key;
        if (ran.Task.Node.Action is Include && ran.Result.Status == Runs.TaskStatus.Ok)
        {
            return new InstanceBaseline(key, BaselineKind.InSync, ran.Result.Shown, []);
        }
        if (ran.Ready is not { } ready || ran.Result.Status == Runs.TaskStatus.Skipped)
        {
            return new InstanceBaseline(key, ran.Result.Status == Runs.TaskStatus.Skipped ? BaselineKind.Skipped : BaselineKind.Unknown, ran.Result.Shown, []);
        }
        if (ran.Result.Status == Runs.TaskStatus.Failed)
        {
            // It was rescued: that it fails is how this host came to its state.
            return new InstanceBaseline(key, BaselineKind.Unknown, "it failed and was rescued", []);
        }
        var added = Added(ready);
        if (Stretch.IsUnguardedCommand(ran.Task, ready.Module.Spec))
        {
            return new InstanceBaseline(key, BaselineKind.Command, "a command without a guard", []) { Named = Named(ready, added), Environment = added };
        }
        var (plan, evidence) = await session.Runner.Look(ready, Purpose.Maintain, cancellation);
        var kind = plan switch
        {
            InSync => BaselineKind.InSync,
            Change when ready.Module.Spec.Nature == ModuleNature.Verification && ran.Result.Status != Runs.TaskStatus.Ignored && IsLast(run, session, ran.Task) => BaselineKind.Failing,
            Change change when change.Steps.OfType<ControlUnit>().FirstOrDefault(step => step.Action == UnitAction.Start) is { } start && !IsStoppedLater(session, ran, start.Unit) => BaselineKind.Failing,
            Change => BaselineKind.Change,
            _ => BaselineKind.Unknown,
        };
        var because = ran.Result.IsCensored ? "hidden by no_log" : plan.Because;
        return new InstanceBaseline(key, kind, because, evidence) { Environment = added };
    }

    // "Wait until the port is closed" before the commands that open it again does not hold afterwards, and that is right.
    private static bool IsLast(RunContext run, PlaySession session, PlacedTask verification)
    {
        var stretches = Stretch.In(session.AllTasks, name => run.Services.Modules.Find(name)?.Spec);
        return stretches is [.., var last] && last.Tasks.Any(task => task.Node.Id == verification.Node.Id);
    }

    // A unit that was started and does not run any more ended by itself, unless something after it was to stop it: a task that
    // says so, or a command that names it.
    private static bool IsStoppedLater(PlaySession session, RanInstance started, string unit)
    {
        var bare = unit.EndsWith(".service", StringComparison.Ordinal) ? unit[..^".service".Length] : unit;
        return session.RanInstances.SkipWhile(ran => ran.Instance.Key != started.Instance.Key).Skip(1).Select(ran => ran.Ready).OfType<ReadyTask>().Any(later =>
            later.Module.Spec.Nature == ModuleNature.Command
                ? later.Arguments.FreeForm?.Contains(bare, StringComparison.Ordinal) != false
                : later.Arguments.Spec.Find("state") is not null && later.Arguments.Text("state") == "stopped" && later.Arguments.Text("name") is { } name && (name == bare || name == unit));
    }

    private static ImmutableSortedDictionary<string, string> Added(ReadyTask ready)
    {
        var own = TaskEnvironment.For(ready.As).Variables;
        return ready.Environment.Variables.Where(pair => own.GetValueOrDefault(pair.Key) != pair.Value).ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    // What it says, not where it happens to run: the home directory is not named by a command without chdir.
    private static ImmutableArray<string> Named(ReadyTask ready, ImmutableSortedDictionary<string, string> environment)
    {
        var arguments = ready.Arguments;
        var chdir = arguments.Spec.Find("chdir") is not null ? arguments.Text("chdir") : null;
        var directory = chdir is null ? ready.As.Home : NamedPaths.In(chdir, ready.As.Home, ready.As.Home) is [var absolute, ..] ? absolute : $"{ready.As.Home}/{chdir}";
        var texts = arguments.Spec.Arguments.Where(argument => argument.Name != "chdir").Select(argument => arguments.Get(argument.Name)?.Reveal())
            .SelectMany(value => value is ListValue list ? list.Items.Select(item => item.Reveal().ToString()) : [value?.ToString() ?? ""])
            .Append(arguments.FreeForm ?? "").Concat(environment.Values);
        var named = NamedPaths.In(string.Join('\n', texts), ready.As.Home, directory);
        return chdir is null || named.Contains(directory) ? named : named.Add(directory);
    }

    private static MapValue Decode(byte[] registered) => StoredValues.Decode(registered) ?? MapValue.Empty;
}
