using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>glob(7): <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a]</c> and backslash, within one part of a path; a leading dot is only matched by a dot.</summary>
internal static class Glob
{
    /// <summary>The paths that exist, links that lead nowhere among them, in ordinal order.</summary>
    public static ImmutableArray<string> Find(string pattern)
    {
        var absolute = pattern.StartsWith('/');
        List<string> found = [absolute ? "" : "."];
        foreach (var part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            found = IsPattern(part)
                ? [.. found.SelectMany(directory => Children(directory.Length == 0 ? "/" : directory)
                    .Where(name => Matches(part, name))
                    .Select(name => $"{directory}/{name}"))]
                : [.. found.Select(directory => $"{directory}/{Plain(part)}").Where(Exists)];
        }
        return [.. found.Where(path => path.Length > 0).Select(path => absolute ? path : path[2..]).Order(StringComparer.Ordinal)];
    }

    public static bool IsPattern(string text) => text.AsSpan().IndexOfAny('*', '?', '[') >= 0;

    public static bool Matches(string pattern, string name) => (name[0] != '.' || pattern[0] == '.') && Matches(pattern.AsSpan(), name);

    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        // The last star is the only one that ever needs to take one more: linear in practice, quadratic at worst.
        var (p, n, star, resume) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resume) = (p++, n);
                continue;
            }
            if (p < pattern.Length && MatchesOne(pattern, p, name[n], out var next))
            {
                (p, n) = (next, n + 1);
                continue;
            }
            if (star < 0)
            {
                return false;
            }
            (p, n) = (star + 1, ++resume);
        }
        return pattern[p..].Trim('*').IsEmpty;
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, int at, char c, out int next)
    {
        next = at + 1;
        switch (pattern[at])
        {
            case '?':
                return true;
            case '\\' when next < pattern.Length:
                return pattern[next++] == c;
            case '[' when Class(pattern, at, c, ref next) is { } matched:
                return matched;
            default:
                return pattern[at] == c;
        }
    }

    // Null: the bracket is never closed, and stands for itself.
    private static bool? Class(ReadOnlySpan<char> pattern, int at, char c, ref int next)
    {
        var i = at + 1;
        var negated = i < pattern.Length && pattern[i] is '!' or '^';
        if (negated)
        {
            i++;
        }
        var matched = false;
        for (var first = i; i < pattern.Length && (pattern[i] != ']' || i == first); i++)
        {
            if (i + 2 < pattern.Length && pattern[i + 1] == '-' && pattern[i + 2] != ']')
            {
                matched |= c >= pattern[i] && c <= pattern[i + 2];
                i += 2;
            }
            else
            {
                matched |= c == pattern[i];
            }
        }
        if (i >= pattern.Length)
        {
            return null;
        }
        next = i + 1;
        return matched != negated;
    }

    private static string Plain(string part) => part.Replace("\\", "", StringComparison.Ordinal);

    private static IEnumerable<string> Children(string directory)
    {
        try
        {
            return Libc.Status(directory, followLinks: true) is { Kind: PathKind.Directory } ? PathLooks.Names(directory).ToList() : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As glob(3): what may not be read has no matches.
            return [];
        }
    }

    private static bool Exists(string path)
    {
        try
        {
            return Libc.Status(path, followLinks: false) is not null;
        }
        catch (SystemCallException)
        {
            return false;
        }
    }
}
