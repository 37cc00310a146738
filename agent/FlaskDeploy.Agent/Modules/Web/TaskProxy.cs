using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Modules.Web;

/// <summary>The proxy that a task's environment names, as curl and Python read it: <c>https_proxy</c>, <c>http_proxy</c>, <c>no_proxy</c>.</summary>
internal static class TaskProxy
{
    /// <summary>Null: none, or this address is to be reached without.</summary>
    internal static string? For(Uri address, TaskEnvironment environment)
    {
        if (Read("no_proxy", environment) is { } without && without.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Any(name => Covers(name, address.Host)))
        {
            return null;
        }
        return Read($"{address.Scheme}_proxy", environment) is { Length: > 0 } proxy ? Address(proxy.Contains("://", StringComparison.Ordinal) ? proxy : $"http://{proxy}")?.AbsoluteUri : null;
    }

    /// <summary>http or https, absolute, of visible ASCII; null: no address that is asked.</summary>
    internal static Uri? Address(string url) =>
        url.All(c => c is > ' ' and not '\x7f') && Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Host.Length > 0 ? address : null;

    /// <summary>Of an argument whose page says why.</summary>
    internal static Impossible Refusal(string argument) => new($"{argument} is refused: {(argument == "ciphers" ? "which ciphers are spoken is the machine's policy to say" : "the agent cannot load the machine's Kerberos")}")
    {
        Remedy = argument == "ciphers" ? "update-crypto-policies(8), or a command with curl" : "a command with curl --negotiate",
    };

    private static string? Read(string name, TaskEnvironment environment) =>
        environment.Variables.GetValueOrDefault(name) ?? environment.Variables.GetValueOrDefault(name.ToUpperInvariant());

    private static bool Covers(string name, string host) =>
        name == "*" || string.Equals(name.TrimStart('.'), host, StringComparison.OrdinalIgnoreCase) || host.EndsWith($".{name.TrimStart('.')}", StringComparison.OrdinalIgnoreCase);
}
