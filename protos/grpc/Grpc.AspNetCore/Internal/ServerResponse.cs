using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>How statuses and metadata get into a response.</summary>
internal static class ServerResponse
{
    /// <summary>A whole answer in its headers: trailers-only.</summary>
    public static void EndWithoutBody(HttpContext http, Status status, int httpStatus = StatusCodes.Status200OK)
    {
        http.Response.StatusCode = httpStatus;
        http.Response.ContentType = HeaderNames.ContentType;
        WriteStatus(http, status, Metadata.Empty);
    }

    /// <summary>Into the trailers, or into the headers when nothing has been sent yet.</summary>
    public static void WriteStatus(HttpContext http, Status status, Metadata trailers)
    {
        IHeaderDictionary target = http.Response.HasStarted
            ? http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
            : http.Response.Headers;
        target[HeaderNames.Status] = ((int)status.StatusCode).ToString();
        if (status.Detail.Length > 0)
            target[HeaderNames.Message] = PercentEncoding.Encode(status.Detail);
        AddMetadata(target, trailers);
    }

    public static void AddMetadata(IHeaderDictionary target, Metadata metadata)
    {
        foreach (Metadata.Entry entry in metadata)
        {
            if (!HeaderNames.IsReserved(entry.Key))
                target.Append(entry.Key, MetadataCodec.Encode(entry));
        }
    }
}
