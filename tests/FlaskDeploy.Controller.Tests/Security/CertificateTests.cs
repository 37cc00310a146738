using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.Controller.Security;
using FlaskDeploy.Controller.Tests.Harness;

namespace FlaskDeploy.Controller.Tests.Security;

public sealed class CertificateTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_authority_is_made_once_and_only_its_owner_can_read_it()
    {
        var first = Authority();
        var second = Authority();

        Assert.Equal(first.Der, second.Der);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["authority.pem"]));
        using var certificate = X509CertificateLoader.LoadCertificate(first.Der);
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.Equal((true, true, 0), (constraints.CertificateAuthority, constraints.HasPathLengthConstraint, constraints.PathLengthConstraint));
        Assert.Equal((_time.Now.AddDays(-1).UtcDateTime, 2046), (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.Year));
    }

    [Fact]
    public void A_damaged_authority_is_not_replaced()
    {
        File.WriteAllText(_folder["authority.pem"], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

        Assert.ThrowsAny<CryptographicException>(Authority);
        Assert.Contains("AAAA", File.ReadAllText(_folder["authority.pem"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_certificate_names_the_host_and_serves_clients_only()
    {
        var authority = Authority();
        using var certificate = authority.IssueForHost(new PublicKey(_key), "web1.example");

        Assert.Equal(Identity.OfHost("web1.example"), Identity.Of(certificate));
        Assert.True(authority.Vouches(certificate));
        Assert.Equal(_time.Now.AddDays(-1).UtcDateTime, certificate.NotBefore.ToUniversalTime());
        using var server = authority.IssueForServer(new PublicKey(_key), ["localhost"], TimeSpan.FromDays(1));
        Assert.False(authority.Vouches(server));
        Assert.Null(Identity.Of(server));
    }

    [Fact]
    public void An_expired_certificate_and_one_of_another_authority_are_not_vouched_for()
    {
        var authority = Authority();
        using var ours = authority.IssueForOperator(new PublicKey(_key), "ann", TimeSpan.FromDays(10));
        using var foreign = CertificateAuthority.OpenOrCreate(_folder["other.pem"], _time).IssueForOperator(new PublicKey(_key), "ann", TimeSpan.FromDays(10));

        Assert.True(authority.Vouches(ours));
        Assert.False(authority.Vouches(foreign));
        _time.Now += TimeSpan.FromDays(11);
        Assert.False(authority.Vouches(ours));
    }

    [Fact]
    public void The_server_certificate_carries_the_authority_for_agents_that_know_its_fingerprint()
    {
        var authority = Authority();
        using var server = authority.IssueForServer(new PublicKey(_key), ["localhost"], TimeSpan.FromDays(1));

        Assert.Equal(authority.Fingerprint, SHA256.HashData(server.Extensions[CertificateAuthority.AuthorityExtension]!.RawData));
    }

    [Fact]
    public void The_server_certificate_is_kept_until_it_expires_or_the_addresses_change()
    {
        var authority = Authority();
        string[] serials = [Serial("a.example", "10.0.0.1"), Serial("10.0.0.1", "a.example"), Serial("b.example")];
        File.WriteAllText(_folder["server.pem"], "damaged");
        var afterDamage = Serial("b.example");
        _time.Now += TimeSpan.FromDays(800);
        var afterAge = Serial("b.example");

        Assert.Equal(serials[0], serials[1]);
        Assert.Equal(4, serials.Append(afterDamage).Append(afterAge).Distinct().Count());

        string Serial(params string[] addresses)
        {
            using var certificate = ServerCertificate.OpenOrIssue(_folder["server.pem"], authority, [.. addresses], _time);
            Assert.True(certificate.HasPrivateKey);
            return certificate.SerialNumber;
        }
    }

    [Fact]
    public void A_request_for_a_certificate_must_be_signed_by_its_own_ecdsa_p256_key()
    {
        var good = new CertificateRequest("CN=x", _key, HashAlgorithmName.SHA256).CreateSigningRequest();
        byte[] altered = [.. good];
        altered[^1] ^= 1;
        using var rsa = RSA.Create(2048);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Null(SigningRequest.Read(good).Problem);
        Assert.Contains("good signature", SigningRequest.Read(altered).Problem, StringComparison.Ordinal);
        Assert.Contains("ECDSA P-256", SigningRequest.Read(new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest()).Problem, StringComparison.Ordinal);
        Assert.Contains("ECDSA P-256", SigningRequest.Read(new CertificateRequest("CN=x", p384, HashAlgorithmName.SHA384).CreateSigningRequest()).Problem, StringComparison.Ordinal);
        Assert.NotNull(SigningRequest.Read([.. good, 0]).Problem);
        Assert.NotNull(SigningRequest.Read([]).Problem);
        Assert.True(SigningRequest.IsPublicKey(_key.ExportSubjectPublicKeyInfo()));
        Assert.False(SigningRequest.IsPublicKey(p384.ExportSubjectPublicKeyInfo()));
        Assert.False(SigningRequest.IsPublicKey("x"u8));
    }

    [Theory]
    [InlineData("web1", true)]
    [InlineData("web-1.example_a", true)]
    [InlineData("", false)]
    [InlineData(".web", false)]
    [InlineData("web/../x", false)]
    [InlineData("web1\n", false)]
    [InlineData("wéb", false)]
    public void A_name_has_only_harmless_characters(string name, bool good) => Assert.Equal(good, Identity.IsName(name));

    private CertificateAuthority Authority() => CertificateAuthority.OpenOrCreate(_folder["authority.pem"], _time);
}
