using FlaskDeploy.Controller.Security;
using FlaskDeploy.Language.Bundles;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Controller.Services;

/// <summary>What the services say and ask in the same way.</summary>
internal static class Calls
{
    public static RpcException Invalid(string detail) => new(new Status(StatusCode.InvalidArgument, detail));

    public static RpcException NotFound(string detail) => new(new Status(StatusCode.NotFound, detail));

    /// <summary>Who passed the gate with this call.</summary>
    public static Identity Caller(this ServerCallContext context) =>
        context.GetHttpContext().Features.Get<Identity>() ?? throw new RpcException(new Status(StatusCode.Internal, "the call did not pass the gate; this is a bug of the controller"));

    public static Digest DigestOf(ByteString bytes) =>
        bytes.Length == Digest.Length ? Digest.FromBytes(bytes.Span) : throw Invalid($"a digest has {Digest.Length} bytes, not {bytes.Length}");

    public static long Number(ulong number) => number <= long.MaxValue ? (long)number : throw Invalid($"{number} is too large a number");
}
