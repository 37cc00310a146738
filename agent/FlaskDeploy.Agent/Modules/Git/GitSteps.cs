using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules.Git;

/// <summary>The calls of git that bring a clone to its version. Each may be carried out twice with the same end. Pure.</summary>
internal static class GitSteps
{
    public static ImmutableArray<Step> Clone(string path, GitTool git, GitArguments arguments, GitVersionKind kind)
    {
        List<string> words = ["clone", .. arguments.IsBare ? (string[])["--bare"] : ["--origin", arguments.Remote]];
        var isNamed = kind is GitVersionKind.Branch or GitVersionKind.Tag;
        // Nothing but a name can be cloned with a part of its history.
        if (arguments.Depth is { } depth && (kind == GitVersionKind.Head || arguments.Refspec is not null || isNamed))
        {
            words.AddRange(["--depth", Number(depth)]);
        }
        if (isNamed && (arguments.SingleBranch || arguments.Depth is not null && arguments.Refspec is null))
        {
            words.AddRange(["--branch", arguments.Version]);
        }
        if (arguments.Reference is { } reference)
        {
            words.AddRange(["--reference", reference]);
        }
        if (arguments.SingleBranch)
        {
            words.Add("--single-branch");
        }
        if (arguments.SeparateDirectory is { } separate)
        {
            words.Add($"--separate-git-dir={separate}");
        }
        var steps = ImmutableArray.CreateBuilder<Step>();
        steps.Add(new MakeDirectory(HostPath.Parent(path), PathAttributes.Unchanged));
        steps.Add(git.Step(null, [.. words, "--", arguments.Repository, path]) with { Changes = [path] });
        if (arguments.IsBare && arguments.Remote != "origin")
        {
            steps.Add(git.Step(path, "remote", "add", arguments.Remote, arguments.Repository));
        }
        if (arguments.Refspec is { } refspec)
        {
            steps.Add(git.Step(path, ["fetch", .. Depth(arguments), arguments.Remote, refspec]));
        }
        steps.AddRange(Switch(path, git, arguments, kind, head: null, isNew: true));
        return steps.ToImmutable();
    }

    public static ImmutableArray<Step> Update(string path, GitTool git, GitArguments arguments, GitVersionKind kind, string? head, bool isModified, bool hasMoved, bool isFollowed = true)
    {
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (isModified)
        {
            steps.Add(git.Step(path, "reset", "--hard", "HEAD"));
        }
        if (hasMoved)
        {
            steps.Add(git.Step(path, "remote", "set-url", arguments.Remote, arguments.Repository));
        }
        if (!isFollowed)
        {
            // A branch can only track what the clone follows. The last word has git replace what an earlier call added.
            steps.Add(git.Step(path, "config", "--replace-all", $"remote.{arguments.Remote}.fetch", $"+refs/heads/{arguments.Version}:refs/remotes/{arguments.Remote}/{arguments.Version}", $"^\\+refs/heads/{Regex.Escape(arguments.Version)}:"));
        }
        string[] force = arguments.Force ? ["--force"] : [];
        string[] refspecs = arguments.IsBare ? ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
            : arguments.Depth is not null && kind == GitVersionKind.Branch ? [$"+refs/heads/{arguments.Version}:refs/remotes/{arguments.Remote}/{arguments.Version}"]
            : arguments.Depth is not null && kind == GitVersionKind.Tag ? [$"+refs/tags/{arguments.Version}:refs/tags/{arguments.Version}"]
            : arguments.Depth is not null && kind == GitVersionKind.Head && head is not null ? [$"+refs/heads/{head}:refs/remotes/{arguments.Remote}/{head}"]
            : ["--tags", $"+refs/heads/*:refs/remotes/{arguments.Remote}/*"];
        string[] options = [.. refspecs.Where(word => word.StartsWith('-'))];
        string[] names = [.. refspecs.Except(options), .. arguments.Refspec is { } refspec ? (string[])[refspec] : []];
        string[] depth = kind == GitVersionKind.Other && arguments.Refspec is null ? [] : Depth(arguments);
        steps.Add(git.Step(path, ["fetch", .. depth, .. force, .. options, arguments.Remote, .. names]));
        steps.AddRange(Switch(path, git, arguments, kind, head, isNew: false));
        return steps.ToImmutable();
    }

    private static IEnumerable<Step> Switch(string path, GitTool git, GitArguments arguments, GitVersionKind kind, string? head, bool isNew)
    {
        if (arguments.VerifyCommit)
        {
            yield return git.Step(path, kind == GitVersionKind.Tag ? "verify-tag" : "verify-commit", kind == GitVersionKind.Branch ? $"{arguments.Remote}/{arguments.Version}" : arguments.Version);
        }
        if (arguments.IsBare)
        {
            yield break;
        }
        if (kind == GitVersionKind.Head && head is not null)
        {
            yield return git.Step(path, "checkout", "--force", "-B", head, $"refs/remotes/{arguments.Remote}/{head}", "--");
        }
        else if (kind == GitVersionKind.Head && !isNew)
        {
            yield return git.Step(path, "reset", "--hard", $"refs/remotes/{arguments.Remote}/HEAD", "--");
        }
        else if (kind == GitVersionKind.Branch)
        {
            yield return git.Step(path, "checkout", "--force", "-B", arguments.Version, "--track", $"{arguments.Remote}/{arguments.Version}", "--");
        }
        else if (kind != GitVersionKind.Head)
        {
            yield return git.Step(path, "checkout", "--force", "--detach", arguments.Version, "--");
        }
        if (arguments.Recursive)
        {
            yield return git.Step(path, "submodule", "sync", "--recursive");
            yield return git.Step(path, ["submodule", "update", "--init", "--recursive", .. arguments.Force ? (string[])["--force"] : []]);
        }
    }

    private static string[] Depth(GitArguments arguments) => arguments.Depth is { } depth ? ["--depth", Number(depth)] : [];

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
