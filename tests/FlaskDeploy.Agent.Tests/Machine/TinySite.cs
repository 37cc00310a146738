using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>A site on the loopback that answers every connection the same way.</summary>
internal sealed class TinySite : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;

    public TinySite(int status)
    {
        Status = status;
        _listener.Start();
        _serving = Serve();
    }

    public int Status { get; set; }

    /// <summary>Said instead of an answer with the status; empty: nothing, and the connection stays open.</summary>
    public string? Says { get; set; }

    public int Asked { get; private set; }

    public string? LastRequest { get; private set; }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }

    private async Task Serve()
    {
        var open = new List<TcpClient>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                open.Add(client);
                await Answer(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            open.ForEach(client => client.Dispose());
        }
    }

    private async Task Answer(TcpClient client)
    {
        var answer = Says ?? $"HTTP/1.1 {Status} Word\r\nContent-Length: 0\r\n\r\n";
        try
        {
            var buffer = new byte[4096];
            LastRequest = Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer));
            Asked++;
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
        }
        catch (IOException)
        {
            // Who asked has heard enough.
        }
        if (answer.Length > 0)
        {
            client.Dispose();
        }
    }
}
