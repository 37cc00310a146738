using System.Net;
using System.Net.Sockets;
using FlaskDeploy.Agent.Machine.Processes;

namespace FlaskDeploy.Agent.Tests.Processes;

public sealed class ListenersTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Finds_our_own_listener_with_its_process(string address)
    {
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var listeners = new Listeners();

        // The second look goes through the process that is known from the first.
        foreach (var _ in (int[])[1, 2])
        {
            var found = Assert.Single(listeners.On(port).Listeners);
            Assert.Equal((address, port, Environment.ProcessId), (found.Address, found.Port, found.Pid));
            Assert.Equal(ProcessTable.StartTime(Environment.ProcessId), found.StartTime);
        }
        Assert.Contains(port, Listeners.PortsOf([Environment.ProcessId])[Environment.ProcessId]);
        listener.Stop();
        Assert.Empty(listeners.On(port).Listeners);
    }

    [Fact]
    public void A_connection_is_no_listener()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        client.Connect((IPEndPoint)listener.LocalEndpoint);

        Assert.Empty(new Listeners().On(((IPEndPoint)client.Client.LocalEndPoint!).Port).Listeners);
    }

    [Fact]
    public void The_kernel_and_proc_tell_the_same()
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.Equal(ProcNet.Listening().Where(socket => socket.Port == port), SocketDiagnosis.Listening()!.Where(socket => socket.Port == port));
    }

    [Fact]
    public void Reads_recorded_tables()
    {
        Assert.Equal([new ListeningSocket("0.0.0.0", 22, 0, 367138)], ProcNet.Parse(Recorded.Read("linux-6.18-proc-net-tcp.txt").Split('\n')));
        Assert.Equal([new ListeningSocket("::", 22, 0, 367149)], ProcNet.Parse(Recorded.Read("linux-6.18-proc-net-tcp6.txt").Split('\n')));
    }
}
