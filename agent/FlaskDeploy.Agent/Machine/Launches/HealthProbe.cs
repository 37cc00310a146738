using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlaskDeploy.Agent.Machine.Launches;

/// <summary>
/// One GET over HTTP/1.1 (RFC 9112) to the loopback, without redirects, cookies or TLS: only the status counts. What is
/// read is bounded in bytes and in time.
/// </summary>
internal static class HealthProbe
{
    private const int MostHead = 8 * 1024;
    private const int MostBody = 64 * 1024;

    // A site that writes its answer to a closed connection fills its log with complaints, so the end is waited for, but not long.
    private static readonly TimeSpan Politeness = TimeSpan.FromMilliseconds(200);

    /// <returns>Null: it is well. Else what was wrong.</returns>
    public static async ValueTask<string?> Try(HealthCheck check, CancellationToken cancellation)
    {
        var problem = await Ask(check, cancellation);
        return problem is null ? null : $"GET {check.Url}: {problem}";
    }

    /// <summary>Whether an address is one that is asked: http, this machine's loopback, nothing that would break a request line.</summary>
    public static bool TryParse(string url, out Uri address)
    {
        address = null!;
        if (!url.All(c => c is > ' ' and < '\x7f') || !Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme != Uri.UriSchemeHttp || parsed.UserInfo.Length > 0)
        {
            return false;
        }
        address = parsed;
        return AddressesOf(parsed) is not [];
    }

    /// <summary><c>200-399 404</c>: numbers and ranges.</summary>
    public static bool Matches(string statuses, int status) => statuses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(part => Range(part) is { } range && status >= range.First && status <= range.Last);

    /// <summary>Null: neither a status nor a range of them.</summary>
    public static (int First, int Last)? Range(string text)
    {
        const int least = 100;
        const int most = 599;
        var ends = text.Split('-');
        return ends.Length <= 2
            && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && first >= least && last <= most && first <= last
            ? (first, last)
            : null;
    }

    private static async ValueTask<string?> Ask(HealthCheck check, CancellationToken cancellation)
    {
        if (!TryParse(check.Url, out var url))
        {
            return "not an http address of the loopback";
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(check.Timeout);
        try
        {
            using var socket = await Connect(url, limit.Token);
            var request = $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nUser-Agent: flaskdeploy-agent\r\nAccept: */*\r\nConnection: close\r\n\r\n";
            await socket.SendAsync(Encoding.ASCII.GetBytes(request), limit.Token);
            var line = await StatusLine(socket, limit.Token);
            if (StatusOf(line) is not { } status)
            {
                return line.Length == 0 ? "it closed the connection without an answer" : "its answer is no HTTP";
            }
            await Drain(socket, limit.Token);
            return Matches(check.Statuses, status) ? null : $"status {status}";
        }
        catch (SocketException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"no answer within {check.Timeout.TotalSeconds:0.#} s";
        }
    }

    private static async ValueTask<Socket> Connect(Uri url, CancellationToken cancellation)
    {
        var addresses = AddressesOf(url);
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(addresses[i], url.Port, cancellation);
                return socket;
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                // localhost is either of two, and a site may listen on one alone.
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private static IPAddress[] AddressesOf(Uri url) =>
        url.Host == "localhost" ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
        : IPAddress.TryParse(url.DnsSafeHost, out var address) && IPAddress.IsLoopback(address) ? [address]
        : [];

    private static async ValueTask<string> StatusLine(Socket socket, CancellationToken cancellation)
    {
        var buffer = new byte[MostHead];
        var length = 0;
        while (length < buffer.Length && await socket.ReceiveAsync(buffer.AsMemory(length), cancellation) is var read and > 0)
        {
            length += read;
            if (buffer.AsSpan(0, length).IndexOf((byte)'\n') is var end and >= 0)
            {
                return Encoding.Latin1.GetString(buffer, 0, end).TrimEnd('\r');
            }
        }
        return Encoding.Latin1.GetString(buffer, 0, length);
    }

    private static int? StatusOf(string line) =>
        line.StartsWith("HTTP/1.", StringComparison.Ordinal) && line.Split(' ') is [_, { Length: 3 } status, ..]
        && int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static async ValueTask Drain(Socket socket, CancellationToken cancellation)
    {
        using var polite = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        polite.CancelAfter(Politeness);
        var buffer = new byte[MostHead];
        try
        {
            for (var left = MostBody; left > 0 && await socket.ReceiveAsync(buffer, polite.Token) is var read and > 0; left -= read)
            {
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The status is known; how the rest ends says nothing.
        }
    }
}
