namespace FlaskDeploy.Language.Bundles;

/// <summary>What a path of the operator's machine leads to, links followed.</summary>
public sealed record OperatorPath(bool IsFile, bool IsDirectory, string RealPath);

/// <summary>The tests of paths (<c>is file</c>, <c>is same_file</c>…), the same on whichever side the operator's machine is looked at.</summary>
public static class OperatorPaths
{
    /// <param name="look">Null: the path leads to nothing.</param>
    /// <param name="isLink">Whether the path itself is a link, wherever it leads.</param>
    /// <returns>Null: there is no such test.</returns>
    public static bool? Holds(string test, IReadOnlyList<string> places, Func<string, OperatorPath?> look, Func<string, bool> isLink) => test switch
    {
        "file" => look(places[0]) is { IsFile: true },
        "directory" => look(places[0]) is { IsDirectory: true },
        "exists" => look(places[0]) is not null,
        "link" => isLink(places[0]),
        "link_exists" => look(places[0]) is not null || isLink(places[0]),
        "same_file" => look(places[0]) is { } one && one.RealPath == look(places[1])?.RealPath,
        _ => null,
    };
}
