using Grpc.Core;

namespace Grpc.AspNetCore.Server.Internal;

internal sealed class ServerStreamWriter<TRequest, TResponse>(ServerCall<TRequest, TResponse> call) : IServerStreamWriter<TResponse>
    where TRequest : class
    where TResponse : class
{
    private int _writing;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(TResponse message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TResponse message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Interlocked.Exchange(ref _writing, 1) != 0)
            throw new InvalidOperationException("Can't write the message: the previous write has not ended.");
        try
        {
            using LinkedToken token = LinkedToken.Of(call.Context.CancellationToken, cancellationToken);
            token.Token.ThrowIfCancellationRequested();
            await call.WriteAsync(message, token.Token);
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }
}
