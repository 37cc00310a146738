using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>file</c>: existence, kind and attributes of a path.</summary>
internal sealed class FileModule : Module<FileArguments>
{
    protected override async ValueTask<Plan> Plan(FileArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(arguments.Path, context, cancellation);
        var itself = await context.View.Ask(new StatLook(path, FollowLinks: false), cancellation);
        var meant = itself.Kind == PathKind.Link && arguments.Follow ? await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation) : itself;
        if (arguments.State == FileState.Absent)
        {
            return await Absent(path, itself, context.View, cancellation);
        }
        if (meant.Kind == PathKind.Directory && arguments is { State: not FileState.Link, Source: { } inside })
        {
            // As of a copy: what is to lie in the directory.
            path = HostPath.Join(path, HostPath.Name(HostPath.Normal(inside)));
            itself = meant = await context.View.Ask(new StatLook(path, FollowLinks: false), cancellation);
        }
        var (wanted, problem) = await WantedAttributes.Resolve(arguments.Mode, arguments.Owner, arguments.Group, context.View, cancellation, arguments.Extended);
        if (wanted is null)
        {
            return problem! with { Result = WithPath(path, problem.Result) };
        }
        var plan = await PlanState(new Call(arguments, context, path, itself, meant, wanted), cancellation);
        return wanted.Warnings.IsEmpty ? plan : plan with { Result = plan.Result.Merge(WantedAttributes.Warned(wanted.Warnings)) };
    }

    private static async ValueTask<Plan> PlanState(Call call, CancellationToken cancellation)
    {
        var (arguments, meant) = (call.Arguments, call.Meant);
        var state = arguments.State ?? meant.Kind switch
        {
            PathKind.Directory => FileState.Directory,
            PathKind.Absent when arguments.Recurse => FileState.Directory,
            PathKind.Link => FileState.Link,
            _ => FileState.File,
        };
        if (arguments.Source is not null && state is not (FileState.Link or FileState.Hard))
        {
            return new Impossible("src option requires state to be 'link' or 'hard'") { Remedy = "add state=link or state=hard, or drop src", Result = Told(call) };
        }
        if (arguments.Recurse && state != FileState.Directory)
        {
            return new Impossible("recurse option requires state to be 'directory'") { Remedy = "add state=directory or drop recurse", Result = Told(call) };
        }
        return state switch
        {
            FileState.Directory => await PlanDirectory(call, cancellation),
            FileState.Link => await PlanLink(call, cancellation),
            FileState.Hard => await PlanHardLink(call, cancellation),
            FileState.Touch => await PlanTouch(call, cancellation),
            _ => await PlanFile(call, cancellation),
        };
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(FileArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(arguments.Path, context, cancellation);
        if (arguments.State == FileState.Absent)
        {
            return [Claim.NoPath(path)];
        }
        var (owner, group) = await Claim.Owners(arguments.Owner, arguments.Group, context.View, cancellation);
        var kind = arguments.State switch
        {
            FileState.Directory => "directory",
            FileState.Link => "link",
            FileState.File or FileState.Hard => "file",
            // Touching means whatever is there, and no state its attributes.
            _ => null,
        };
        var claim = Claim.Path(path, kind, mode: arguments.Mode, owner: owner, group: group) with { IsDeep = arguments.Recurse };
        return arguments is { State: FileState.Link, Source: { } source }
            ? [claim with { Demands = claim.Demands.Add("target", await HostPath.ExpandText(source, context.View, cancellation)) }]
            : [claim];
    }

    private static async ValueTask<Plan> Absent(string path, PathAnswer itself, IMachineView view, CancellationToken cancellation)
    {
        var result = MapValue.From(("path", Value.Of(path)), ("state", Value.Of("absent")));
        if (!itself.Exists)
        {
            return new InSync($"{path} is not there") { Result = result };
        }
        var diff = new FileDiff(path).Add("state", Word(itself.Kind), "absent");
        if (itself.Kind == PathKind.Directory)
        {
            diff = diff.Before("path_content", await PathTree.Content(path, view, cancellation));
        }
        return new Change($"{path} is there", [new Remove(path)]) { Result = result.With("diff", diff.ToValue()), Diff = Before("state", Word(itself.Kind), "absent") };
    }

    private static async ValueTask<Plan> PlanFile(Call call, CancellationToken cancellation)
    {
        if (call.Meant.Kind is PathKind.Absent or PathKind.Directory or PathKind.Link)
        {
            return new Impossible($"file ({call.Path}) is {Word(call.Meant.Kind)}, cannot continue")
            {
                Remedy = call.Meant.Kind == PathKind.Absent ? "state=touch makes an empty file, state=directory a directory" : null,
                MayBeMade = call.Meant.Kind == PathKind.Absent,
                Result = Told(call),
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
            var attributes = await call.Wanted.ForNewAt(call.Path, isDirectory: true, call.Context.View, cancellation);
            var made = await PathResult.Of(call.Meant, PathKind.Directory, attributes, 4096, call.Context.View, cancellation);
            return new Change($"{call.Path} is not there", [new MakeDirectory(call.Path, attributes)]) { Result = WithPath(call.Path, made).With("diff", new FileDiff(call.Path).Add("state", "absent", "directory").ToValue()), Diff = Before("state", "absent", "directory") };
        }
        var top = await PlanAttributes(call, call.Meant, cancellation);
        return call.Arguments.Recurse && top is not Impossible ? await PathTree.Plan(call.Path, call.Meant, call.Wanted, call.Arguments, top, call.Context, cancellation) : top;
    }

    private static async ValueTask<Plan> PlanAttributes(Call call, PathAnswer present, CancellationToken cancellation)
    {
        var differing = await call.Wanted.DifferingAt(call.Path, present, call.Context.View, cancellation);
        var result = WithPath(call.Path, await PathResult.Of(present, present.Kind, differing, present.Size, call.Context.View, cancellation));
        if (present is { Kind: PathKind.File, Links: > 1 })
        {
            result = result.With("state", Value.Of("hard"));
        }
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
        var diff = new FileDiff(call.Path).Add(differing, present);
        if (times.Moves(present) && !(times.IsNow && call.Context.Purpose == Purpose.Maintain))
        {
            diff = diff.Add(times, present, call.Context.Time.GetUtcNow());
            steps.Add(new Touch(call.Path, PathAttributes.Unchanged, times.Modified, times.Accessed));
        }
        result = result.With("diff", diff.ToValue());
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
        var attributes = await call.Wanted.ForNewAt(call.Path, isDirectory: false, call.Context.View, cancellation);
        var result = await PathResult.Of(call.Meant, PathKind.File, attributes, 0, call.Context.View, cancellation);
        return new Change($"{call.Path} is not there", [new Touch(call.Path, attributes, times.Modified, times.Accessed)])
        {
            Result = result.With("dest", Value.Of(call.Path)).With("diff", new FileDiff(call.Path).Add("state", "absent", "touch").ToValue()),
            Diff = Before("state", "absent", "touch"),
        };
    }

    private static async ValueTask<Plan> PlanLink(Call call, CancellationToken cancellation)
    {
        var target = call.Arguments.Source is { } source ? await HostPath.ExpandText(source, call.Context.View, cancellation) : call.Itself.Target;
        if (target is null)
        {
            return new Impossible("src is required for creating new symlinks") { Remedy = $"add src: what {call.Path} is to point to", Result = Told(call) };
        }
        var resolved = target.StartsWith('/') ? target : HostPath.Join(HostPath.Parent(call.Path), target);
        var pointedTo = await call.Context.View.Ask(new StatLook(resolved, FollowLinks: true), cancellation);
        if (!pointedTo.Exists && !call.Arguments.Force && call.Arguments.Source is not null)
        {
            return new Impossible($"src file does not exist, use \"force=yes\" if you really want to create the link: {resolved}") { MayBeMade = true, Result = WithPath(call.Path, MapValue.From(("src", Value.Of(target)))) };
        }
        if (await Obstacle(call, cancellation) is { } obstacle)
        {
            return obstacle;
        }
        var isRight = call.Itself.Kind == PathKind.Link && call.Itself.Target == target;
        // Following, what it points to is dressed; else the link itself, which has no mode.
        var dressed = call.Arguments.Follow ? pointedTo : isRight ? call.Itself : new PathAnswer(PathKind.Link) { Uid = call.Context.As.Uid, Gid = call.Context.As.Gid };
        var differing = dressed.Exists ? await call.Wanted.DifferingAt(call.Arguments.Follow ? resolved : call.Path, dressed, call.Context.View, cancellation) : PathAttributes.Unchanged;
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (!isRight)
        {
            steps.Add(new MakeLink(call.Path, target, Hard: false, call.Arguments.Force));
        }
        if (!differing.IsUnchanged)
        {
            steps.Add(new SetAttributes(call.Path, differing, call.Arguments.Follow));
        }
        var diff = new FileDiff(call.Path).Add(differing, dressed);
        diff = isRight ? diff : diff.Add("src", call.Itself.Target, target).Add("state", Word(call.Itself.Kind), "link");
        var result = (await PathResult.Of(call.Itself, PathKind.Link, call.Arguments.Follow ? PathAttributes.Unchanged : differing, target.Length, call.Context.View, cancellation))
            .With("dest", Value.Of(call.Path)).With("src", Value.Of(target)).With("diff", diff.ToValue());
        return steps.Count == 0
            ? new InSync($"{call.Path} points to {target}") { Result = result }
            : new Change(isRight ? $"{(call.Arguments.Follow ? resolved : call.Path)}: {PathResult.Describe(differing, dressed)}" : call.Itself.Exists ? $"{call.Path} is {(call.Itself.Target is { } old ? $"a link to {old}" : $"a {Word(call.Itself.Kind)}")}" : $"{call.Path} is not there", steps.ToImmutable())
            {
                Result = result,
                Diff = isRight ? null : Before("src", call.Itself.Target ?? Word(call.Itself.Kind), target),
            };
    }

    private static async ValueTask<Plan> PlanHardLink(Call call, CancellationToken cancellation)
    {
        if (call.Arguments.Source is not { } source)
        {
            return call.Itself is { Kind: PathKind.File, Links: > 1 }
                ? await PlanAttributes(call, call.Itself, cancellation)
                : new Impossible("src is required for creating new hardlinks") { Remedy = $"add src: the file that {call.Path} is to be as well", Result = Told(call) };
        }
        var target = await HostPath.Expand(source, call.Context, cancellation, HostPath.Parent(call.Path));
        var pointedTo = await call.Context.View.Ask(new StatLook(target, FollowLinks: true), cancellation);
        if (pointedTo.Kind != PathKind.File)
        {
            return new Impossible(pointedTo.Exists ? $"src {target} is not a file" : "src does not exist")
            {
                Remedy = pointedTo.Exists ? null : $"it is looked for as {target}",
                MayBeMade = !pointedTo.Exists,
                Result = MapValue.From(("dest", Value.Of(call.Path)), ("src", Value.Of(source))),
            };
        }
        var isRight = call.Itself.Kind == PathKind.File && call.Itself.Inode == pointedTo.Inode && call.Itself.Device == pointedTo.Device;
        if (!isRight && await Obstacle(call, cancellation) is { } obstacle)
        {
            return obstacle;
        }
        var differing = await call.Wanted.DifferingAt(target, pointedTo, call.Context.View, cancellation);
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
            .With("state", Value.Of("hard")).With("dest", Value.Of(call.Path)).With("src", Value.Of(target))
            .With("diff", (isRight ? new FileDiff(call.Path) : new FileDiff(call.Path).Add("state", Word(call.Itself.Kind), "hard")).Add(differing, pointedTo).ToValue());
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
            return new Impossible($"refusing to convert from {Word(call.Itself.Kind)} to {(call.Arguments.State == FileState.Hard ? "hard link" : "symlink")} for {call.Path}") { Remedy = "force=yes replaces it", Result = Told(call) };
        }
        var holds = call.Itself.Kind == PathKind.Directory ? (await call.Context.View.Ask(new DirectoryLook(call.Path), cancellation)).Entries.Length : 0;
        return holds > 0 ? new Impossible($"the directory {call.Path} is not empty, refusing to convert it") { Remedy = "remove it in an earlier task (state=absent)", Result = Told(call) } : null;
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

    private static MapValue Told(Call call) => WithPath(call.Path, MapValue.From(("state", Value.Of(Word(call.Meant.Kind)))));

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
