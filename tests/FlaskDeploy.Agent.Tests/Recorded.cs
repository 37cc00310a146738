namespace FlaskDeploy.Agent.Tests;

/// <summary>Real output of tools, in tests/recorded; a file's name says of which tool and version.</summary>
internal static class Recorded
{
    public static string Read(string name)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var path = Path.Combine(directory.FullName, "tests", "recorded", name);
            if (File.Exists(path))
            {
                return File.ReadAllText(path);
            }
        }
        throw new FileNotFoundException($"there is no tests/recorded/{name} above {AppContext.BaseDirectory}");
    }
}
