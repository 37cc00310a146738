using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client.Internal;

internal sealed class ClientStreamWriter<TRequest, TResponse>(GrpcCall<TRequest, TResponse> call, StreamingContent content)
    : IClientStreamWriter<TRequest>
    where TRequest : class
    where TResponse : class
{
    private int _writing;
    private bool _completed;

    public WriteOptions? WriteOptions { get; set; } = call.Options.WriteOptions;

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        Enter("write a message");
        try
        {
            if (_completed)
                throw new InvalidOperationException("The request stream has already been completed.");
            using CancellationTokenRegistration _ = call.CancelWith(cancellationToken);
            call.ThrowIfEnded();
            ReadOnlyMemory<byte> frame = OutgoingMessage.Frame(message, call.Method.RequestMarshaller, call.Channel.MaxSendMessageSize);
            await SendAsync(frame).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }

    /// <summary>Calling it again, or after the call has ended, does nothing.</summary>
    public Task CompleteAsync()
    {
        Enter("complete the request stream");
        _completed = true;
        content.Complete();
        Volatile.Write(ref _writing, 0);
        return Task.CompletedTask;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frame)
    {
        try
        {
            Stream stream = await content.OpenedAsync.ConfigureAwait(false);
            await stream.WriteAsync(frame, call.Ended).ConfigureAwait(false);
            await stream.FlushAsync(call.Ended).ConfigureAwait(false);
        }
        // The transport's exceptions are many; each means that this message cannot be sent, and the call knows why.
        catch (Exception e)
        {
            throw await call.ExplainFailedWriteAsync(e).ConfigureAwait(false);
        }
    }

    private void Enter(string what)
    {
        if (Interlocked.Exchange(ref _writing, 1) != 0)
            throw new InvalidOperationException($"Can't {what}: the previous write has not ended.");
    }
}
