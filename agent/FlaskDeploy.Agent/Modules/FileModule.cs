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
        var shown = await HostPath.ExpandText(arguments.Path, context.View, cancellation);
        if (meant.Kind == PathKind.Directory && arguments is { State: not (FileState.Link or FileState.Absent), Source: { Length: > 0 } inside })
        {
            // As of a copy: what is to lie in the directory.
            path = HostPath.Join(path, HostPath.Name(HostPath.Normal(inside)));
            shown = path;
            itself = meant = await context.View.Ask(new StatLook(path, FollowLinks: false), cancellation);
        }
        var (wanted, problem) = await WantedAttributes.Resolve(arguments.Mode, arguments.Owner, arguments.Group, context.View, cancellation, arguments.Extended);
        if (wanted is null && arguments.State != FileState.Absent)
        {
            return problem! with { Result = WithPath(shown, problem.Result) };
        }
        var call = new Call(arguments, context, path, shown, itself, meant, wanted ?? WantedAttributes.None);
        var plan = await PlanState(call, cancellation);
        return call.Wanted.Warnings.IsEmpty ? plan : plan with { Result = plan.Result.Merge(WantedAttributes.Warned(call.Wanted.Warnings)) };
    }

    private static async ValueTask<Plan> PlanState(Call call, CancellationToken cancellation)
    {
        var (arguments, meant) = (call.Arguments, call.Meant);
        var state = arguments.State ?? call.Itself.Kind switch
        {
            PathKind.Directory => FileState.Directory,
            PathKind.Absent when arguments.Recurse => FileState.Directory,
            PathKind.Link => FileState.Link,
            PathKind.File when call.Itself.Links > 1 => FileState.Hard,
            _ => FileState.File,
        };
        if (arguments.Source is { Length: > 0 } && state is not (FileState.Link or FileState.Hard))
        {
            return new Impossible("src option requires state to be 'link' or 'hard'") { Remedy = "add state=link or state=hard, or drop src", Result = Told(call) };
        }
        if (arguments.Recurse && state != FileState.Directory)
        {
            return new Impossible("recurse option requires state to be 'directory'") { Remedy = "add state=directory or drop recurse", Result = Told(call) };
        }
        if (state is FileState.File or FileState.Directory && call.Itself.Kind == PathKind.Link && arguments.Follow)
        {
            // What it points to is what is told of.
            call = call with { Shown = await HostPath.Real(call.Path, call.Context.View, cancellation) };
        }
        return state switch
        {
            FileState.Absent => await Absent(call, cancellation),
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

    private static async ValueTask<Plan> Absent(Call call, CancellationToken cancellation)
    {
        var (path, itself) = (call.Path, call.Itself);
        var result = MapValue.From(("path", Value.Of(call.Shown)), ("state", Value.Of("absent")));
        if (!itself.Exists)
        {
            return new InSync($"{path} is not there") { Result = result };
        }
        var diff = new FileDiff(call.Shown).Add("state", Was(itself), "absent");
        if (itself.Kind == PathKind.Directory)
        {
            diff = diff.Before("path_content", await PathTree.Content(path, call.Context.View, cancellation));
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
        return await PlanAttributes(call, call.Meant, cancellation, "file");
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
            if (FileTimes.Parse(call.Arguments, call.Meant, out var times) is { } wrong)
            {
                return wrong;
            }
            var attributes = await call.Wanted.ForNewAt(call.Path, isDirectory: true, call.Context.View, cancellation);
            Step make = new MakeDirectory(call.Path, attributes);
            ImmutableArray<Step> steps = times is { Modified: null, Accessed: null } ? [make] : [make, new Touch(call.Path, PathAttributes.Unchanged, times.Modified, times.Accessed)];
            var made = await PathResult.OfNew(call.Path, PathKind.Directory, attributes, 4096, call.Context.View, cancellation);
            return new Change($"{call.Path} is not there", steps) { Result = WithPath(call.Shown, made).With("diff", new FileDiff(call.Shown).Add("state", "absent", "directory").ToValue()), Diff = Before("state", "absent", "directory") };
        }
        var top = await PlanAttributes(call, call.Meant, cancellation);
        return call.Arguments.Recurse && top is not Impossible ? await PathTree.Plan(call.Path, call.Meant, call.Wanted, call.Arguments, top, call.Context, cancellation) : top;
    }

    private static async ValueTask<Plan> PlanAttributes(Call call, PathAnswer present, CancellationToken cancellation, string? state = null)
    {
        var differing = await call.Wanted.DifferingAt(call.Path, present, call.Context.View, cancellation);
        // Of a link that is called by its own name, what is registered is the link's, whatever is set of what it points to.
        var isLink = state == "touch" && call.Itself.Kind == PathKind.Link;
        var told = isLink ? await PathResult.Of(call.Itself, PathKind.Link, PathAttributes.Unchanged, call.Itself.Size, call.Context.View, cancellation)
            : await PathResult.Of(present, present.Kind, differing, present.Size, call.Context.View, cancellation);
        var result = WithPath(call.Shown, told);
        if (!isLink && present is { Kind: PathKind.File, Links: > 1 })
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
        var was = Was(state == "touch" ? call.Itself : present);
        var diff = state is null || state == was ? new FileDiff(call.Shown) : new FileDiff(call.Shown).Add("state", was, state);
        diff = diff.Add(differing, present);
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
            return AsDestination(await PlanAttributes(call with { Arguments = now }, call.Meant, cancellation, "touch"), call);
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
        var result = await PathResult.OfNew(call.Path, PathKind.File, attributes, 0, call.Context.View, cancellation);
        return new Change($"{call.Path} is not there", [new Touch(call.Path, attributes, times.Modified, times.Accessed)])
        {
            Result = result.With("dest", Value.Of(call.Shown)).With("diff", new FileDiff(call.Shown).Add("state", "absent", "touch").ToValue()),
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
        if (target.Length == 0)
        {
            return new Impossible("src is empty, and a link must point to something");
        }
        var resolved = target.StartsWith('/') ? target : HostPath.Join(HostPath.Parent(call.Path), target);
        var pointedTo = await call.Context.View.Ask(new StatLook(resolved, FollowLinks: true), cancellation);
        if (!pointedTo.Exists && !call.Arguments.Force && call.Arguments.Source is not null)
        {
            return new Impossible($"src file does not exist, use \"force=yes\" if you really want to create the link: {resolved}") { MayBeMade = true, Result = WithPath(call.Shown, MapValue.From(("src", Value.Of(target)))) };
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
        var diff = new FileDiff(call.Shown).Add(differing, dressed);
        diff = isRight ? diff : call.Itself.Kind == PathKind.Link ? diff.Add("src", call.Itself.Target, target) : diff.Add("state", Was(call.Itself), "link");
        var made = isRight ? call.Itself : new PathAnswer(PathKind.Link) { Mode = LinkMode, Uid = call.Context.As.Uid, Gid = call.Context.As.Gid };
        var told = call.Arguments.Source is null && !(call.Arguments.Follow && pointedTo.Exists) ? (Value)Value.Null : Value.Of(target);
        var result = (await PathResult.Of(made, PathKind.Link, call.Arguments.Follow ? PathAttributes.Unchanged : differing, System.Text.Encoding.UTF8.GetByteCount(target), call.Context.View, cancellation))
            .With("dest", Value.Of(call.Shown)).With("src", told).With("diff", diff.ToValue());
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
                ? AsDestination(await PlanAttributes(call, call.Itself, cancellation), call, ("src", Value.Null))
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
                Result = MapValue.From(("dest", Value.Of(call.Shown)), ("src", Value.Of(source))),
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
            .With("state", Value.Of("hard")).With("dest", Value.Of(call.Shown)).With("src", Value.Of(target))
            .With("diff", (Was(call.Itself) == "hard" ? new FileDiff(call.Shown) : new FileDiff(call.Shown).Add("state", Was(call.Itself), "hard")).Add(differing, pointedTo).ToValue());
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

    private static Plan AsDestination(Plan plan, Call call, params (string, Value)[] more) =>
        plan with { Result = plan.Result.Without("path").With("dest", Value.Of(call.Shown)).Merge(MapValue.From(more)) };

    private static MapValue Told(Call call) => WithPath(call.Shown, MapValue.From(("state", Value.Of(Word(call.Meant.Kind)))));

    private static MapValue WithPath(string path, MapValue rest) => MapValue.From(("path", Value.Of(path))).Merge(rest);

    private static string Before(string what, string before, string after) => $"-{what}: {before}\n+{what}: {after}\n";

    // Of every link, as the kernel shows it.
    private const int LinkMode = 0x1FF;

    private static string Word(PathKind kind) => kind switch
    {
        PathKind.Directory => "directory",
        PathKind.Link => "link",
        PathKind.Absent => "absent",
        PathKind.File => "file",
        _ => "special file",
    };

    /// <summary>As a diff calls it: a file with another name is a hard link.</summary>
    private static string Was(PathAnswer answer) => answer is { Kind: PathKind.File, Links: > 1 } ? "hard" : Word(answer.Kind);

    /// <param name="Shown">What is registered of the path: as it was written, without <c>~</c> and variables.</param>
    /// <param name="Itself">What is at the path.</param>
    /// <param name="Meant">The same, or what the link there points to.</param>
    private sealed record Call(FileArguments Arguments, ModuleContext Context, string Path, string Shown, PathAnswer Itself, PathAnswer Meant, WantedAttributes Wanted);
}
