using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlaskDeploy.Controller.Store;

namespace FlaskDeploy.Controller.Security;

/// <summary>
/// The one root of this controller: ECDSA P-256, made at first start, in one file (key and certificate together, so
/// that a crash cannot leave one without the other) that only the controller's user can read.
/// </summary>
internal sealed class CertificateAuthority
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>The DER of the authority's certificate, in the server's. The arc 2.25 is free for numbers made of a UUID (X.667).</summary>
    public const string AuthorityExtension = "2.25.265396021785823114706483052184713362171";

    // SEMANTICS.md, trap 5: a host whose clock is behind must still take a fresh certificate.
    private static readonly TimeSpan Earlier = TimeSpan.FromDays(1);
    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(20 * 365.25);
    private static readonly TimeSpan HostLife = TimeSpan.FromDays(5 * 365.25);

    private readonly X509Certificate2 _certificate;
    private readonly TimeProvider _time;

    private CertificateAuthority(X509Certificate2 certificate, TimeProvider time)
    {
        _certificate = certificate;
        _time = time;
        Der = certificate.RawData;
        Fingerprint = SHA256.HashData(Der);
    }

    public byte[] Der { get; }

    /// <summary>SHA-256 of the certificate: what tokens carry.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>Reads <paramref name="path"/>, or makes a new authority where there is no such file.</summary>
    /// <exception cref="CryptographicException">The file is damaged. A new authority would lock out the whole fleet, so none is made.</exception>
    public static CertificateAuthority OpenOrCreate(string path, TimeProvider time)
    {
        if (File.Exists(path))
        {
            var text = File.ReadAllText(path);
            return new CertificateAuthority(X509Certificate2.CreateFromPem(text, text), time);
        }
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=FlaskDeploy controller", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        var certificate = request.CreateSelfSigned(now - Earlier, now + AuthorityLife);
        DurableFile.WriteSecret(path, Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n"));
        return new CertificateAuthority(certificate, time);
    }

    public X509Certificate2 IssueForHost(PublicKey key, string host) => Issue(key, Identity.OfHost(host), HostLife);

    public X509Certificate2 IssueForOperator(PublicKey key, string name, TimeSpan life) => Issue(key, Identity.OfOperator(name), life);

    /// <summary>
    /// A certificate for the listener, without its private key. It carries the authority's certificate in an extension: an
    /// agent that enrols knows only its fingerprint and must see it before it sends its secret, and .NET's TLS server
    /// leaves the root out of the chain that it shows.
    /// </summary>
    public X509Certificate2 IssueForServer(PublicKey key, IEnumerable<string> addresses, TimeSpan life)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var address in addresses)
        {
            if (System.Net.IPAddress.TryParse(address, out var ip))
            {
                names.AddIpAddress(ip);
            }
            else
            {
                names.AddDnsName(address);
            }
        }
        return Issue(key, "flaskdeploy-controller", names, ServerAuthentication, life, new X509Extension(AuthorityExtension, Der, critical: false));
    }

    /// <summary>Whether a client's certificate is one of ours, in time, and meant for clients. Who it is, is asked on each call.</summary>
    public bool Vouches(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return chain.Build(certificate);
    }

    /// <summary>Whether a server's certificate is signed by this authority, whatever its times.</summary>
    public bool Issued(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(certificate);
    }

    private X509Certificate2 Issue(PublicKey key, Identity identity, TimeSpan life)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(identity.ToUri());
        return Issue(key, identity.Name, names, ClientAuthentication, life);
    }

    private X509Certificate2 Issue(
        PublicKey key, string name, SubjectAlternativeNameBuilder names, string purpose, TimeSpan life, params ReadOnlySpan<X509Extension> more)
    {
        var subject = new X500DistinguishedNameBuilder();
        // X.520 ends a common name at 64 characters; the identity is in the alternative name, whole.
        subject.AddCommonName(name.Length > 64 ? name[..64] : name);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(names.Build());
        foreach (var extension in more)
        {
            request.CertificateExtensions.Add(extension);
        }
        var now = _time.GetUtcNow();
        var until = now + life;
        var end = new DateTimeOffset(_certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        // RFC 5280, 4.1.2.2: positive, and DER drops a leading zero, so the first byte is neither.
        serial[0] = (byte)(serial[0] & 0x3F | 0x40);
        return request.Create(_certificate, now - Earlier, until < end ? until : end, serial);
    }
}
