using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Who is calling, from its address and its client certificate.</summary>
internal static class PeerIdentity
{
    private const string CommonName = "x509_common_name";
    private const string AlternativeName = "x509_subject_alternative_name";

    public static string AddressOf(ConnectionInfo connection) => connection.RemoteIpAddress switch
    {
        null => "unknown", // a unix socket has no address
        { AddressFamily: AddressFamily.InterNetwork } ip => $"ipv4:{ip}:{connection.RemotePort}",
        { IsIPv4MappedToIPv6: true } ip => $"ipv4:{ip.MapToIPv4()}:{connection.RemotePort}",
        IPAddress ip => $"ipv6:[{ip}]:{connection.RemotePort}",
    };

    /// <summary>The certificate's DNS names identify the peer, or its common name where it has none.</summary>
    public static AuthContext AuthContextOf(X509Certificate2? certificate)
    {
        var properties = new Dictionary<string, List<AuthProperty>>(StringComparer.Ordinal);
        if (certificate is null)
            return new AuthContext(peerIdentityPropertyName: null, properties);

        List<AuthProperty> alternatives =
        [
            .. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(extension => extension.EnumerateDnsNames())
                .Select(name => Property(AlternativeName, name)),
        ];
        if (alternatives.Count > 0)
            properties[AlternativeName] = alternatives;
        if (certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } commonName)
            properties[CommonName] = [Property(CommonName, commonName)];
        string? identity = properties.ContainsKey(AlternativeName) ? AlternativeName
            : properties.ContainsKey(CommonName) ? CommonName
            : null;
        return new AuthContext(identity, properties);
    }

    private static AuthProperty Property(string name, string value) => AuthProperty.Create(name, Encoding.UTF8.GetBytes(value));
}
