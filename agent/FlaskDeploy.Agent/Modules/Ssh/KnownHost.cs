using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Modules.Ssh;

/// <summary>A line of known_hosts, as sshd(8) has them. Pure.</summary>
/// <param name="Marker"><c>@cert-authority</c> or <c>@revoked</c>; null: none.</param>
/// <param name="Hosts">Names and patterns between commas, or one hash.</param>
internal sealed record KnownHost(string? Marker, string Hosts, string Kind, string Key)
{
    private const string HashStart = "|1|";

    public bool IsHashed => Hosts.StartsWith(HashStart, StringComparison.Ordinal);

    /// <summary>Null: an empty line, a comment, or something that is none.</summary>
    public static KnownHost? Parse(string line)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var start = words is [['@', ..], ..] ? 1 : 0;
        return words.Length < start + 3 || words[0][0] == '#' ? null
            : new KnownHost(start == 1 ? words[0] : null, words[start], words[start + 1], words[start + 2]);
    }

    /// <summary>Whether ssh would take this line for the host; a pattern after an exclamation mark takes it out again.</summary>
    public bool IsOf(string host)
    {
        if (IsHashed)
        {
            return Hosts.Split('|') is [_, _, var salt, var hash] && Decode(salt) is { } key && hash == Hash(host, key);
        }
        var isMatch = false;
        foreach (var pattern in Hosts.ToLowerInvariant().Split(','))
        {
            if (pattern.StartsWith('!') ? Glob.Matches(pattern[1..], host) : pattern == host || pattern.Length > 0 && !pattern.StartsWith('[') && Glob.Matches(pattern, host))
            {
                if (pattern.StartsWith('!'))
                {
                    return false;
                }
                isMatch = true;
            }
        }
        return isMatch;
    }

    public KnownHost Hashed(string host, byte[] salt) => this with { Hosts = $"{HashStart}{Convert.ToBase64String(salt)}|{Hash(host, salt)}" };

    public override string ToString() => $"{(Marker is { } marker ? $"{marker} " : "")}{Hosts} {Kind} {Key}";

    // What ssh itself hashes names with.
    private static string Hash(string host, byte[] salt) => Convert.ToBase64String(HMACSHA1.HashData(salt, Encoding.UTF8.GetBytes(host)));

    private static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var count) ? bytes[..count] : null;
    }
}
