using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlaskDeploy.Controller.Store;

namespace FlaskDeploy.Controller.Security;

/// <summary>What the listener shows. Made anew at a start that finds it absent, expiring, or for other addresses.</summary>
internal static class ServerCertificate
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(825);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(90);

    public static X509Certificate2 OpenOrIssue(string path, CertificateAuthority authority, ImmutableArray<string> addresses, TimeProvider time)
    {
        if (Kept(path, authority, addresses, time) is { } kept)
        {
            return kept;
        }
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bare = authority.IssueForServer(new PublicKey(key), addresses, Life);
        var certificate = bare.CopyWithPrivateKey(key);
        DurableFile.WriteSecret(path, Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n"));
        return certificate;
    }

    private static X509Certificate2? Kept(string path, CertificateAuthority authority, ImmutableArray<string> addresses, TimeProvider time)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        X509Certificate2 certificate;
        try
        {
            var text = File.ReadAllText(path);
            certificate = X509Certificate2.CreateFromPem(text, text);
        }
        catch (CryptographicException)
        {
            // Damaged; unlike the authority it can be made again without anybody noticing.
            return null;
        }
        var now = time.GetUtcNow().UtcDateTime;
        var good = certificate.NotAfter.ToUniversalTime() - now > RenewBefore
            && certificate.NotBefore.ToUniversalTime() <= now
            && authority.Issued(certificate)
            && certificate.Extensions[CertificateAuthority.AuthorityExtension] is not null
            && Names(certificate).SetEquals(addresses.Select(Canonical));
        if (good)
        {
            return certificate;
        }
        certificate.Dispose();
        return null;
    }

    private static HashSet<string> Names(X509Certificate2 certificate)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            names.UnionWith(extension.EnumerateDnsNames());
            names.UnionWith(extension.EnumerateIPAddresses().Select(address => address.ToString()));
        }
        return names;
    }

    private static string Canonical(string address) => IPAddress.TryParse(address, out var ip) ? ip.ToString() : address;
}
