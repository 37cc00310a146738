namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The call's token, joined with one from the handler only when that can be cancelled at all.</summary>
internal readonly struct LinkedToken : IDisposable
{
    private readonly CancellationTokenSource? _source;

    private LinkedToken(CancellationToken token, CancellationTokenSource? source)
    {
        Token = token;
        _source = source;
    }

    public CancellationToken Token { get; }

    public static LinkedToken Of(CancellationToken call, CancellationToken handler)
    {
        if (!handler.CanBeCanceled || handler == call)
            return new LinkedToken(call, source: null);
        var source = CancellationTokenSource.CreateLinkedTokenSource(call, handler);
        return new LinkedToken(source.Token, source);
    }

    public void Dispose() => _source?.Dispose();
}
