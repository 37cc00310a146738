using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules.Git;

/// <summary>How git is called: never with a question to anybody, with the ssh and the umask of the task.</summary>
internal sealed class GitTool(GitArguments arguments)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(60);

    private readonly ImmutableSortedDictionary<string, string> _environment = ImmutableSortedDictionary<string, string>.Empty
        .Add("GIT_TERMINAL_PROMPT", "0")
        // Whoever looks writes nothing, not even an index that is up to date again.
        .Add("GIT_OPTIONAL_LOCKS", "0")
        .Add("GIT_SSH_COMMAND", arguments.SshCommand ?? "ssh");

    /// <summary>Asks the remote. Its answer is of the moment.</summary>
    public ToolLook Remote(string repository, string version) => new(
        [arguments.Executable, "ls-remote", "--", repository, "HEAD", $"refs/heads/{version}", $"refs/tags/{version}", $"refs/tags/{version}^{{}}", .. version.StartsWith("refs/", StringComparison.Ordinal) ? (string[])[version, $"{version}^{{}}"] : []])
    {
        Environment = _environment,
        AsksElsewhere = true,
        Deadline = Answer,
    };

    /// <summary>Asks the clone. What it says hangs on all that is in these directories.</summary>
    public ToolLook Local(string directory, ImmutableArray<string> below, params ReadOnlySpan<string> words) => new([arguments.Executable, .. words])
    {
        Environment = _environment,
        Directory = directory,
        Below = below,
        Deadline = Answer,
    };

    public RunTool Step(string? directory, params ReadOnlySpan<string> words) => new(
        arguments.Umask is { } umask ? ["/bin/sh", "-c", $"umask {Convert.ToString(umask, 8)}; exec \"$@\"", "sh", arguments.Executable, .. words] : [arguments.Executable, .. words], Longest)
    {
        Directory = directory,
        Environment = _environment,
        Changes = directory is null ? [] : [directory],
    };
}
