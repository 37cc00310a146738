using System.Collections.Immutable;
using System.Net;

namespace FlaskDeploy.Controller.Rollouts;

/// <summary>Which enrolled host an inventory means.</summary>
internal static class HostNames
{
    /// <summary>
    /// By identity, else by an address that the host told, else by the part before the first dot. A name that fits
    /// several hosts fits none: the wrong machine is worse than an unknown one. Null: unknown.
    /// </summary>
    public static string? Resolve(string named, IReadOnlyCollection<KnownHost> hosts) =>
        Only(hosts, host => Same(host.Name, named))
        ?? Only(hosts, host => host.Addresses.Any(address => Same(address, Canonical(named))))
        ?? (IPAddress.TryParse(named, out _) ? null : Only(hosts, host => Same(Short(host.Name), Short(named)) && (IsShort(host.Name) || IsShort(named))));

    /// <summary>What an address is kept and compared as; null: it names no particular machine.</summary>
    public static string? Kept(string address) =>
        address.Length is 0 or > 253
        || IPAddress.TryParse(address, out var ip) && (IPAddress.IsLoopback(ip) || ip.IsIPv6LinkLocal || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
        || Same(address, "localhost") || address.StartsWith("localhost.", StringComparison.OrdinalIgnoreCase)
            ? null
            : Canonical(address);

    private static string Canonical(string address) => IPAddress.TryParse(address, out var ip) ? ip.ToString() : address;

    private static string? Only(IReadOnlyCollection<KnownHost> hosts, Func<KnownHost, bool> fits) =>
        hosts.Where(fits).Take(2).ToArray() is [var only] ? only.Name : null;

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);

    private static bool IsShort(string name) => !name.Contains('.', StringComparison.Ordinal);

    private static string Short(string name) => name.Split('.', 2)[0];
}

internal sealed record KnownHost(string Name, ImmutableArray<string> Addresses);
