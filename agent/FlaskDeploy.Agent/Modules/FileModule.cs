using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>file</c>: existence, kind and attributes of a path.</summary>
internal sealed class FileModule : Module<FileArguments>
{
    /// <summary>Of a recursive look; a larger tree is refused rather than looked at for minutes at each check.</summary>
    private const int MostEntries = 200_000;

    protected override async ValueTask<Plan> Plan(FileArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(arguments.Path, context, cancellation);
        var itself = await context.View.Ask(new StatLook(path, FollowLinks: false), cancellation);
        var meant = itself.Kind == PathKind.Link && arguments.Follow ? await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation) : itself;
        if (arguments.State == FileState.Absent)
        {
            return Absent(path, itself);
        }
        var (wanted, problem) = await WantedAttributes.Resolve(arguments.Mode, arguments.Owner, arguments.Group, context.View, cancellation);
        if (wanted is null)
        {
            return problem!;
        }
        var state = arguments.State ?? meant.Kind switch
        {
            PathKind.Directory => FileState.Directory,
            PathKind.Absent when arguments.Recurse => FileState.Directory,
            PathKind.Link => FileState.Link,
            _ => FileState.File,
        };
        if (arguments.Source is not null && state is not (FileState.Link or FileState.Hard))
        {
            return new Impossible($"src is only for state link or hard, and {path} is to be a {state.ToString().ToLowerInvariant()}");
        }
        if (arguments.Recurse && state != FileState.Directory)
        {
            return new Impossible("recurse is only for directories") { Remedy = "add state=directory or drop recurse" };
        }
        var call = new Call(arguments, context, path, itself, meant, wanted);
        return state switch
        {
            FileState.Directory => await PlanDirectory(call, cancellation),
            FileState.Link => await PlanLink(call, cancellation),
            FileState.Hard => await PlanHardLink(call, cancellation),
            FileState.Touch => await PlanTouch(call, cancellation),
            _ => await PlanFile(call, cancellation),
        };
    }

    private static Plan Absent(string path, PathAnswer itself)
    {
        var result = MapValue.From(("path", Value.Of(path)), ("state", Value.Of("absent")));
        return itself.Exists
            ? new Change($"{path} is there", [new Remove(path)]) { Result = result, Diff = Before("state", Word(itself.Kind), "absent") }
            : new InSync($"{path} is not there") { Result = result };
    }

    private static async ValueTask<Plan> PlanFile(Call call, CancellationToken cancellation)
    {
        if (call.Meant.Kind is PathKind.Absent or PathKind.Directory or PathKind.Link)
        {
            return new Impossible($"file ({call.Path}) is {Word(call.Meant.Kind)}, cannot continue")
            {
                Remedy = call.Meant.Kind == PathKind.Absent ? "state=touch makes an empty file, state=directory a directory" : null,
                MayBeMade = call.Meant.Kind == PathKind.Absent,
            };
        }
        return await PlanAttributes(call, call.Meant, cancellation);
    }

    private static async ValueTask<Plan> PlanDirectory(Call call, CancellationToken cancellation)
    {
        if (call.Meant.Kind is not (PathKind.Absent or PathKind.Directory) || call.Itself.Kind == PathKind.Link && call.Meant.Kind == PathKind.Absent)
        {
            return new Impossible($"{call.Path} already exists as a {Word(call.Meant.Exists ? call.Meant.Kind : call.Itself.Kind)}") { Remedy = "remove it in an earlier task (state=absent)" };
        }
        if (call.Meant.Kind == PathKind.Absent)
        {
            if (await FileAbove(call.Path, call.Context.View, cancellation) is { } obstacle)
            {
                return new Impossible($"there was an issue creating {call.Path}: {obstacle} is not a directory");
            }
            var attributes = call.Wanted.ForNew(isDirectory: true);
            var made = await PathResult.Of(call.Meant, PathKind.Directory, attributes, 4096, call.Context.View, cancellation);
            return new Change($"{call.Path} is not there", [new MakeDirectory(call.Path, attributes)]) { Result = WithPath(call.Path, made), Diff = Before("state", "absent", "directory") };
        }
        return call.Arguments.Recurse ? await PlanTree(call, cancellation) : await PlanAttributes(call, call.Meant, cancellation);
    }

    // Links inside keep their targets untouched: a tree that somebody else may write to must not reach out of itself.
    private static async ValueTask<Plan> PlanTree(Call call, CancellationToken cancellation)
    {
        var steps = ImmutableArray.CreateBuilder<Step>();
        var why = "";
        var pending = new Stack<(string Path, PathAnswer Answer)>([(call.Path, call.Meant)]);
        var seen = 0;
        while (pending.TryPop(out var next))
        {
            var differing = call.Wanted.Differing(next.Answer);
            if (!differing.IsUnchanged)
            {
                why = why.Length == 0 ? $"{next.Path}: {PathResult.Describe(differing, next.Answer)}" : why;
                steps.Add(new SetAttributes(next.Path, differing, FollowLinks: next.Answer.Kind != PathKind.Link));
            }
            if (next.Answer.Kind != PathKind.Directory)
            {
                continue;
            }
            foreach (var entry in (await call.Context.View.Ask(new DirectoryLook(next.Path), cancellation)).Entries.Reverse())
            {
                if (++seen > MostEntries)
                {
                    return new Impossible($"{call.Path} holds more than {MostEntries} entries") { Remedy = "set the attributes of its parts, or run chown -R" };
                }
                var path = HostPath.Join(next.Path, entry.Name);
                var answer = await call.Context.View.Ask(new StatLook(path, FollowLinks: false), cancellation);
                if (answer.Exists)
                {
                    pending.Push((path, answer));
                }
            }
        }
        var result = WithPath(call.Path, await PathResult.Of(call.Meant, PathKind.Directory, call.Wanted.Differing(call.Meant), call.Meant.Size, call.Context.View, cancellation));
        return steps.Count == 0
            ? new InSync($"{call.Path} and the {seen} entries in it are as wanted") { Result = result }
            : new Change(steps.Count == 1 ? why : $"{why}, and {steps.Count - 1} more", steps.ToImmutable()) { Result = result };
    }

    private static async ValueTask<Plan> PlanAttributes(Call call, PathAnswer present, CancellationToken cancellation)
    {
        var differing = call.Wanted.Differing(present);
        var result = WithPath(call.Path, await PathResult.Of(present, present.Kind, differing, present.Size, call.Context.View, cancellation));
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (!differing.IsUnchanged)
        {
            steps.Add(new SetAttributes(call.Path, differing, call.Arguments.Follow));
        }
        if (FileTimes.Parse(call.Arguments, present, out var times) is { } problem)
        {
            return problem;
        }
        if (!times.IsNow && (call.Arguments.ModificationTime ?? call.Arguments.AccessTime) is not null)
        {
            // Managed, and so evidence.
            await call.Context.View.Ask(new StatLook(call.Path, call.Arguments.Follow) { WithTimes = true }, cancellation);
        }
        if (times.Moves(present) && !(times.IsNow && call.Context.Purpose == Purpose.Maintain))
        {
            steps.Add(new Touch(call.Path, PathAttributes.Unchanged, times.Modified, times.Accessed));
        }
        return steps.Count == 0
            ? new InSync($"{call.Path} is a {Word(present.Kind)} with mode {PathResult.Octal(present.Mode)}") { Result = result }
            : new Change(differing.IsUnchanged ? $"{call.Path} has other times" : $"{call.Path}: {PathResult.Describe(differing, present)}", steps.ToImmutable())
            {
                Result = result,
                Diff = differing.IsUnchanged ? null : PathResult.Describe(differing, present),
            };
    }

    private static async ValueTask<Plan> PlanTouch(Call call, CancellationToken cancellation)
    {
        if (call.Meant.Exists)
        {
            // As Ansible has it, touching without a word about times means now. A reconvergence does not touch what is there.
            var now = call.Arguments with { ModificationTime = call.Arguments.ModificationTime ?? "now", AccessTime = call.Arguments.AccessTime ?? "now" };
            return AsDestination(await PlanAttributes(call with { Arguments = now }, call.Meant, cancellation), call.Path);
        }
        if (call.Itself.Kind == PathKind.Link)
        {
            return new Impossible($"{call.Path} is a link to {call.Itself.Target}, which is not there");
        }
        if (await MissingParent(call.Path, call.Context.View, cancellation) is { } missing)
        {
            return missing;
        }
        if (FileTimes.Parse(call.Arguments, call.Meant, out var times) is { } problem)
        {
            return problem;
        }
        var attributes = call.Wanted.ForNew(isDirectory: false);
        var result = await PathResult.Of(call.Meant, PathKind.File, attributes, 0, call.Context.View, cancellation);
        return new Change($"{call.Path} is not there", [new Touch(call.Path, attributes, times.Modified, times.Accessed)])
        {
            Result = result.With("dest", Value.Of(call.Path)),
            Diff = Before("state", "absent", "touch"),
        };
    }

    private static async ValueTask<Plan> PlanLink(Call call, CancellationToken cancellation)
    {
        var target = call.Arguments.Source is { } source ? await HostPath.ExpandText(source, call.Context.View, cancellation) : call.Itself.Target;
        if (target is null)
        {
            return new Impossible("src is required for creating new links") { Remedy = $"add src: what {call.Path} is to point to" };
        }
        var resolved = target.StartsWith('/') ? target : HostPath.Join(HostPath.Parent(call.Path), target);
        var pointedTo = await call.Context.View.Ask(new StatLook(resolved, FollowLinks: true), cancellation);
        if (!pointedTo.Exists && !call.Arguments.Force && call.Arguments.Source is not null)
        {
            return new Impossible($"{resolved}, which {call.Path} is to point to, is not there") { Remedy = "force=yes makes the link all the same", MayBeMade = true };
        }
        if (await Obstacle(call, cancellation) is { } obstacle)
        {
            return obstacle;
        }
        var isRight = call.Itself.Kind == PathKind.Link && call.Itself.Target == target;
        var differing = pointedTo.Exists && call.Arguments.Follow ? call.Wanted.Differing(pointedTo) : PathAttributes.Unchanged;
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (!isRight)
        {
            steps.Add(new MakeLink(call.Path, target, Hard: false, call.Arguments.Force));
        }
        if (!differing.IsUnchanged)
        {
            steps.Add(new SetAttributes(call.Path, differing, FollowLinks: true));
        }
        var result = (await PathResult.Of(call.Itself, PathKind.Link, PathAttributes.Unchanged, target.Length, call.Context.View, cancellation))
            .With("dest", Value.Of(call.Path)).With("src", Value.Of(target));
        return steps.Count == 0
            ? new InSync($"{call.Path} points to {target}") { Result = result }
            : new Change(isRight ? $"{resolved}: {PathResult.Describe(differing, pointedTo)}" : call.Itself.Exists ? $"{call.Path} is {(call.Itself.Target is { } old ? $"a link to {old}" : $"a {Word(call.Itself.Kind)}")}" : $"{call.Path} is not there", steps.ToImmutable())
            {
                Result = result,
                Diff = isRight ? null : Before("src", call.Itself.Target ?? Word(call.Itself.Kind), target),
            };
    }

    private static async ValueTask<Plan> PlanHardLink(Call call, CancellationToken cancellation)
    {
        if (call.Arguments.Source is not { } source)
        {
            return new Impossible("src is required for creating new hard links");
        }
        var target = await HostPath.Expand(source, call.Context, cancellation, HostPath.Parent(call.Path));
        var pointedTo = await call.Context.View.Ask(new StatLook(target, FollowLinks: true), cancellation);
        if (pointedTo.Kind != PathKind.File)
        {
            return new Impossible($"src {target} is {(pointedTo.Exists ? "not a file" : "not there")}") { MayBeMade = !pointedTo.Exists };
        }
        var isRight = call.Itself.Kind == PathKind.File && call.Itself.Inode == pointedTo.Inode && call.Itself.Device == pointedTo.Device;
        if (!isRight && await Obstacle(call, cancellation) is { } obstacle)
        {
            return obstacle;
        }
        var differing = call.Wanted.Differing(pointedTo);
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (!isRight)
        {
            steps.Add(new MakeLink(call.Path, target, Hard: true, call.Arguments.Force));
        }
        if (!differing.IsUnchanged)
        {
            steps.Add(new SetAttributes(call.Path, differing, FollowLinks: false));
        }
        var result = (await PathResult.Of(pointedTo, PathKind.File, differing, pointedTo.Size, call.Context.View, cancellation))
            .With("state", Value.Of("hard")).With("dest", Value.Of(call.Path)).With("src", Value.Of(target));
        return steps.Count == 0
            ? new InSync($"{call.Path} is the same file as {target}") { Result = result }
            : new Change(isRight ? PathResult.Describe(differing, pointedTo) : $"{call.Path} is not the file {target}", steps.ToImmutable()) { Result = result };
    }

    private static async ValueTask<Plan?> Obstacle(Call call, CancellationToken cancellation)
    {
        if (call.Itself.Kind is PathKind.Absent or PathKind.Link)
        {
            return call.Itself.Kind == PathKind.Absent ? await MissingParent(call.Path, call.Context.View, cancellation) : null;
        }
        if (!call.Arguments.Force)
        {
            return new Impossible($"refusing to convert from {Word(call.Itself.Kind)} to link for {call.Path}") { Remedy = "force=yes replaces it" };
        }
        var holds = call.Itself.Kind == PathKind.Directory ? (await call.Context.View.Ask(new DirectoryLook(call.Path), cancellation)).Entries.Length : 0;
        return holds > 0 ? new Impossible($"the directory {call.Path} is not empty, refusing to convert it") { Remedy = "remove it in an earlier task (state=absent)" } : null;
    }

    private static async ValueTask<Impossible?> MissingParent(string path, IMachineView view, CancellationToken cancellation)
    {
        var parent = HostPath.Parent(path);
        return (await view.Ask(new StatLook(parent, FollowLinks: true), cancellation)).Kind == PathKind.Directory
            ? null
            : new Impossible($"the directory {parent} is not there") { Remedy = "make it in an earlier task: file with state=directory", MayBeMade = true };
    }

    private static async ValueTask<string?> FileAbove(string path, IMachineView view, CancellationToken cancellation)
    {
        for (var at = HostPath.Parent(path); at != "/"; at = HostPath.Parent(at))
        {
            var answer = await view.Ask(new StatLook(at, FollowLinks: true), cancellation);
            if (answer.Exists)
            {
                return answer.Kind == PathKind.Directory ? null : at;
            }
        }
        return null;
    }

    private static Plan AsDestination(Plan plan, string path) => plan with { Result = plan.Result.With("dest", Value.Of(path)) };

    private static MapValue WithPath(string path, MapValue rest) => MapValue.From(("path", Value.Of(path))).Merge(rest);

    private static string Before(string what, string before, string after) => $"-{what}: {before}\n+{what}: {after}\n";

    private static string Word(PathKind kind) => kind switch
    {
        PathKind.Directory => "directory",
        PathKind.Link => "link",
        PathKind.Absent => "absent",
        PathKind.File => "file",
        _ => "special file",
    };

    /// <param name="Itself">What is at the path.</param>
    /// <param name="Meant">The same, or what the link there points to.</param>
    private sealed record Call(FileArguments Arguments, ModuleContext Context, string Path, PathAnswer Itself, PathAnswer Meant, WantedAttributes Wanted);
}
