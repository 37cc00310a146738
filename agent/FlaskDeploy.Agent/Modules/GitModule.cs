using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Git;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>git</c>: where a branch is, a push asks the remote; a reconvergence asks the clone what the remote had at the last
/// fetch, and never goes out.
/// </summary>
internal sealed class GitModule : Module<GitArguments>
{
    protected override async ValueTask<Plan> Plan(GitArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Problem is { } problem)
        {
            return new Impossible(problem);
        }
        if ((await context.View.Ask(new ProgramLook([arguments.Executable]), cancellation)).Paths.IsEmpty)
        {
            return new Impossible($"there is no {arguments.Executable} on {context.View.Environment.Path}") { Remedy = "install it in an earlier task: package git", MayBeMade = true };
        }
        var clone = arguments.Destination is { } written ? await GitClone.Find(await HostPath.Expand(written, context, cancellation), arguments, context, cancellation) : null;
        var git = new GitTool(arguments);
        if (clone is not { IsThere: true })
        {
            return await New(clone, git, arguments, context, cancellation);
        }
        var before = await clone.Resolve("HEAD", git, context, cancellation);
        var result = MapValue.From(("before", Text(before)), ("remote_url_changed", Value.False));
        if (!arguments.Updates)
        {
            return new InSync($"{clone.Path} is there, and update=no leaves it at {Short(before)}") { Result = result.With("after", Text(before)) };
        }
        var isModified = !arguments.IsBare && await clone.IsModified(git, context, cancellation);
        if (isModified && !arguments.Force)
        {
            return new Impossible($"Local modifications exist in the destination: {clone.Path} (force=no).") { Remedy = "force=yes throws them away" };
        }
        var url = await clone.Url(git, context, cancellation);
        var hasMoved = url is not null && Plain(url) != Plain(arguments.Repository);
        result = result.With("remote_url_changed", Value.Of(hasMoved));
        var (refs, failure) = context.Purpose == Purpose.Push || hasMoved ? await Ask(git, arguments, context, cancellation) : (null, null);
        if (failure is not null)
        {
            return failure;
        }
        var version = arguments.IsBare ? "HEAD" : arguments.Version;
        var after = refs is null ? await clone.Last(version, git, context, cancellation) ?? before
            : refs.CommitOf(version) ?? await clone.Resolve($"{version}^{{commit}}", git, context, cancellation);
        var lacksModules = arguments.Recursive && !arguments.IsBare && await clone.LacksModules(git, context, cancellation);
        result = result.With("after", Text(after ?? arguments.Version));
        var because = isModified ? $"{clone.Path} has local modifications"
            : hasMoved ? $"{clone.Path} is of {url}"
            : before != after ? $"{clone.Path} is at {Short(before)}, not {Short(after ?? arguments.Version)}"
            : lacksModules ? $"submodules of {clone.Path} are not as it says"
            : null;
        if (because is null)
        {
            return new InSync($"{clone.Path} is at {Short(before)}") { Result = result };
        }
        // A correction of what somebody moved has no new version to ask for; what it lacks it fetches all the same.
        var kind = refs?.KindOf(version) ?? await clone.KindOf(version, git, context, cancellation);
        var head = kind == GitVersionKind.Head && !arguments.IsBare ? await clone.HeadBranch(git, context, cancellation) : null;
        var isFollowed = kind != GitVersionKind.Branch || arguments.IsBare || await clone.Follows(version, git, context, cancellation);
        return new Change(because, GitSteps.Update(clone.Path, git, arguments, kind, head, isModified, hasMoved, isFollowed))
        {
            Result = lacksModules ? result.With("submodules_changed", Value.True) : result,
            Diff = before == after ? null : $"-{before}\n+{after ?? arguments.Version}\n",
        };
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(GitArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        arguments.Destination is { } written && arguments.Clones
            ? [Claim.Of(ClaimKind.Path, await HostPath.Expand(written, context, cancellation), ("exists", Claim.Yes), ("kind", "directory"), ("repository", arguments.Repository), ("version", arguments.Updates ? arguments.Version : null))]
            : [];

    private static async ValueTask<Plan> New(GitClone? clone, GitTool git, GitArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var (refs, failure) = await Ask(git, arguments, context, cancellation);
        if (refs is null)
        {
            return failure!;
        }
        var after = refs.CommitOf(arguments.IsBare ? "HEAD" : arguments.Version) ?? arguments.Version;
        var result = MapValue.From(("before", Value.Null), ("after", Value.Of(after)));
        if (clone is null || !arguments.Clones)
        {
            return new InSync($"{arguments.Repository} is at {Short(after)}, and clone=no clones nothing") { Result = result };
        }
        var present = await context.View.Ask(new DirectoryLook(clone.Path), cancellation);
        return present.Exists && present.Entries.Length > 0
            ? new Impossible($"destination path '{clone.Path}' already exists and is not an empty directory.") { Remedy = "remove it in an earlier task: file with state=absent" }
            : new Change($"there is no clone in {clone.Path}", GitSteps.Clone(clone.Path, git, arguments, refs.KindOf(arguments.Version))) { Result = result, Diff = $">> Newly checked out {after}\n" };
    }

    private static async ValueTask<(GitRefs? Refs, Impossible? Failure)> Ask(GitTool git, GitArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var answer = await context.View.Ask(git.Remote(arguments.Repository, arguments.Version), cancellation);
        return answer.ExitCode == 0
            ? (GitRefs.Parse(answer.Output), null)
            : (null, new Impossible($"git cannot ask {arguments.Repository}: {answer.Error.Trim()}") { Remedy = "correct repo, or give the user who runs the task its key (key_file, become_user)", MayBeMade = true });
    }

    private static Value Text(string? commit) => commit is null ? Value.Null : Value.Of(commit);

    private static string Short(string? commit) => commit is null ? "no commit" : commit.Length == 40 ? commit[..12] : commit;

    private static string Plain(string url) => url.Replace("file://", "", StringComparison.Ordinal).TrimEnd('/');
}
