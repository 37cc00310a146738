using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FlaskDeploy.Controller;

/// <summary>What sd_notify(3) and sd_watchdog_enabled(3) do. Without systemd it does nothing.</summary>
internal sealed class SystemdNotifier
{
    private readonly string? _socket;
    private readonly TimeSpan? _watchdog;

    private SystemdNotifier(string? socket, TimeSpan? watchdog)
    {
        _socket = socket;
        _watchdog = watchdog;
    }

    /// <summary>Reads NOTIFY_SOCKET and WATCHDOG_USEC, the latter when WATCHDOG_PID is absent or ours.</summary>
    public static SystemdNotifier FromEnvironment(Func<string, string?> variable)
    {
        var ours = variable("WATCHDOG_PID") is not { Length: > 0 } pid || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var watchdog = ours && long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var micros) && micros > 0
            ? TimeSpan.FromMicroseconds(micros)
            : (TimeSpan?)null;
        return new SystemdNotifier(variable("NOTIFY_SOCKET") is { Length: > 0 } socket ? socket : null, watchdog);
    }

    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    public void Stopping() => Send("STOPPING=1");

    /// <summary>Pats the watchdog twice per interval, each time only after <paramref name="isWell"/> has answered.</summary>
    public async Task WatchAsync(Func<CancellationToken, Task> isWell, TimeProvider time, CancellationToken cancellationToken)
    {
        if (_watchdog is not { } interval || _socket is null)
        {
            return;
        }
        using var timer = new PeriodicTimer(interval / 2, time);
        try
        {
            do
            {
                await isWell(cancellationToken);
                Send("WATCHDOG=1");
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The controller stops.
        }
    }

    private void Send(string state)
    {
        if (_socket is null)
        {
            return;
        }
        // A leading '@' stands for the zero byte of the abstract namespace.
        var endPoint = new UnixDomainSocketEndPoint(_socket[0] == '@' ? "\0" + _socket[1..] : _socket);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.SendTo(Encoding.UTF8.GetBytes(state), endPoint);
    }
}
