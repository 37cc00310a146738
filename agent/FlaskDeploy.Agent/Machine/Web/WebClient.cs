using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace FlaskDeploy.Agent.Machine.Web;

/// <summary>Sends one request and gives its answer while it comes in; nothing is kept open for another one.</summary>
internal sealed class WebClient : IDisposable
{
    private const int MostRedirects = 10;
    private const int MostHeadKilobytes = 64;

    // What timers take; a timeout of zero is one that nothing comes within.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly TimeSpan _timeout;
    private readonly HttpClient _client;
    private readonly WebRequest _request;

    public WebClient(WebRequest request)
    {
        _request = request;
        _timeout = TimeSpan.FromTicks(Math.Clamp(request.Timeout.Ticks, Shortest.Ticks, Longest.Ticks));
        var handler = new SocketsHttpHandler
        {
            // Only what the task's environment names, never the agent's own.
            UseProxy = request.Proxy is not null,
            Proxy = request.Proxy is { } proxy ? new WebProxy(proxy) : null,
            UseCookies = false,
            AllowAutoRedirect = request.FollowsRedirects && request.FirstOnly.IsEmpty,
            MaxAutomaticRedirections = MostRedirects,
            MaxResponseHeadersLength = MostHeadKilobytes,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = _timeout,
            Credentials = request.User is { } user ? new NetworkCredential(user, request.Password) : null,
        };
        handler.SslOptions = Secured(request);
        if (request.UnixSocket is { } socket)
        {
            handler.ConnectCallback = async (_, token) => await Connect(socket, token);
        }
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <exception cref="IOException">There was no answer; the message says why.</exception>
    public async ValueTask<HttpResponseMessage> Send(CancellationToken cancellation)
    {
        var response = await Send(_request, cancellation);
        // Where all headers may follow a redirection the handler follows it.
        for (var redirects = 0; _request is { FollowsRedirects: true, FirstOnly.IsEmpty: false } && Next(response) is { } next; redirects++)
        {
            response.Dispose();
            response = redirects < MostRedirects ? await Send(next, cancellation) : throw new IOException($"redirected more than {MostRedirects} times");
        }
        return response;
    }

    // As the handler does it: what is not to be sent again becomes a question, and nothing goes from https to http.
    private WebRequest? Next(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (status is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location || response.RequestMessage is not { RequestUri: { } from, Method: var method })
        {
            return null;
        }
        var to = new Uri(from, location);
        if (to.Scheme is not ("http" or "https") || from.Scheme == "https" && to.Scheme == "http")
        {
            return null;
        }
        var asks = status == 303 && method != HttpMethod.Head || status is 301 or 302 && method == HttpMethod.Post;
        return _request with
        {
            Url = to.AbsoluteUri,
            Method = asks ? "GET" : method.Method,
            Body = asks ? null : _request.Body,
            Headers = [.. _request.Headers.Where(header => !_request.FirstOnly.Contains(header.Key, StringComparer.OrdinalIgnoreCase))],
            ForceBasicAuth = _request.ForceBasicAuth && !_request.FirstOnly.Contains("Authorization", StringComparer.OrdinalIgnoreCase),
        };
    }

    private async ValueTask<HttpResponseMessage> Send(WebRequest request, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Url);
        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(body);
        }
        if (request is { ForceBasicAuth: true, User: { } user })
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{request.Password}")));
        }
        foreach (var (name, value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content ??= new ByteArrayContent([]);
                message.Content.Headers.Remove(name);
                message.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
        return await Within(token => new ValueTask<HttpResponseMessage>(_client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, token)), cancellation);
    }

    /// <summary>The body, a piece at a time, each within the time.</summary>
    /// <exception cref="IOException">It ended early, is longer than <paramref name="most"/>, or nothing came for too long.</exception>
    public async ValueTask Read(HttpResponseMessage response, long most, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        const int piece = 64 * 1024;
        if (response.Content.Headers.ContentLength > most)
        {
            throw new IOException($"the answer has {response.Content.Headers.ContentLength} bytes, more than the {most} that are read");
        }
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[piece];
        for (long length = 0; await Within(token => stream.ReadAsync(buffer, token), cancellation) is var read and > 0;)
        {
            length += read;
            if (length > most)
            {
                throw new IOException($"the answer has more than the {most} bytes that are read");
            }
            await take(buffer.AsMemory(0, read));
        }
    }

    public void Dispose() => _client.Dispose();

    /// <exception cref="IOException">A certificate, key or authority cannot be read.</exception>
    private static SslClientAuthenticationOptions Secured(WebRequest request)
    {
        var options = new SslClientAuthenticationOptions();
        if (!request.ValidateCertificates)
        {
            // The playbook says so: validate_certs=no.
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        }
        try
        {
            if (request.ClientCertificate is { } certificate)
            {
                options.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, request.ClientKey ?? certificate)];
            }
            if (request.Authorities is { } authorities)
            {
                options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(authorities);
            }
        }
        catch (Exception e) when (e is CryptographicException or UnauthorizedAccessException)
        {
            throw new IOException($"{(options.ClientCertificates is null && request.ClientCertificate is not null ? $"client_cert {request.ClientCertificate}" : $"ca_path {request.Authorities}")}: {e.Message}", e);
        }
        return options;
    }

    private static async ValueTask<Stream> Connect(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ArgumentException)
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask<T> Within<T>(Func<CancellationToken, ValueTask<T>> act, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_timeout);
        try
        {
            return await act(limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"no answer within {_timeout.TotalSeconds:0.###} s", e);
        }
        catch (HttpRequestException e)
        {
            // The first says only that something went wrong, the last one what.
            throw new IOException(e.InnerException is SocketException or AuthenticationException or IOException ? e.InnerException.Message : e.Message, e);
        }
    }
}
