using System.Net.Sockets;

namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>sd_notify(3) without libsystemd: a datagram to the socket that $NOTIFY_SOCKET names.</summary>
public class SystemdNotifier : ISystemdNotifier
{
    private const string NotifySocket = "NOTIFY_SOCKET";
    private readonly string? _path;

    public SystemdNotifier()
        : this(PathOfSocket())
    {
    }

    internal SystemdNotifier(string? path) => _path = path;

    public bool IsEnabled => _path is not null;

    public void Notify(ServiceState state)
    {
        if (_path is null)
        {
            return;
        }
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(_path));
            // A datagram goes whole or not at all.
            socket.Send(state.GetData());
        }
        catch (SocketException)
        {
            // systemd is restarting, or its queue is full: the service goes on, and the next message finds it again.
        }
    }

    // A leading @ is an abstract socket, whose name starts with a zero byte.
    private static string? PathOfSocket() => Environment.GetEnvironmentVariable(NotifySocket) is not { Length: > 0 } path ? null
        : path[0] == '@' ? "\0" + path[1..] : path;
}
