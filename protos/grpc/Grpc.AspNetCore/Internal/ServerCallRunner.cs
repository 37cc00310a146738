using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Takes a request through a service's method to exactly one status.</summary>
internal sealed class ServerCallRunner(IServiceProvider services, IOptions<GrpcServiceOptions> options, ILogger<ServerCallRunner> logger)
{
    private readonly TimeProvider _time = services.GetService<TimeProvider>() ?? TimeProvider.System;

    public async Task RunAsync<TService, TRequest, TResponse>(
        HttpContext http, Method<TRequest, TResponse> method, Func<ServerCall<TRequest, TResponse>, TService, Task> invoke)
        where TService : class
        where TRequest : class
        where TResponse : class
    {
        if (Refuse(http))
            return;
        http.Response.ContentType = HeaderNames.ContentType;
        if (method.Type is MethodType.ClientStreaming or MethodType.DuplexStreaming)
            LiftStreamLimits(http);

        using var context = new HttpContextServerCallContext(http, method.FullName, _time);
        Status status;
        try
        {
            var call = new ServerCall<TRequest, TResponse>(method, context, options.Value);
            await using (var instance = ServiceInstance<TService>.Create(http.RequestServices))
                await invoke(call, instance.Service);
            status = context.Status;
        }
        // The handler is foreign code; whatever it throws becomes the call's status, and the connection serves on.
        catch (Exception e)
        {
            status = StatusOf(e, context);
        }

        if (http.RequestAborted.IsCancellationRequested)
        {
            Log.ClientGone(logger, method.FullName, status.DebugException);
            return;
        }

        if (context.HasExceededDeadline)
            status = new Status(StatusCode.DeadlineExceeded, "The deadline has passed.");
        ServerResponse.WriteStatus(http, status, context.ResponseTrailers);
    }

    /// <summary>Answers what is no gRPC call that can be served; true when it did.</summary>
    private static bool Refuse(HttpContext http)
    {
        if (!HeaderNames.IsGrpcContentType(http.Request.ContentType))
        {
            ServerResponse.EndWithoutBody(
                http,
                new Status(StatusCode.Internal, $"Content-Type '{http.Request.ContentType}' is not supported."),
                StatusCodes.Status415UnsupportedMediaType);
            return true;
        }

        if (!HttpProtocol.IsHttp2(http.Request.Protocol) && !HttpProtocol.IsHttp3(http.Request.Protocol))
        {
            ServerResponse.EndWithoutBody(
                http,
                new Status(StatusCode.Internal, $"Request protocol '{http.Request.Protocol}' is not supported."),
                StatusCodes.Status426UpgradeRequired);
            return true;
        }

        if (http.Request.Headers.TryGetValue(HeaderNames.Encoding, out var encoding) && !MessageEncoding.IsSupported(encoding))
        {
            http.Response.Headers[HeaderNames.AcceptEncoding] = MessageEncoding.Accepted;
            ServerResponse.EndWithoutBody(http, new Status(StatusCode.Unimplemented, $"Message encoding '{encoding}' is not supported."));
            return true;
        }

        return false;
    }

    /// <summary>A stream may be silent for days and carry any amount; the size of each message is still limited.</summary>
    private static void LiftStreamLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
    }

    private Status StatusOf(Exception exception, HttpContextServerCallContext context)
    {
        switch (exception)
        {
            case RpcException rpc:
                foreach (Metadata.Entry trailer in rpc.Trailers)
                    context.ResponseTrailers.Add(trailer);
                Log.CallFailed(logger, context.Method, rpc.StatusCode, rpc.Status.Detail, exception);
                return rpc.Status;
            case OperationCanceledException or IOException when context.CancellationToken.IsCancellationRequested:
                return new Status(StatusCode.Cancelled, "The call was cancelled.", exception);
            default:
                Log.HandlerThrew(logger, context.Method, exception);
                string detail = options.Value.EnableDetailedErrors == true
                    ? $"Exception was thrown by handler. {exception.GetType().Name}: {exception.Message}"
                    : "Exception was thrown by handler.";
                return new Status(StatusCode.Unknown, detail, exception);
        }
    }
}
