using System.Net.Sockets;

namespace FlaskDeploy.Agent.Machine.Processes;

/// <summary>One TCP connection that is made and closed again.</summary>
internal static class Connections
{
    public static async ValueTask<ConnectAnswer> Try(ConnectLook look, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(look.Timeout);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(look.Host, look.Port, limit.Token);
            return new ConnectAnswer(true, null);
        }
        catch (SocketException e)
        {
            return new ConnectAnswer(false, e.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ConnectAnswer(false, $"no answer within {look.Timeout.TotalSeconds:0.#} s");
        }
    }
}
