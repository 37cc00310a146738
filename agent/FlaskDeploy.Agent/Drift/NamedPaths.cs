using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Drift;

/// <summary>Which paths a command's text names, and whether a correction of one concerns it. Pure.</summary>
internal static class NamedPaths
{
    /// <summary>Every word that is a path, with <c>~</c> and a relative start put in place. Quotes and shell punctuation end words.</summary>
    public static ImmutableArray<string> In(string text, string home, string directory)
    {
        var words = text.Split([' ', '\t', '\n', ';', '|', '&', '<', '>', '(', ')', '"', '\'', '`', '=', ':', ','], StringSplitOptions.RemoveEmptyEntries);
        return [.. words.Select(word => Absolute(word, home, directory)).OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The corrected path is the named one, is in a named directory, or is a directory that the named one is in.</summary>
    public static bool Concerns(string corrected, ImmutableArray<string> named) =>
        named.Any(name => name == corrected || IsWithin(name, corrected) || Depth(name) >= 2 && IsWithin(corrected, name));

    private static string? Absolute(string word, string home, string directory)
    {
        var path = word switch
        {
            "~" => home,
            _ when word.StartsWith("~/", StringComparison.Ordinal) => $"{home}/{word[2..]}",
            _ when word.StartsWith('/') => word,
            _ when word.StartsWith("./", StringComparison.Ordinal) || word.StartsWith("../", StringComparison.Ordinal) => $"{directory}/{word}",
            // `python hello.py`: a relative name with a slash or an ending.
            _ when !word.StartsWith('-') && (word.Contains('/') || word.Contains('.')) && !word.Contains('$') => $"{directory}/{word}",
            _ => null,
        };
        return path is null ? null : Path.GetFullPath(path).TrimEnd('/');
    }

    private static bool IsWithin(string path, string directory) => path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static int Depth(string path) => path.Count(c => c == '/');
}
