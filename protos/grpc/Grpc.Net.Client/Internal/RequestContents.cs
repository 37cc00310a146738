using System.Net;
using System.Net.Http.Headers;
using Grpc.Core.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>A request body of one message.</summary>
internal sealed class SingleMessageContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _frame;

    public SingleMessageContent(ReadOnlyMemory<byte> frame)
    {
        _frame = frame;
        Headers.ContentType = new MediaTypeHeaderValue(HeaderNames.ContentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.WriteAsync(_frame, cancellationToken).AsTask();

    // No content-length: gRPC bodies are delimited by their frames.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

/// <summary>
/// A request body that stays open until <see cref="Complete"/> or until the call ends. <see cref="OpenedAsync"/> gives the
/// stream to write to once the transport has sent the request's headers.
/// </summary>
internal sealed class StreamingContent : HttpContent
{
    private readonly CancellationToken _callEnded;
    private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StreamingContent(CancellationToken callEnded)
    {
        _callEnded = callEnded;
        Headers.ContentType = new MediaTypeHeaderValue(HeaderNames.ContentType);
    }

    public Task<Stream> OpenedAsync => _opened.Task.WaitAsync(_callEnded);

    /// <summary>Half-closes the call.</summary>
    public void Complete() => _completed.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The peer must see the call before the first message: it may be the one that speaks first.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        _opened.TrySetResult(stream);
        await _completed.Task.WaitAsync(_callEnded).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
