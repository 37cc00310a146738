using System.Net.Sockets;
using System.Text;
using FlaskDeploy.Controller.Tests.Harness;

namespace FlaskDeploy.Controller.Tests;

public sealed class SystemdNotifierTests
{
    [Fact]
    public async Task Tells_systemd_of_readiness_of_life_and_of_the_end()
    {
        using var folder = new TempFolder();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder["notify"]));
        socket.ReceiveTimeout = (int)Expect.Patience.TotalMilliseconds;
        var notifier = SystemdNotifier.FromEnvironment(name => name switch { "NOTIFY_SOCKET" => folder["notify"], "WATCHDOG_USEC" => "20000", _ => null });
        using var stop = new CancellationTokenSource();
        var asked = 0;

        notifier.Ready("serving");
        Assert.Equal("READY=1\nSTATUS=serving", Receive(socket));
        var watching = notifier.WatchAsync(_ => { asked++; return Task.CompletedTask; }, TimeProvider.System, stop.Token);
        Assert.Equal(["WATCHDOG=1", "WATCHDOG=1"], [Receive(socket), Receive(socket)]);
        await stop.CancelAsync();
        await watching.WaitAsync(Expect.Patience);
        Assert.True(asked >= 2);
    }

    [Fact]
    public async Task Without_systemd_and_with_the_watchdog_of_another_process_it_is_silent()
    {
        var notifier = SystemdNotifier.FromEnvironment(name => name switch { "WATCHDOG_USEC" => "20000", "WATCHDOG_PID" => "1", _ => null });

        notifier.Ready("x");
        await notifier.WatchAsync(_ => throw new InvalidOperationException("nobody asks"), TimeProvider.System, CancellationToken.None);
        Assert.Null(Record.Exception(notifier.Stopping));
    }

    private static string Receive(Socket socket)
    {
        var buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
