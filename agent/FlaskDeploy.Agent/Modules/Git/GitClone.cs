using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules.Git;

/// <summary>A clone on the host, asked through git. Every answer hangs on the directories that hold it.</summary>
/// <param name="Directory">Where git keeps what it knows: <c>.git</c>, or where the file of that name leads.</param>
internal sealed record GitClone(string Path, string Directory, bool IsThere, string Remote)
{
    private const int MostLink = 4096;
    private const string LinkStart = "gitdir: ";

    public static async ValueTask<GitClone> Find(string path, GitArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var directory = arguments.IsBare ? path : HostPath.Join(path, ".git");
        if (!arguments.IsBare && (await context.View.Ask(new StatLook(directory, FollowLinks: true), cancellation)).Kind == PathKind.File)
        {
            var link = Encoding.UTF8.GetString((await context.View.Ask(new ReadLook(directory, MostLink), cancellation)).Bytes ?? []).Trim();
            directory = link.StartsWith(LinkStart, StringComparison.Ordinal) ? System.IO.Path.GetFullPath(System.IO.Path.Combine(path, link[LinkStart.Length..])) : directory;
        }
        var config = await context.View.Ask(new StatLook(HostPath.Join(directory, "config"), FollowLinks: true), cancellation);
        return new GitClone(path, directory, config.Exists, arguments.Remote);
    }

    /// <summary>The commit that a name means in the clone; null: none.</summary>
    public async ValueTask<string?> Resolve(string name, GitTool git, ModuleContext context, CancellationToken cancellation)
    {
        var answer = await context.View.Ask(git.Local(Path, [HostPath.Join(Directory, "refs"), HostPath.Join(Directory, "HEAD"), HostPath.Join(Directory, "packed-refs")], "rev-parse", "--verify", "--quiet", name), cancellation);
        return answer.ExitCode == 0 ? answer.Output.Trim().Split('\n')[^1]
            : answer.Error.Length == 0 ? null
            : throw new LookFailedException(new StatLook(Path, FollowLinks: true), answer.Error.Trim());
    }

    /// <summary>Where the remote had a version at the last fetch; null: the clone does not know it.</summary>
    public async ValueTask<string?> Last(string version, GitTool git, ModuleContext context, CancellationToken cancellation) =>
        await Resolve($"refs/remotes/{Remote}/{version}", git, context, cancellation) ?? await Resolve($"{version}^{{commit}}", git, context, cancellation);

    public async ValueTask<GitVersionKind> KindOf(string version, GitTool git, ModuleContext context, CancellationToken cancellation) =>
        version == "HEAD" ? GitVersionKind.Head
        : await Resolve($"refs/remotes/{Remote}/{version}", git, context, cancellation) is not null ? GitVersionKind.Branch
        : await Resolve($"refs/tags/{version}", git, context, cancellation) is not null ? GitVersionKind.Tag
        : GitVersionKind.Other;

    /// <summary>The branch that the remote had by default when it was cloned; null: the clone does not say.</summary>
    public async ValueTask<string?> HeadBranch(GitTool git, ModuleContext context, CancellationToken cancellation)
    {
        var answer = await context.View.Ask(git.Local(Path, [HostPath.Join(Directory, $"refs/remotes/{Remote}/HEAD")], "symbolic-ref", "--quiet", $"refs/remotes/{Remote}/HEAD"), cancellation);
        var start = $"refs/remotes/{Remote}/";
        return answer.ExitCode == 0 && answer.Output.Trim() is var name && name.StartsWith(start, StringComparison.Ordinal) ? name[start.Length..] : null;
    }

    /// <summary>Whether files that git knows were changed by somebody else.</summary>
    public async ValueTask<bool> IsModified(GitTool git, ModuleContext context, CancellationToken cancellation)
    {
        var answer = await context.View.Ask(git.Local(Path, [Path], "status", "--porcelain"), cancellation);
        return answer.ExitCode != 0
            ? throw new LookFailedException(new StatLook(Path, FollowLinks: true), answer.Error.Trim())
            : answer.Output.Split('\n').Any(line => line.Length > 0 && !line.StartsWith("??", StringComparison.Ordinal));
    }

    /// <summary>Whether a branch is among those that the clone follows: one that was made with depth or single_branch follows its own only.</summary>
    public async ValueTask<bool> Follows(string branch, GitTool git, ModuleContext context, CancellationToken cancellation)
    {
        var answer = await context.View.Ask(git.Local(Path, [HostPath.Join(Directory, "config")], "config", "--get-all", $"remote.{Remote}.fetch"), cancellation);
        return answer.Output.Split('\n').Select(line => line.Trim().TrimStart('+').Split(':')[0]).Any(from => from == "refs/heads/*" || from == $"refs/heads/{branch}");
    }

    public async ValueTask<string?> Url(GitTool git, ModuleContext context, CancellationToken cancellation)
    {
        var answer = await context.View.Ask(git.Local(Path, [HostPath.Join(Directory, "config")], "config", "--get", $"remote.{Remote}.url"), cancellation);
        return answer.ExitCode == 0 ? answer.Output.Trim() : null;
    }

    /// <summary>Whether a submodule is not there, or not at the commit that the version says.</summary>
    public async ValueTask<bool> LacksModules(GitTool git, ModuleContext context, CancellationToken cancellation)
    {
        if (!(await context.View.Ask(new StatLook(HostPath.Join(Path, ".gitmodules"), FollowLinks: true), cancellation)).Exists)
        {
            return false;
        }
        var answer = await context.View.Ask(git.Local(Path, [Path], "submodule", "status", "--recursive"), cancellation);
        return answer.Output.Split('\n').Any(line => line.StartsWith('-') || line.StartsWith('+') || line.StartsWith('U'));
    }
}
