using System.Net;
using System.Net.Sockets;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Tests.Processes;

public sealed class WaitsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("waits").FullName;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public WaitsTests() => _listener.Start();

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Sees_an_open_port_at_once()
    {
        var outcome = await Wait(new WaitUntil(WaitFor.PortOpen, TimeSpan.FromSeconds(30)) { Port = Port });

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Equal("0", outcome.Details["elapsed"]);
    }

    [Fact]
    public async Task Waits_for_a_port_to_close()
    {
        var waiting = Wait(new WaitUntil(WaitFor.PortClosed, TimeSpan.FromSeconds(30)) { Port = Port, Sleep = TimeSpan.FromMilliseconds(20) });
        _listener.Stop();

        Assert.Equal(StepStatus.Done, (await waiting).Status);
    }

    [Fact]
    public async Task Only_the_states_that_count_keep_a_port_from_being_drained()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        using var accepted = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var wait = new WaitUntil(WaitFor.PortDrained, TimeSpan.Zero) { Port = Port };

        Assert.Equal(StepStatus.Failed, (await Wait(wait with { ActiveStates = [ProcNetConnections.States["ESTABLISHED"]] })).Status);
        Assert.Equal(StepStatus.Done, (await Wait(wait with { ActiveStates = [ProcNetConnections.States["SYN_SENT"], ProcNetConnections.States["TIME_WAIT"]] })).Status);
    }

    [Fact]
    public async Task The_delay_counts_inside_the_time()
    {
        var start = TimeProvider.System.GetTimestamp();
        var outcome = await Wait(new WaitUntil(WaitFor.PathPresent, TimeSpan.FromMilliseconds(100)) { Path = $"{_directory}/never", Delay = TimeSpan.FromMinutes(10) });

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Equal($"Timeout when waiting for file {_directory}/never", outcome.Problem);
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_message_of_ones_own_is_shown_instead()
    {
        var outcome = await Wait(new WaitUntil(WaitFor.PathPresent, TimeSpan.Zero) { Path = $"{_directory}/never", Message = "the site did not start" });

        Assert.Equal("the site did not start", outcome.Problem);
    }

    [Fact]
    public async Task Finds_a_line_in_a_file_that_is_written_meanwhile()
    {
        var path = $"{_directory}/log";
        await File.WriteAllTextAsync(path, "starting\n");
        var waiting = Wait(new WaitUntil(WaitFor.PathMatches, TimeSpan.FromSeconds(30)) { Path = path, Pattern = "^ready$", Sleep = TimeSpan.FromMilliseconds(20) });
        await File.AppendAllTextAsync(path, "ready\nmore\n");

        Assert.Equal(StepStatus.Done, (await waiting).Status);
    }

    [Fact]
    public async Task Hears_what_a_port_says()
    {
        var greeting = Task.Run(async () =>
        {
            using var client = await _listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("SSH-2.0-OpenSSH"u8.ToArray());
        });

        var outcome = await Wait(new WaitUntil(WaitFor.PortSends, TimeSpan.FromSeconds(30)) { Port = Port, Pattern = "OpenSSH" });

        Assert.Equal(StepStatus.Done, outcome.Status);
        await greeting;
    }

    [Fact]
    public async Task A_pattern_that_is_none_is_said_at_once()
    {
        var outcome = await Wait(new WaitUntil(WaitFor.PathMatches, TimeSpan.FromMinutes(5)) { Path = _directory, Pattern = "(" });

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.StartsWith("search_regex '(' is no regular expression", outcome.Problem);
    }

    [Fact]
    public async Task A_connection_keeps_a_port_from_being_drained()
    {
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)_listener.LocalEndpoint);

        var outcome = await Wait(new WaitUntil(WaitFor.PortDrained, TimeSpan.Zero) { Host = "127.0.0.1", Port = Port });

        Assert.Equal($"Timeout when waiting for 127.0.0.1:{Port} to drain", outcome.Problem);
    }

    private static async Task<StepOutcome> Wait(WaitUntil wait) => await new Waits(TimeProvider.System).Wait(wait, TestContext.Current.CancellationToken);
}
