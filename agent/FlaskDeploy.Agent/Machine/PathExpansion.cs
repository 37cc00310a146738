using System.Text;

namespace FlaskDeploy.Agent.Machine;

/// <summary><c>~</c>, <c>~user</c> and <c>$VAR</c> in paths, as Ansible expands path arguments (os.path.expandvars, then expanduser).</summary>
internal static class PathExpansion
{
    /// <summary>Variables that are not set and users that are not there stay as they are written.</summary>
    /// <param name="homeOf">The home directory of a user by name; null where there is no such user.</param>
    public static string Expand(string path, Account account, TaskEnvironment environment, Func<string, string?> homeOf)
    {
        var expanded = Variables(path, environment);
        if (!expanded.StartsWith('~'))
        {
            return expanded;
        }
        var end = expanded.IndexOf('/', StringComparison.Ordinal) is var slash && slash < 0 ? expanded.Length : slash;
        var user = expanded[1..end];
        var home = user.Length > 0 ? homeOf(user) : environment.Variables.GetValueOrDefault("HOME", account.Home);
        return home is null ? expanded : $"{home.TrimEnd('/')}{expanded[end..]}" is { Length: > 0 } whole ? whole : "/";
    }

    /// <summary>Only <c>$NAME</c> and <c>${NAME}</c>; no command, no default, no escape.</summary>
    public static string Variables(string text, TaskEnvironment environment)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == '$' && Name(text, at + 1) is { } name && environment.Variables.TryGetValue(name.Name, out var value))
            {
                result.Append(value);
                at = name.End;
            }
            else
            {
                result.Append(text[at++]);
            }
        }
        return result.ToString();
    }

    private static (string Name, int End)? Name(string text, int start)
    {
        var braced = start < text.Length && text[start] == '{';
        var from = braced ? start + 1 : start;
        var end = from;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }
        return end == from || (braced && (end == text.Length || text[end] != '}')) ? null : (text[from..end], braced ? end + 1 : end);
    }
}
