using Grpc.Core;

namespace Grpc.Net.Client.Internal;

/// <summary>How a call ended, once and for all.</summary>
internal sealed record CallEnd(Status Status, Metadata Trailers)
{
    public bool IsOk => Status.StatusCode == StatusCode.OK;

    public RpcException ToException() => new(Status, Trailers);
}
