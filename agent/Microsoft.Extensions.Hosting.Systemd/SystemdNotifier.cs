using System.Net.Sockets;
using System.Text;

namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>Sends datagrams to the socket that <c>NOTIFY_SOCKET</c> names; with <c>@</c> in front it is one of the abstract namespace.</summary>
public class SystemdNotifier : ISystemdNotifier
{
    private const string Variable = "NOTIFY_SOCKET";
    private readonly string? _path = Environment.GetEnvironmentVariable(Variable);

    public bool IsEnabled => !string.IsNullOrEmpty(_path);

    /// <summary>As the original, it throws where the socket cannot be reached.</summary>
    public void Notify(ServiceState state)
    {
        if (!IsEnabled)
        {
            return;
        }
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(_path!.StartsWith('@') ? $"\0{_path[1..]}" : _path));
        socket.Send(Encoding.UTF8.GetBytes(state.ToString()));
    }
}
