using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/git_module.html</summary>
public sealed record GitArguments(string Repository) : IModuleArguments<GitArguments>
{
    private const string Head = "HEAD";

    /// <summary>Null only with <see cref="Clones"/> off: nothing but the answer is wanted.</summary>
    public string? Destination { get; init; }

    /// <summary>A branch, a tag, a commit, or HEAD for what the repository says.</summary>
    public string Version { get; init; } = Head;

    public bool IsHead => Version == Head;

    public string Remote { get; init; } = "origin";

    public string? Refspec { get; init; }

    public string? Reference { get; init; }

    public bool Force { get; init; }

    public long? Depth { get; init; }

    public bool Clones { get; init; } = true;

    public bool Updates { get; init; } = true;

    public string Executable { get; init; } = "git";

    public bool IsBare { get; init; }

    public bool Recursive { get; init; } = true;

    public bool SingleBranch { get; init; }

    public bool VerifyCommit { get; init; }

    public string? SeparateDirectory { get; init; }

    /// <summary>What ssh is called with, the program first; null: as it is.</summary>
    public string? SshCommand { get; init; }

    /// <summary>Octal.</summary>
    public int? Umask { get; init; }

    /// <summary>What of the arguments is not supported or not right.</summary>
    public string? Problem { get; init; }

    public static ModuleSpec Spec { get; } = new("git", ModuleNature.Converging, "a git repository, cloned and at a version")
    {
        Arguments =
        [
            new("repo", ArgumentType.Text, "its address: https, ssh, or a path of the host") { Required = true, Aliases = ["name"] },
            new("dest", ArgumentType.Path, "where it is to be on the host"),
            new("version", ArgumentType.Text, "a branch, a tag or a commit; HEAD is the branch that the repository has by default. A push asks where a branch is; a reconvergence keeps what the push found") { Default = Value.Of(Head) },
            new("remote", ArgumentType.Text, "the name of the remote") { Default = Value.Of("origin") },
            new("refspec", ArgumentType.Text, "fetched besides: what branches and tags do not lead to"),
            new("reference", ArgumentType.Text, "a repository on the host to take objects from when it is cloned"),
            CommonArguments.Flag("force", "throw away changes of files that git knows"),
            new("depth", ArgumentType.Integer, "clone no more than so many commits"),
            CommonArguments.Flag("clone", "clone where it is not there; without it, only the remote's version is told", true),
            CommonArguments.Flag("update", "look for a newer version where it is there", true),
            new("executable", ArgumentType.Path, "the git to use"),
            CommonArguments.Flag("bare", "without files"),
            CommonArguments.Flag("recursive", "with submodules", true),
            CommonArguments.Flag("single_branch", "clone only the history of the version"),
            CommonArguments.Flag("track_submodules", "not supported: follow the branches of submodules"),
            CommonArguments.Flag("verify_commit", "the commit, or the tag, must be signed by a key that the user's gpg trusts"),
            new("gpg_whitelist", ArgumentType.List, "not supported: the fingerprints that may have signed"),
            CommonArguments.Flag("accept_hostkey", "take whatever key the server has"),
            CommonArguments.Flag("accept_newhostkey", "take the key of a server that is not known yet"),
            new("key_file", ArgumentType.Path, "the private key for ssh"),
            new("ssh_opts", ArgumentType.Text, "further options for ssh"),
            new("separate_git_dir", ArgumentType.Path, "where a new clone keeps its git directory"),
            new("umask", ArgumentType.Text, "the umask that git runs with: '0022'"),
            new("archive", ArgumentType.Path, "not supported: pack the version into a file"),
            new("archive_prefix", ArgumentType.Text, "not supported: see archive"),
        ],
        MutuallyExclusive = [["separate_git_dir", "bare"], ["accept_hostkey", "accept_newhostkey"]],
    };

    public static GitArguments From(BoundArguments arguments)
    {
        var repository = arguments.RequiredText("repo");
        var umask = arguments.Text("umask") is { } text && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) && text.All(c => c is >= '0' and <= '7') ? Convert.ToInt32(text, 8) : (int?)null;
        return new(repository.StartsWith('/') ? $"file://{repository}" : repository)
        {
            Destination = arguments.Text("dest"),
            Version = arguments.RequiredText("version"),
            Remote = arguments.RequiredText("remote"),
            Refspec = arguments.Text("refspec"),
            Reference = arguments.Text("reference"),
            Force = arguments.IsSet("force"),
            Depth = arguments.Integer("depth"),
            Clones = arguments.IsSet("clone"),
            Updates = arguments.IsSet("update"),
            Executable = arguments.Text("executable") ?? "git",
            IsBare = arguments.IsSet("bare"),
            Recursive = arguments.IsSet("recursive"),
            SingleBranch = arguments.IsSet("single_branch"),
            VerifyCommit = arguments.IsSet("verify_commit"),
            SeparateDirectory = arguments.Text("separate_git_dir"),
            SshCommand = Ssh(arguments),
            Umask = umask,
            Problem = arguments.IsSet("track_submodules") ? "track_submodules is not supported: where the branch of a submodule is, only a change of it would tell"
                : !arguments.Texts("gpg_whitelist").IsEmpty ? "gpg_whitelist is not supported: let the user's gpg trust only these keys"
                : arguments.Has("archive") ? "archive is not supported: run git archive in a handler that this task notifies"
                : arguments.Has("umask") && umask is null ? "umask must be an octal integer"
                : arguments.Text("dest") is null && arguments.IsSet("clone") ? "the destination directory must be specified unless clone=no"
                : new[] { arguments.RequiredText("version"), arguments.RequiredText("remote"), repository }.FirstOrDefault(word => word.StartsWith('-')) is { } option ? $"{option} is an option, not a name"
                : null,
        };
    }

    private static string? Ssh(BoundArguments arguments)
    {
        List<string> options = [];
        if (arguments.Text("ssh_opts") is { } written)
        {
            options.Add(written);
        }
        if (arguments.IsSet("accept_hostkey"))
        {
            options.Add("-o StrictHostKeyChecking=no");
        }
        if (arguments.IsSet("accept_newhostkey"))
        {
            options.Add("-o StrictHostKeyChecking=accept-new");
        }
        options.Add("-o BatchMode=yes");
        if (arguments.Text("key_file") is { } key)
        {
            options.Add($"-i '{key.Replace("'", "'\\''", StringComparison.Ordinal)}' -o IdentitiesOnly=yes");
        }
        return $"ssh {string.Join(' ', options)}";
    }
}
