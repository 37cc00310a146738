using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Controller.Configuration;

/// <summary>
/// Lines of <c>key = value</c>; <c>#</c> starts a comment, quotes around a value come off, <c>address</c> takes
/// several separated by commas. Strict: an unknown key, a key written twice and a value out of its range are errors.
/// </summary>
internal static class ConfigurationFile
{
    private static readonly ImmutableArray<string> Keys =
        ["listen", "address", "state", "socket", "socket_uid", "heartbeat", "max_sessions"];

    /// <summary>All mistakes at once; the options are those of the lines that were understood.</summary>
    /// <param name="name">What messages call the text.</param>
    public static (ControllerOptions Options, ImmutableArray<string> Errors) Parse(string text, string name)
    {
        var options = new ControllerOptions();
        var errors = ImmutableArray.CreateBuilder<string>();
        var written = new Dictionary<string, int>(StringComparer.Ordinal);
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = WithoutComment(raw).Trim();
            if (line.Length == 0)
            {
                continue;
            }
            var (key, value, problem) = Split(line);
            if (problem is null && !Keys.Contains(key))
            {
                problem = $"there is no key '{key}'; {Suggestion.For(key, Keys) ?? "known are: " + string.Join(", ", Keys)}";
            }
            if (problem is null && !written.TryAdd(key, number))
            {
                problem = $"'{key}' stands in line {written[key]} already; keep one of them";
            }
            if (problem is null)
            {
                (options, problem) = With(options, key, value);
            }
            if (problem is not null)
            {
                errors.Add($"{name}:{number}: {problem}");
            }
        }
        return (options, errors.ToImmutable());
    }

    private static string WithoutComment(string line)
    {
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            quoted ^= line[i] == '"';
            if (line[i] == '#' && !quoted)
            {
                return line[..i];
            }
        }
        return line;
    }

    private static (string Key, string Value, string? Problem) Split(string line)
    {
        var at = line.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
        {
            return ("", "", $"'{line}' is not of the form key = value");
        }
        var value = line[(at + 1)..].Trim();
        if (value.StartsWith('"'))
        {
            if (value.Length < 2 || !value.EndsWith('"') || value[1..^1].Contains('"', StringComparison.Ordinal))
            {
                return ("", "", "a quote is open or out of place");
            }
            value = value[1..^1];
        }
        return (line[..at].Trim(), value, value.Length == 0 ? "the value is missing; leave the line out for the default" : null);
    }

    private static (ControllerOptions Options, string? Problem) With(ControllerOptions options, string key, string value) => key switch
    {
        "listen" => IPEndPoint.TryParse(value, out var endPoint) && HasPort(value)
            ? (options with { Listen = endPoint }, null)
            : (options, $"listen: '{value}' is not an address with a port, such as 0.0.0.0:7443 or [::]:7443"),
        "address" => Addresses(options, value),
        "state" => Path.IsPathRooted(value) ? (options with { State = value }, null) : (options, $"state: '{value}' must start with /"),
        "socket" => Path.IsPathRooted(value) && value.Length <= 100
            ? (options with { Socket = value }, null)
            : (options, $"socket: '{value}' must start with / and have at most 100 characters (a limit of unix sockets)"),
        "socket_uid" => uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var uid)
            ? (options with { SocketUser = uid }, null)
            : (options, $"socket_uid: '{value}' is not the number of a user"),
        "heartbeat" => Number(value, 1, 3600) is { } seconds
            ? (options with { Heartbeat = TimeSpan.FromSeconds(seconds) }, null)
            : (options, $"heartbeat: '{value}' is not a number of seconds from 1 to 3600"),
        "max_sessions" => Number(value, 1, 1_000_000) is { } sessions
            ? (options with { MaxSessions = sessions }, null)
            : (options, $"max_sessions: '{value}' is not a number from 1 to 1000000"),
        _ => (options, $"'{key}' is known but not read; this is a bug of the controller"),
    };

    private static (ControllerOptions Options, string? Problem) Addresses(ControllerOptions options, string value)
    {
        ImmutableArray<string> addresses = [.. value.Split(',', StringSplitOptions.TrimEntries)];
        var bad = addresses.FirstOrDefault(address => Uri.CheckHostName(address) is UriHostNameType.Unknown or UriHostNameType.Basic);
        return bad is null
            ? (options with { Addresses = addresses }, null)
            : (options, $"address: '{bad}' is neither a host name nor an IP address; separate several by commas, without ports");
    }

    private static bool HasPort(string value) => value.EndsWith(']') is false && value.LastIndexOf(':') > value.LastIndexOf(']') && (value.StartsWith('[') || value.Count(c => c == ':') == 1);

    private static int? Number(string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;
}
