using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Machine.Planned;

/// <summary>What a change leaves behind that its steps, being calls of tools, do not say. The set is closed.</summary>
internal abstract record Foreseen;

/// <param name="Gid">Null: the tool chooses.</param>
internal sealed record ForeseenGroup(string Name, long? Gid) : Foreseen;

/// <param name="Uid">Null: the tool chooses.</param>
internal sealed record ForeseenUser(string Name, long? Uid) : Foreseen
{
    /// <summary>The primary one; null: one of the user's own name, which is made with it.</summary>
    public string? Group { get; init; }

    public ImmutableArray<string> Groups { get; init; } = [];

    public required string Home { get; init; }

    /// <summary>What the home directory is copied from; null: it is not made.</summary>
    public string? Skeleton { get; init; }

    public string? Shell { get; init; }

    public string? Comment { get; init; }
}
