using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Machine;

/// <summary>A user of this machine, with all that is needed to become it. Resolved before anything is started as it.</summary>
internal sealed record Account(string Name, uint Uid, uint Gid, string Home, string Shell)
{
    /// <summary>Supplementary groups, the primary one among them.</summary>
    public ImmutableArray<uint> Groups { get; init; } = [];

    /// <summary>What passwd(5) has for people: the full name, and more between commas.</summary>
    public string Gecos { get; init; } = "";

    public bool IsRoot => Uid == 0;

    public static Account Root { get; } = new("root", 0, 0, "/root", "/bin/sh") { Groups = [0] };
}
