using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>
/// One call over one HTTP/2 stream. Whatever happens first ends it, for good: the peer's status, a broken connection, the
/// deadline, a cancellation or Dispose. Ending it resets the stream if that is still open and wakes everyone who waits.
/// </summary>
/// <remarks>
/// <code>
///   Start ── headers ── messages ── trailers ─┐
///     └─ failure, deadline, cancel, Dispose ──┴─> ended (CallEnd)
/// </code>
/// </remarks>
internal sealed class GrpcCall<TRequest, TResponse>(GrpcChannel channel, Method<TRequest, TResponse> method, CallOptions options) : IDisposable
    where TRequest : class
    where TResponse : class
{
    private readonly bool _hasSingleResponse = method.Type is MethodType.Unary or MethodType.ClientStreaming;
    private readonly TaskCompletionSource<CallEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private volatile HttpResponseMessage? _response;
    private Task<MessageReader?> _reader = Task.FromResult<MessageReader?>(null);
    private CancellationTokenRegistration _cancelled;
    private CancellationTokenRegistration _channelDisposed;
    private DeadlineTimer? _deadline;

    public GrpcChannel Channel => channel;

    public Method<TRequest, TResponse> Method => method;

    public CallOptions Options => options;

    public Task<Metadata> ResponseHeadersAsync => _headers.Task;

    /// <summary>Cancelled when the call has ended, in whatever way.</summary>
    public CancellationToken Ended => _ended.Token;

    public void Start(string? host, TRequest request)
    {
        ObjectDisposedException.ThrowIf(channel.Disposed.IsCancellationRequested, channel);
        try
        {
            Start(host, new SingleMessageContent(OutgoingMessage.Frame(request, method.RequestMarshaller, channel.MaxSendMessageSize)));
        }
        catch (RpcException e)
        {
            End(e.Status);
        }
    }

    public ClientStreamWriter<TRequest, TResponse> StartStreaming(string? host)
    {
        ObjectDisposedException.ThrowIf(channel.Disposed.IsCancellationRequested, channel);
        var content = new StreamingContent(Ended);
        Start(host, content);
        return new ClientStreamWriter<TRequest, TResponse>(this, content);
    }

    /// <summary>The one response of a unary or client-streaming call, after the call has ended.</summary>
    public async Task<TResponse> ReadSingleResponseAsync()
    {
        TResponse? response = null;
        if (await _reader.ConfigureAwait(false) is { } reader)
        {
            response = await ReadMessageAsync(reader, isOkWithoutMessage: false).ConfigureAwait(false);
            if (response is not null && await ReadMessageAsync(reader, isOkWithoutMessage: true).ConfigureAwait(false) is not null)
                End(new Status(StatusCode.Internal, "The peer sent more than one response to a call that has one."));
        }

        CallEnd end = await _end.Task.ConfigureAwait(false);
        return end.IsOk && response is not null ? response : throw end.ToException();
    }

    /// <summary>The next response of a stream; null when the call has ended with OK.</summary>
    public async Task<TResponse?> ReadResponseAsync()
    {
        if (await _reader.ConfigureAwait(false) is { } reader
            && await ReadMessageAsync(reader, isOkWithoutMessage: true).ConfigureAwait(false) is { } response)
            return response;
        CallEnd end = await _end.Task.ConfigureAwait(false);
        return end.IsOk ? null : throw end.ToException();
    }

    /// <summary>Cancels this call with that token, for as long as the registration lives.</summary>
    public CancellationTokenRegistration CancelWith(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static self => ((GrpcCall<TRequest, TResponse>)self!).CancelByCaller(), this);

    public void ThrowIfEnded()
    {
        if (_end.Task.IsCompleted)
            throw EndNow().ToException();
    }

    /// <summary>
    /// Why a request could not be written. The response tells, where it is read anyway; where the caller reads it, this does
    /// not wait for the caller.
    /// </summary>
    public async Task<RpcException> ExplainFailedWriteAsync(Exception failure)
    {
        await _reader.ConfigureAwait(false);
        if (_end.Task.IsCompleted || _hasSingleResponse)
            return (await _end.Task.ConfigureAwait(false)).ToException();
        return failure is OperationCanceledException
            ? new RpcException(new Status(
                StatusCode.Cancelled, "The peer takes no more requests in this call; the response stream tells its status.", failure))
            : new RpcException(StatusMapping.FromException(failure, "Writing a request failed"));
    }

    public Status GetStatus() => EndNow().Status;

    public Metadata GetTrailers() => EndNow().Trailers;

    public void Dispose() => End(new Status(StatusCode.Cancelled, "The call was disposed before it had ended."));

    private void Start(string? host, HttpContent content)
    {
        TimeSpan? timeout = null;
        if (options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            if (deadline.Kind != DateTimeKind.Utc && deadline != DateTime.MinValue)
                throw new InvalidOperationException("A deadline must be in UTC.");
            var instant = new DateTimeOffset(deadline.Ticks, TimeSpan.Zero);
            timeout = instant - TimeProvider.System.GetUtcNow();
            _deadline = new DeadlineTimer(TimeProvider.System, instant, () => End(new Status(StatusCode.DeadlineExceeded, "The deadline has passed.")));
        }

        _cancelled = CancelWith(options.CancellationToken);
        _channelDisposed = channel.Disposed.UnsafeRegister(
            static self => ((GrpcCall<TRequest, TResponse>)self!).End(new Status(StatusCode.Cancelled, "The channel was disposed.")), this);
        if (_end.Task.IsCompleted)
        {
            ReleaseTriggers();
            return;
        }

        Log.CallStarting(channel.Logger, method.FullName, channel.Address);
        _reader = OpenResponseAsync(GrpcRequest.Create(channel.Address, method, host, options.Headers, timeout, content));
    }

    /// <summary>Null when the call has ended without a body to read.</summary>
    private async Task<MessageReader?> OpenResponseAsync(HttpRequestMessage request)
    {
        try
        {
            HttpResponseMessage response = await channel.SendAsync(request, Ended).ConfigureAwait(false);
            _response = response;
            Interlocked.MemoryBarrier();
            // The end may have come before there was a response for it to dispose.
            if (_end.Task.IsCompleted)
            {
                response.Dispose();
                return null;
            }

            Metadata headers = ReadMetadata(response.Headers);
            if (StatusMapping.FromHeaders(response.Headers) is { } trailersOnly)
            {
                _headers.TrySetResult(headers);
                End(_hasSingleResponse ? OkNeedsMessage(trailersOnly) : trailersOnly, headers);
                return null;
            }

            if (Refusal(response) is { } refusal)
            {
                _headers.TrySetResult(headers);
                End(refusal, headers);
                return null;
            }

            Stream body = await response.Content.ReadAsStreamAsync(Ended).ConfigureAwait(false);
            _headers.TrySetResult(headers);
            string? encoding = response.Headers.NonValidated.TryGetValues(HeaderNames.Encoding, out HeaderStringValues values)
                ? values.ToString()
                : null;
            return new MessageReader(body, encoding, channel.MaxReceiveMessageSize);
        }
        // Handlers throw many kinds of exception; each means that the call could not be started, and becomes its status.
        catch (Exception e)
        {
            End(StatusMapping.FromException(e, "Starting the call failed"));
            return null;
        }
    }

    /// <summary>Why a response is none of gRPC's; null when it is.</summary>
    private static Status? Refusal(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new Status(
                StatusMapping.FromHttp(response.StatusCode), $"Bad gRPC response. HTTP status code: {(int)response.StatusCode}");
        }

        string? contentType = response.Content.Headers.NonValidated.TryGetValues("content-type", out HeaderStringValues values)
            ? values.ToString()
            : null;
        return HeaderNames.IsGrpcContentType(contentType)
            ? null
            : new Status(StatusCode.Unknown, $"Bad gRPC response. Invalid content-type value: {contentType ?? "none"}");
    }

    /// <summary>Null when the call has ended, as which it then is recorded.</summary>
    private async ValueTask<TResponse?> ReadMessageAsync(MessageReader reader, bool isOkWithoutMessage)
    {
        try
        {
            if (_end.Task.IsCompleted)
                return null;
            if (await reader.ReadAsync(Ended).ConfigureAwait(false) is { } message)
                return message.Deserialize(method.ResponseMarshaller);
            EndByTrailers(_response!.TrailingHeaders, isOkWithoutMessage);
        }
        // As in OpenResponseAsync: whatever a body throws becomes the call's status.
        catch (Exception e)
        {
            End(StatusMapping.FromException(e, "Reading a response failed"));
        }

        return null;
    }

    private void EndByTrailers(HttpResponseHeaders trailers, bool isOkWithoutMessage)
    {
        Status status = StatusMapping.FromHeaders(trailers)
            ?? new Status(StatusCode.Unknown, "The peer ended the call without a status.");
        End(isOkWithoutMessage ? status : OkNeedsMessage(status), ReadMetadata(trailers));
    }

    private static Status OkNeedsMessage(Status status) => status.StatusCode == StatusCode.OK
        ? new Status(StatusCode.Internal, "The peer ended the call with OK but without a response.")
        : status;

    private void CancelByCaller() => End(new Status(StatusCode.Cancelled, "Call canceled by the client."));

    private void End(Status status, Metadata? trailers = null)
    {
        if (!_end.TrySetResult(new CallEnd(status, trailers ?? Metadata.Empty)))
            return;
        Log.CallEnded(channel.Logger, method.FullName, status.StatusCode, status.Detail, status.DebugException);
        if (_headers.TrySetException(new RpcException(status)))
            _ = _headers.Task.Exception; // observed: most callers never ask for the headers
        ReleaseTriggers();
        _ended.Cancel();
        _response?.Dispose();
    }

    private void ReleaseTriggers()
    {
        _deadline?.Dispose();
        // Not Dispose, which waits for a callback that runs: it may be the one that is ending this call.
        _cancelled.Unregister();
        _channelDisposed.Unregister();
    }

    private CallEnd EndNow() => _end.Task.IsCompleted
        ? _end.Task.GetAwaiter().GetResult()
        : throw new InvalidOperationException("The call has not ended yet.");

    private static Metadata ReadMetadata(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach ((string name, HeaderStringValues values) in headers.NonValidated)
        {
            foreach (string value in values)
                MetadataCodec.AddReceived(metadata, name, value);
        }

        return metadata;
    }
}
