using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using Grpc.Net.Client;

namespace FlaskDeploy.Agent.Session;

/// <summary>Opens TLS to the controller and believes only the pinned CA. What the system trusts, and the environment's proxies, are of no meaning here.</summary>
internal static class ControllerChannel
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string AuthorityExtension = "2.25.265396021785823114706483052184713362171";
    private const int LargestMessage = 32 * 1024 * 1024;

    /// <summary>With this host's certificate.</summary>
    public static GrpcChannel Open(string address, AgentIdentity identity, Uri? proxy) =>
        Open(address, proxy, identity.Certificate, [identity.Authority], (certificate, chain) => IsIssuedBy(identity.Authority, certificate));

    /// <summary>
    /// Before enrolment: the CA is known by its fingerprint only. The chain that the server shows must hold it, or the
    /// server's certificate must carry it in the controller's extension (TLS servers of .NET never send a root).
    /// </summary>
    /// <param name="authority">Gets the CA's certificate once it was seen.</param>
    public static GrpcChannel OpenForEnrolment(string address, Digest fingerprint, Uri? proxy, Action<X509Certificate2> authority) =>
        Open(address, proxy, null, [], (certificate, chain) =>
        {
            var found = chain.Concat(CarriedBy(certificate)).FirstOrDefault(candidate => Digest.Of(candidate.RawData) == fingerprint);
            if (found is null || !IsIssuedBy(found, certificate))
            {
                return false;
            }
            authority(X509CertificateLoader.LoadCertificate(found.RawData));
            return true;
        });

    /// <summary>A host's certificate is of the same CA and is no server's: its key usage says so.</summary>
    internal static bool IsIssuedBy(X509Certificate2 authority, X509Certificate2 certificate)
    {
        using var chain = new X509Chain { ChainPolicy = RootedIn([authority]) };
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return chain.Build(certificate);
    }

    // Whatever it holds is believed by its fingerprint only.
    private static IEnumerable<X509Certificate2> CarriedBy(X509Certificate2 certificate)
    {
        if (certificate.Extensions[AuthorityExtension] is not { } carried)
        {
            return [];
        }
        try
        {
            return [X509CertificateLoader.LoadCertificate(carried.RawData)];
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    private static X509ChainPolicy RootedIn(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private static GrpcChannel Open(string address, Uri? proxy, X509Certificate2? own, X509Certificate2Collection roots, Func<X509Certificate2, IEnumerable<X509Certificate2>, bool> isTrusted)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = proxy is not null,
            Proxy = proxy is null ? null : new WebProxy(proxy),
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            AllowAutoRedirect = false,
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                // Who is trusted is decided below. Without these roots both chains would be built from the machine's own
                // authorities: hundreds of certificates, read at the start and kept for as long as the agent lives.
                ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true, SslCertificateTrust.CreateForX509Collection(roots)),
                CertificateChainPolicy = RootedIn(roots),
                RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                    certificate is X509Certificate2 shown
                    && isTrusted(shown, chain is null ? [] : [.. chain.ChainElements.Select(element => element.Certificate), .. chain.ChainPolicy.ExtraStore]),
            },
        };
        return GrpcChannel.ForAddress($"https://{address}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = LargestMessage,
            MaxSendMessageSize = LargestMessage,
        });
    }
}
