using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>A call's context over its HTTP request. Its token follows the connection and the deadline.</summary>
internal sealed class HttpContextServerCallContext : ServerCallContext, IDisposable
{
    private readonly string _method;
    private readonly CancellationTokenSource _cancellation;
    private readonly DateTime _deadline = DateTime.MaxValue;
    private readonly DeadlineTimer? _deadlineTimer;
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;
    private AuthContext? _authContext;
    private Status _status = Status.DefaultSuccess;

    public HttpContextServerCallContext(HttpContext http, string method, TimeProvider time)
    {
        HttpContext = http;
        _method = method;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        if (TimeoutCodec.Decode(http.Request.Headers[HeaderNames.Timeout].ToString()) is not { } timeout)
            return;
        DateTimeOffset now = time.GetUtcNow();
        if (timeout >= DateTimeOffset.MaxValue - now)
            return;
        DateTimeOffset deadline = now + timeout;
        _deadline = deadline.UtcDateTime;
        _deadlineTimer = new DeadlineTimer(time, deadline, OnDeadline);
    }

    public HttpContext HttpContext { get; }

    /// <summary>The deadline passed while the handler ran, so its outcome no longer counts.</summary>
    public bool HasExceededDeadline { get; private set; }

    protected override string MethodCore => _method;

    protected override string HostCore => HttpContext.Request.Host.Value ?? "";

    protected override string PeerCore => PeerIdentity.AddressOf(HttpContext.Connection);

    protected override DateTime DeadlineCore => _deadline;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadRequestHeaders();

    protected override CancellationToken CancellationTokenCore => _cancellation.Token;

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override Status StatusCore
    {
        get => _status;
        set => _status = value;
    }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore =>
        _authContext ??= PeerIdentity.AuthContextOf(HttpContext.Connection.ClientCertificate);

    protected override IDictionary<object, object> UserStateCore => HttpContext.Items!;

    public void Dispose()
    {
        _deadlineTimer?.Dispose();
        // The source is not disposed: a deadline that passes at this moment may still cancel it.
    }

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        if (HttpContext.Response.HasStarted)
            throw new InvalidOperationException("The response headers have already been sent.");
        ServerResponse.AddMetadata(HttpContext.Response.Headers, responseHeaders);
        await HttpContext.Response.BodyWriter.FlushAsync(_cancellation.Token);
    }

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException("Calls over HTTP have no propagation tokens; pass deadline and token on yourself.");

    private void OnDeadline()
    {
        HasExceededDeadline = true;
        _cancellation.Cancel();
    }

    private Metadata ReadRequestHeaders()
    {
        var metadata = new Metadata();
        foreach ((string name, var values) in HttpContext.Request.Headers)
        {
            foreach (string? value in values)
                MetadataCodec.AddReceived(metadata, name, value ?? "");
        }

        return metadata;
    }
}
