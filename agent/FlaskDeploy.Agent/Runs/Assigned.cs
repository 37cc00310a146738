using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Runs;

/// <summary>A revision as this host has it: verified, decoded, with all its blobs here.</summary>
internal sealed record Assigned
{
    public required string Deployment { get; init; }

    public required ulong Sequence { get; init; }

    /// <summary>The identity in this host's certificate.</summary>
    public required string Host { get; init; }

    public required Bundle Bundle { get; init; }

    public required ReleaseContent Release { get; init; }

    public required HostPartContent Part { get; init; }

    /// <summary>Of the release's and the host part's content bytes: equal digests are the same content.</summary>
    public required Digest Content { get; init; }

    public string Revision => $"r{Sequence}";

    /// <summary>The plays that are for this host, with their place in the bundle.</summary>
    public IEnumerable<Play> Plays => Part.Plays.Where(index => index < Bundle.Plays.Length).Select(index => Bundle.Plays[index]);
}
