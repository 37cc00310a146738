using Grpc.Core;

namespace Grpc.AspNetCore.Server.Internal;

internal sealed class ServerStreamReader<TRequest, TResponse>(ServerCall<TRequest, TResponse> call) : IAsyncStreamReader<TRequest>
    where TRequest : class
    where TResponse : class
{
    private TRequest? _current;
    private int _reading;

    public TRequest Current => _current ?? throw new InvalidOperationException("There is no current message: MoveNext has not returned true.");

    /// <summary>A cancelled wait takes nothing off the stream; the next call goes on from there.</summary>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
            throw new InvalidOperationException("The previous MoveNext has not ended.");
        try
        {
            _current = null;
            using LinkedToken token = LinkedToken.Of(call.Context.CancellationToken, cancellationToken);
            _current = await call.ReadAsync(token.Token);
            return _current is not null;
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }
}
