using FlaskDeploy.Controller.Configuration;
using FlaskDeploy.Controller.Store;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace FlaskDeploy.Controller.Security;

/// <summary>
/// Stands before every service: finds out who calls, holds it against <see cref="MethodRoles"/>, and lets through or
/// refuses. What passes carries its <see cref="Identity"/> as a feature of the request.
/// </summary>
internal sealed class CallerGate(ControllerOptions options, HostStore hosts, ILogger<CallerGate> logger)
{
    // The one method that strangers reach takes a key, a request for a certificate and a few addresses.
    private const long MostFromStrangers = 64 * 1024;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) is not true)
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }
        var method = context.Request.Path.Value ?? "";
        var peer = context.Features.Get<SocketPeer>();
        var (identity, refusal) = Judge(method, peer, await CertificateOfAsync(context, peer));
        if (refusal is { } status)
        {
            Log.Refused(logger, method, peer is null ? context.Connection.RemoteIpAddress?.ToString() ?? "" : $"uid {peer.User}", status.Detail);
            Refuse(context.Response, status);
            return;
        }
        if (identity!.Role == Role.Anonymous && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MostFromStrangers;
        }
        context.Features.Set(identity);
        await next(context);
    }

    private static async Task<System.Security.Cryptography.X509Certificates.X509Certificate2?> CertificateOfAsync(HttpContext context, SocketPeer? peer) =>
        peer is null ? await context.Connection.GetClientCertificateAsync(context.RequestAborted) : null;

    private (Identity? Identity, Status? Refusal) Judge(string method, SocketPeer? peer, System.Security.Cryptography.X509Certificates.X509Certificate2? certificate)
    {
        if (!MethodRoles.Of.TryGetValue(method, out var needed))
        {
            return (null, new Status(StatusCode.Unimplemented, $"there is no method {method}"));
        }
        if (peer is not null)
        {
            return (needed, peer.User == options.SocketUser) switch
            {
                (Role.Operator, true) => (Identity.OfOperator("root"), null),
                (Role.Operator, false) => (null, new Status(StatusCode.PermissionDenied, $"on this socket only uid {options.SocketUser} is an operator; run the command as that user, for instance with sudo")),
                _ => (null, new Status(StatusCode.PermissionDenied, "agents and enrolment are served over TLS only, not on the unix socket")),
            };
        }
        if (needed == Role.Anonymous)
        {
            return (new Identity(Role.Anonymous, ""), null);
        }
        if (certificate is null)
        {
            return (null, new Status(StatusCode.Unauthenticated, "a client certificate of this controller is needed"));
        }
        if (Identity.Of(certificate) is not { } identity || hosts.HolderOf(certificate.SerialNumber) != identity)
        {
            return (null, new Status(StatusCode.Unauthenticated, "this certificate is not known here: the host or operator was removed, or never was; enrol again with a fresh token"));
        }
        return identity.Role == needed
            ? (identity, null)
            : (null, new Status(StatusCode.PermissionDenied, $"this method is for {(needed == Role.Host ? "agents" : "operators")}"));
    }

    // A response of headers only, as the gRPC protocol allows for errors ("Trailers-Only").
    private static void Refuse(HttpResponse response, Status status)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)status.StatusCode).ToString();
        response.Headers["grpc-message"] = Uri.EscapeDataString(status.Detail);
    }
}

internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Warning, "{Method} refused to {Peer}: {Reason}")]
    public static partial void Refused(ILogger logger, string method, string peer, string reason);
}
