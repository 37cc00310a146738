using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Modules.Ssh;

/// <summary>A line of authorized_keys, as sshd(8) has them. Pure.</summary>
internal sealed record AuthorizedKey(string Options, string Kind, string Key, string Comment)
{
    private static readonly ImmutableArray<string> Starts = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];

    /// <summary>Null: an empty line, a comment, or no key.</summary>
    public static AuthorizedKey? Parse(string line)
    {
        var words = Words(line.Trim());
        if (words.Count == 0 || words[0].StartsWith('#'))
        {
            return null;
        }
        var at = words.FindIndex(word => Starts.Any(start => word.StartsWith(start, StringComparison.Ordinal)));
        return at is < 0 or > 1 || words.Count < at + 2 ? null : new AuthorizedKey(at == 1 ? words[0] : "", words[at], words[at + 1], string.Join(' ', words.Skip(at + 2)));
    }

    /// <summary>One key whatever is said about it.</summary>
    public bool IsSame(AuthorizedKey other) => Kind == other.Kind && Key == other.Key;

    public override string ToString() => string.Join(' ', ((string[])[Options, Kind, Key, Comment]).Where(part => part.Length > 0));

    // Options may hold blanks between quotes: command="a b".
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var (start, isQuoted) = (0, false);
        for (var i = 0; i <= line.Length; i++)
        {
            if (i == line.Length || !isQuoted && line[i] is ' ' or '\t')
            {
                if (i > start)
                {
                    words.Add(line[start..i]);
                }
                start = i + 1;
            }
            else if (line[i] == '"' && (i == 0 || line[i - 1] != '\\'))
            {
                isQuoted = !isQuoted;
            }
        }
        return words;
    }
}
