using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;

namespace FlaskDeploy.Cli.Wire;

/// <summary>What a failed call means to the operator.</summary>
internal readonly record struct RpcProblem(string What, string? Remedy);

internal static class RpcProblems
{
    public static RpcProblem Explain(RpcException e, ControllerAddress address)
    {
        var detail = e.Status.Detail;
        return e.StatusCode switch
        {
            StatusCode.Unavailable when Cause<AuthenticationException>(e) is { } tls => new(
                $"the controller at {address} is not who it should be: {tls.Message}",
                "connect by the name or address that it was set up with (address = ... in controller.conf), with the identity that this very controller issued"),
            StatusCode.Unavailable when Cause<SocketException>(e) is { } socket => Unreachable(socket.SocketErrorCode, address),
            StatusCode.Unavailable => new($"the controller at {address} cannot be reached: {detail}", StartRemedy(address)),
            StatusCode.Unimplemented => new("the controller is too old for this command", "'flaskdeploy version' shows both versions; update flaskdeploy-controller"),
            StatusCode.PermissionDenied => new($"the controller does not permit this: {detail}", address.Controller is null ? "the socket is for root: try again with sudo" : "use an identity that 'flaskdeploy operator issue' made"),
            StatusCode.Unauthenticated => new($"the controller does not know who is asking: {detail}", address.Controller is null ? "the socket is for root: try again with sudo" : "use --identity DIR with a certificate that has not expired; 'flaskdeploy operator issue NAME' makes a new one"),
            StatusCode.DeadlineExceeded => new("the controller did not answer in time", StartRemedy(address)),
            StatusCode.NotFound or StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.Aborted => new(detail, null),
            _ => new($"the controller answered {e.StatusCode}: {detail}", "'journalctl -u flaskdeploy-controller' on its machine has the reason"),
        };
    }

    private static RpcProblem Unreachable(SocketError error, ControllerAddress address) => (error, address.Controller) switch
    {
        (SocketError.AccessDenied, null) => new($"no permission to use {address.Socket}", "the socket is for root: try again with sudo, or use --controller HOST:7443 --identity DIR"),
        // A socket's path that is missing comes as one of these, by kernel.
        (SocketError.AddressNotAvailable or SocketError.HostNotFound or SocketError.SocketError or SocketError.InvalidArgument, null) =>
            new($"there is no controller on this machine: {address.Socket} does not exist", $"{StartRemedy(address)}; from another machine use --controller HOST:7443 --identity DIR"),
        (SocketError.ConnectionRefused, _) => new($"nobody listens at {address}", StartRemedy(address)),
        (SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData, _) => new($"the name of the controller in '{address}' is not known", "check --controller"),
        _ => new($"the controller at {address} cannot be reached ({error})", StartRemedy(address)),
    };

    private static T? Cause<T>(RpcException e)
        where T : Exception
    {
        for (Exception? inner = e.Status.DebugException ?? e.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is T found)
            {
                return found;
            }
        }
        return null;
    }

    private static string StartRemedy(ControllerAddress address) => address.Controller is null
        ? "is it running? systemctl status flaskdeploy-controller"
        : "is it running there, and is the port open? systemctl status flaskdeploy-controller";
}
