using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Modules.Git;

internal enum GitVersionKind
{
    /// <summary>A commit, or something that only a refspec leads to.</summary>
    Other,
    Head,
    Branch,
    Tag,
}

/// <summary>What <c>git ls-remote</c> tells. Pure.</summary>
internal sealed record GitRefs(ImmutableDictionary<string, string> Commits)
{
    private const string Branches = "refs/heads/";
    private const string Tags = "refs/tags/";

    public static GitRefs Parse(string output)
    {
        var commits = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var fields in output.Split('\n').Select(line => line.Split('\t', 2)).Where(fields => fields.Length == 2))
        {
            commits[fields[1].TrimEnd()] = fields[0];
        }
        return new GitRefs(commits.ToImmutable());
    }

    /// <summary>What a version is to the remote. A branch hides a tag of the same name, as it does for Ansible.</summary>
    public GitVersionKind KindOf(string version) =>
        version == "HEAD" ? GitVersionKind.Head
        : Commits.ContainsKey(Branches + version) ? GitVersionKind.Branch
        : Commits.ContainsKey(Tags + version) ? GitVersionKind.Tag
        : GitVersionKind.Other;

    /// <summary>The commit that the remote has under this name; of an annotated tag the commit and not the tag. Null: not by a name.</summary>
    public string? CommitOf(string version) => KindOf(version) switch
    {
        GitVersionKind.Head => Commits.GetValueOrDefault("HEAD"),
        GitVersionKind.Branch => Commits[Branches + version],
        GitVersionKind.Tag => Commits.GetValueOrDefault($"{Tags}{version}^{{}}") ?? Commits[Tags + version],
        _ when version.StartsWith("refs/", StringComparison.Ordinal) => Commits.GetValueOrDefault($"{version}^{{}}") ?? Commits.GetValueOrDefault(version),
        _ => null,
    };
}
