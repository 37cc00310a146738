using System.Collections.Immutable;
using System.Globalization;

namespace FlaskDeploy.Agent.Modules.Alternatives;

/// <summary>One program of a group, with what follows it when it is chosen; <see cref="Followers"/> are paths by name.</summary>
internal sealed record Alternative(string Path, long Priority, ImmutableSortedDictionary<string, string> Followers);

/// <summary>
/// What alternatives(8) and update-alternatives(1) keep of a group. Both write the same file: the mode, the link, the followers
/// with their links up to an empty line, then of each program its path, its priority and a path for each follower.
/// </summary>
/// <param name="Followers">Links by name.</param>
internal sealed record AlternativesGroup(bool IsAuto, string Link, ImmutableArray<KeyValuePair<string, string>> Followers, ImmutableArray<Alternative> Programs)
{
    internal Alternative? Find(string path) => Programs.FirstOrDefault(program => program.Path == path);

    internal string? LinkOf(string follower) => Followers.FirstOrDefault(pair => pair.Key == follower).Value;

    /// <summary>Null: it is no such file.</summary>
    internal static AlternativesGroup? Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length < 2 || lines[0] is not ("auto" or "manual"))
        {
            return null;
        }
        var at = 2;
        var followers = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        for (; at + 1 < lines.Length && lines[at].Length > 0; at += 2)
        {
            followers.Add(KeyValuePair.Create(lines[at], lines[at + 1]));
        }
        var programs = ImmutableArray.CreateBuilder<Alternative>();
        for (at++; at + 1 < lines.Length && lines[at].Length > 0; at += 2 + followers.Count)
        {
            if (Priority(lines[at + 1]) is not { } priority || at + 2 + followers.Count > lines.Length)
            {
                return null;
            }
            var paths = followers.Index().Where(follower => lines[at + 2 + follower.Index].Length > 0)
                .ToImmutableSortedDictionary(follower => follower.Item.Key, follower => lines[at + 2 + follower.Index], StringComparer.Ordinal);
            programs.Add(new Alternative(lines[at], priority, paths));
        }
        return new AlternativesGroup(lines[0] == "auto", lines[1], followers.ToImmutable(), programs.ToImmutable());
    }

    // Red Hat's has a family before it and an init script after it, where there are such: "@java@1800 script".
    private static long? Priority(string line) =>
        long.TryParse((line.StartsWith('@') ? line[(line.IndexOf('@', 1) + 1)..] : line).Split(' ')[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var priority) ? priority : null;
}
