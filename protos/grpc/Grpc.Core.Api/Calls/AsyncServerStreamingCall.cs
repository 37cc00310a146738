namespace Grpc.Core;

/// <summary>A call with one request and a stream of responses. Disposing it before their end cancels it.</summary>
public sealed class AsyncServerStreamingCall<TResponse>(
    IAsyncStreamReader<TResponse> responseStream,
    Task<Metadata> responseHeadersAsync,
    Func<Status> getStatusFunc,
    Func<Metadata> getTrailersFunc,
    Action disposeAction) : IDisposable
{
    public IAsyncStreamReader<TResponse> ResponseStream { get; } = responseStream;

    public Task<Metadata> ResponseHeadersAsync { get; } = responseHeadersAsync;

    /// <summary>Throws <see cref="InvalidOperationException"/> while the call runs.</summary>
    public Status GetStatus() => getStatusFunc();

    /// <summary>Throws <see cref="InvalidOperationException"/> while the call runs.</summary>
    public Metadata GetTrailers() => getTrailersFunc();

    public void Dispose() => disposeAction();
}
