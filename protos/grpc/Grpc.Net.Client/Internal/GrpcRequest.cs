using System.Net;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>A call's request headers.</summary>
internal static class GrpcRequest
{
    private static readonly string UserAgent = $"grpc-flaskdeploy/{typeof(GrpcRequest).Assembly.GetName().Version!.ToString(3)}";

    public static HttpRequestMessage Create(Uri address, IMethod method, string? host, Metadata? metadata, TimeSpan? timeout, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, method.FullName))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation(HeaderNames.AcceptEncoding, MessageEncoding.Accepted);
        if (host is not null)
            request.Headers.Host = host;
        if (timeout is { } left)
            request.Headers.TryAddWithoutValidation(HeaderNames.Timeout, TimeoutCodec.Encode(left));
        foreach (Metadata.Entry entry in metadata ?? Metadata.Empty)
        {
            if (!HeaderNames.IsReserved(entry.Key))
                request.Headers.TryAddWithoutValidation(entry.Key, MetadataCodec.Encode(entry));
        }

        request.Headers.TryAddWithoutValidation("user-agent", UserAgent);
        return request;
    }
}
