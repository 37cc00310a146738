using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The messages of one call, for the handler and for its caller.</summary>
internal sealed class ServerCall<TRequest, TResponse>
    where TRequest : class
    where TResponse : class
{
    private readonly Method<TRequest, TResponse> _method;
    private readonly GrpcServiceOptions _options;
    private readonly MessageReader _reader;

    public ServerCall(Method<TRequest, TResponse> method, HttpContextServerCallContext context, GrpcServiceOptions options)
    {
        _method = method;
        _options = options;
        Context = context;
        HttpRequest request = context.HttpContext.Request;
        string? encoding = request.Headers.TryGetValue(HeaderNames.Encoding, out var values) ? values.ToString() : null;
        _reader = new MessageReader(request.Body, encoding, options.MaxReceiveMessageSize);
        Requests = new ServerStreamReader<TRequest, TResponse>(this);
        Responses = new ServerStreamWriter<TRequest, TResponse>(this);
    }

    public HttpContextServerCallContext Context { get; }

    public IAsyncStreamReader<TRequest> Requests { get; }

    public IServerStreamWriter<TResponse> Responses { get; }

    public async Task<TRequest?> ReadAsync(CancellationToken cancellationToken) =>
        await _reader.ReadAsync(cancellationToken) is { } message ? message.Deserialize(_method.RequestMarshaller) : null;

    /// <summary>The request of a call that has exactly one.</summary>
    public async Task<TRequest> ReadSingleAsync()
    {
        TRequest request = await ReadAsync(Context.CancellationToken)
            ?? throw new RpcException(new Status(StatusCode.Internal, "Incomplete message."));
        if (await _reader.ReadAsync(Context.CancellationToken) is not null)
            throw new RpcException(new Status(StatusCode.Internal, "Additional data after the message received."));
        return request;
    }

    public async Task WriteAsync(TResponse message, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> frame = OutgoingMessage.Frame(message, _method.ResponseMarshaller, _options.MaxSendMessageSize);
        await Context.HttpContext.Response.Body.WriteAsync(frame, cancellationToken);
    }

    /// <summary>The response of a call that has exactly one. With a status other than OK there is none.</summary>
    public Task WriteSingleAsync(TResponse? response)
    {
        if (Context.Status.StatusCode != StatusCode.OK)
            return Task.CompletedTask;
        return response is null
            ? throw new RpcException(new Status(StatusCode.Cancelled, "No message returned from method."))
            : WriteAsync(response, Context.CancellationToken);
    }
}
