using System.Net;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>The status of a call whose peer, or whose connection, did not state one itself.</summary>
internal static class StatusMapping
{
    /// <summary>By https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md.</summary>
    public static StatusCode FromHttp(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => StatusCode.Internal,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    /// <summary>What went wrong while a request was sent or a response read.</summary>
    public static Status FromException(Exception exception, string doing) => exception switch
    {
        RpcException rpc => rpc.Status,
        // The handler's own limits, such as ConnectTimeout, or a connection that ended while the call was being started. A
        // call that somebody cancelled has its status before this is asked.
        OperationCanceledException => new Status(StatusCode.Unavailable, Describe(doing, exception), exception),
        _ when FindProtocolError(exception) is { } error => new Status(FromHttp2Error(error), Describe(doing, exception), exception),
        HttpRequestException or IOException => new Status(StatusCode.Unavailable, Describe(doing, exception), exception),
        _ => new Status(StatusCode.Internal, Describe(doing, exception), exception),
    };

    /// <summary>The status in a set of headers or trailers; null when there is none.</summary>
    public static Status? FromHeaders(System.Net.Http.Headers.HttpHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues(HeaderNames.Status, out var status))
            return null;
        string message = headers.NonValidated.TryGetValues(HeaderNames.Message, out var encoded)
            ? PercentEncoding.Decode(encoded.ToString())
            : "";
        string code = status.ToString();
        return int.TryParse(code, out int number) && Enum.IsDefined((StatusCode)number)
            ? new Status((StatusCode)number, message)
            : new Status(StatusCode.Unknown, $"The peer ended the call with the unknown status '{code}': {message}");
    }

    private static long? FindProtocolError(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is HttpProtocolException protocol)
                return protocol.ErrorCode;
        }

        return null;
    }

    /// <summary>
    /// RFC 9113 section 7 to gRPC, by the protocol's table, save for what ends a connection rather than a call: a peer that
    /// says goodbye is to be tried again, and so is one that answers no pings, which the handler reports as PROTOCOL_ERROR
    /// (https://github.com/dotnet/runtime/issues/102623).
    /// </summary>
    private static StatusCode FromHttp2Error(long errorCode) => errorCode switch
    {
        0x0 => StatusCode.Unavailable,        // NO_ERROR, in GOAWAY
        0x1 => StatusCode.Unavailable,        // PROTOCOL_ERROR
        0x7 => StatusCode.Unavailable,        // REFUSED_STREAM
        0x8 => StatusCode.Cancelled,          // CANCEL
        0xb => StatusCode.ResourceExhausted,  // ENHANCE_YOUR_CALM
        0xc => StatusCode.PermissionDenied,   // INADEQUATE_SECURITY
        _ => StatusCode.Internal,
    };

    private static string Describe(string doing, Exception exception)
    {
        var causes = new List<string>();
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (causes.Count == 0 || !causes[^1].Contains(e.Message, StringComparison.Ordinal))
                causes.Add(e.Message);
        }

        return $"{doing}: {string.Join(" ", causes)}";
    }
}
