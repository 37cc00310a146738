using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace FlaskDeploy.Controller.Configuration;

/// <summary>Everything that an administrator may say about a controller. The defaults are those of the package.</summary>
internal sealed record ControllerOptions
{
    public const string DefaultPath = "/etc/flaskdeploy/controller.conf";
    public const int DefaultPort = 7443;

    public IPEndPoint Listen { get; init; } = new(IPAddress.Any, DefaultPort);

    /// <summary>By which agents reach this controller; the server's certificate carries them. The first one is shown to operators.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];

    public string State { get; init; } = "/var/lib/flaskdeploy/controller";

    public string Socket { get; init; } = "/run/flaskdeploy/controller.sock";

    /// <summary>The one user whose processes are operators on the unix socket.</summary>
    public uint SocketUser { get; init; }

    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Agents above it are asked to come back later.</summary>
    public int MaxSessions { get; init; } = 10_000;

    /// <summary>What <see cref="Addresses"/> says, else the name of this machine and all its addresses, loopback last.</summary>
    public ImmutableArray<string> ServedAddresses() => Addresses.IsEmpty ? LocalAddresses() : Addresses;

    private static ImmutableArray<string> LocalAddresses()
    {
        var name = Dns.GetHostName();
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily is AddressFamily.InterNetwork || address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv6LinkLocal: false })
            .OrderBy(IPAddress.IsLoopback)
            .Select(address => address.ToString());
        return [.. new[] { name }.Concat(addresses).Append("localhost").Append("127.0.0.1").Distinct(StringComparer.OrdinalIgnoreCase)];
    }
}
