using System.Text.RegularExpressions;

namespace FlaskDeploy.Agent.Tests;

/// <summary>Real output of tools, in tests/recorded; a file's name says of which tool and version. <c>tests/recorded/record</c> makes them.</summary>
internal static class Recorded
{
    private static readonly Lazy<string> Home = new(Find);

    public static string Read(string name) => File.ReadAllText(Path.Combine(Home.Value, name));

    /// <summary>The files in which a tool answers the same question, a version each. One is too few to say that a parser is right.</summary>
    public static TheoryData<string> Versions(string tool, string what)
    {
        var names = Directory.EnumerateFiles(Home.Value).Select(path => Path.GetFileName(path)!).Where(name => Regex.IsMatch(name, $@"^{tool}-[0-9.]+-{what}\.txt$")).Order(StringComparer.Ordinal).ToList();
        return names.Count > 1 ? [.. names] : throw new FileNotFoundException($"tests/recorded has {names.Count} version(s) of what {tool} says of {what}; at least two are wanted");
    }

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var path = Path.Combine(directory.FullName, "tests", "recorded");
            if (Directory.Exists(path))
            {
                return path;
            }
        }
        throw new DirectoryNotFoundException($"there is no tests/recorded above {AppContext.BaseDirectory}");
    }
}
