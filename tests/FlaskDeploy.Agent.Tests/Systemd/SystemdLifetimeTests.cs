using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace FlaskDeploy.Agent.Tests.Systemd;

/// <summary>A whole host against a real datagram socket, as systemd has one.</summary>
[Collection("environment of the process")]
public sealed class SystemdLifetimeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("notify").FullName;
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };

    public void Dispose()
    {
        _manager.Dispose();
        Directory.Delete(_directory, recursive: true);
        foreach (var variable in (string[])["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"])
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public async Task Tells_ready_and_stopping()
    {
        Listen($"{_directory}/notify");
        using var host = Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal("READY=1", Receive());
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal("STOPPING=1", Receive());
        Assert.Equal(0, _manager.Available);
    }

    [Fact]
    public void Reaches_a_socket_of_the_abstract_namespace()
    {
        var name = Guid.NewGuid().ToString("N");
        Listen($"\0{name}", $"@{name}");

        new SystemdNotifier().Notify(new ServiceState("STATUS=hello"));

        Assert.Equal("STATUS=hello", Receive());
    }

    [Fact]
    public void Tells_nobody_where_nobody_asks()
    {
        var notifier = new SystemdNotifier();

        Assert.False(notifier.IsEnabled);
        Assert.Null(Record.Exception(() => notifier.Notify(ServiceState.Ready)));
    }

    [Fact]
    public async Task Feeds_the_watchdog_until_the_host_is_gone()
    {
        Listen($"{_directory}/notify");
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", "100000");
        Environment.SetEnvironmentVariable("WATCHDOG_PID", Environment.ProcessId.ToString());
        using (var host = Build())
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            var signs = Enumerable.Range(0, 4).Select(_ => Receive()).ToList();
            Assert.Equal(3, signs.Count(sign => sign == "WATCHDOG=1"));
            Assert.Contains("READY=1", signs);
        }
        while (_manager.Available > 0)
        {
            Receive();
        }
        await Task.Delay(150);
        Assert.Equal(0, _manager.Available);
    }

    [Fact]
    public async Task Leaves_a_watchdog_alone_that_watches_another_process()
    {
        Listen($"{_directory}/notify");
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", "2000");
        Environment.SetEnvironmentVariable("WATCHDOG_PID", "1");
        using var host = Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal("READY=1", Receive());
        await Task.Delay(50);
        Assert.Equal(0, _manager.Available);
    }

    private static IHost Build()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        // What AddSystemd registers in a service; a test is none.
        builder.Services.AddSingleton<ISystemdNotifier, SystemdNotifier>().AddSingleton<IHostLifetime, SystemdLifetime>();
        return builder.Build();
    }

    private void Listen(string path, string? name = null)
    {
        _manager.Bind(new UnixDomainSocketEndPoint(path));
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", name ?? path);
    }

    private string Receive()
    {
        var buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer));
    }
}
