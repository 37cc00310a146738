using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>All that is in a directory: its attributes, and what there is.</summary>
internal static class PathTree
{
    /// <summary>Of a recursive look; a larger tree is refused rather than looked at for minutes at each check.</summary>
    private const int MostEntries = 200_000;

    /// <summary>Of what a diff lists.</summary>
    private const int MostShown = 10_000;

    /// <summary>
    /// Mode, owner and the rest for everything below a directory, contents before what holds them and before the links to
    /// them: a directory that has been given away already is none that root goes through to what is still its own.
    /// </summary>
    internal static async ValueTask<Plan> Plan(string root, PathAnswer itself, WantedAttributes wanted, FileArguments arguments, Plan top, ModuleContext context, CancellationToken cancellation)
    {
        var steps = new List<Step>();
        var why = top is Change ? top.Because : "";
        // What lies in the tree is reached by its own path; only what its links lead out to is reached through them.
        var trees = new Queue<(string Path, PathAnswer Answer)>([(root, itself)]);
        var known = new HashSet<(ulong Device, ulong Inode)>();
        var seen = 0;
        while (trees.TryDequeue(out var tree))
        {
            var pending = new Stack<(string Path, PathAnswer Answer)>([tree]);
            while (pending.TryPop(out var next))
            {
                if (!known.Add((next.Answer.Device, next.Answer.Inode)))
                {
                    continue;
                }
                if (next.Path != root && await Differing(next.Path, next.Answer) is { } step)
                {
                    why = why.Length == 0 ? $"{next.Path}: {PathResult.Describe(step.Attributes, next.Answer)}" : why;
                    steps.Add(step);
                }
                if (next.Answer.Kind != PathKind.Directory)
                {
                    continue;
                }
                foreach (var entry in (await context.View.Ask(new DirectoryLook(next.Path), cancellation)).Entries.Reverse())
                {
                    if (++seen > MostEntries)
                    {
                        return new Impossible($"{root} holds more than {MostEntries} entries") { Remedy = "set the attributes of its parts, or run chown -R" };
                    }
                    var path = HostPath.Join(next.Path, entry.Name);
                    var answer = await context.View.Ask(new StatLook(path, FollowLinks: false), cancellation);
                    if (answer.Kind == PathKind.Link && arguments.Follow && IsTrusted(answer, next.Answer, context.As)
                        && await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation) is { Exists: true } target)
                    {
                        trees.Enqueue((path, target));
                    }
                    if (answer.Exists)
                    {
                        pending.Push((path, answer));
                    }
                }
            }
        }
        steps.Reverse();
        steps.AddRange((top as Change)?.Steps ?? []);
        return steps.Count == 0
            ? new InSync($"{root} and the {seen} entries in it are as wanted") { Result = top.Result }
            : new Change(steps.Count == 1 ? why : $"{why}, and {steps.Count - 1} more", [.. steps]) { Result = top.Result, Diff = (top as Change)?.Diff };

        async ValueTask<SetAttributes?> Differing(string path, PathAnswer answer) =>
            await wanted.DifferingAt(path, answer, context.View, cancellation) is { IsUnchanged: false } differing ? new SetAttributes(path, differing, FollowLinks: answer.Kind != PathKind.Link) : null;
    }

    /// <summary>The paths of the directories and of all else below a directory, as <c>file</c> lists what it removes.</summary>
    internal static async ValueTask<MapValue> Content(string root, IMachineView view, CancellationToken cancellation)
    {
        var (directories, files) = (new List<string>(), new List<string>());
        var pending = new Queue<string>([root]);
        while (pending.TryDequeue(out var directory) && directories.Count + files.Count < MostShown)
        {
            foreach (var entry in (await view.Ask(new DirectoryLook(directory), cancellation)).Entries)
            {
                var path = HostPath.Join(directory, entry.Name);
                // A link to a directory counts as one, and is not gone into.
                var leadsTo = entry.Kind == PathKind.Link ? (await view.Ask(new StatLook(path, FollowLinks: true), cancellation)).Kind : entry.Kind;
                (leadsTo == PathKind.Directory ? directories : files).Add(path);
                if (entry.Kind == PathKind.Directory)
                {
                    pending.Enqueue(path);
                }
            }
        }
        return MapValue.From(("directories", Value.Of(directories)), ("files", Value.Of(files)));
    }

    // Whoever else may put links there could make us change what is not his: his links keep their targets untouched.
    private static bool IsTrusted(PathAnswer link, PathAnswer directory, Account account)
    {
        const int writableByOthers = 0x12;
        return link.Uid == account.Uid && directory.Uid == account.Uid && (directory.Mode & writableByOthers) == 0;
    }
}
