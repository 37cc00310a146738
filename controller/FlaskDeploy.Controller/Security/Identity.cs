using System.Diagnostics;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Controller.Security;

internal enum Role
{
    /// <summary>Nobody in particular: no certificate.</summary>
    Anonymous,
    Host,
    Operator,
}

/// <summary>Who a certificate names: <c>flaskdeploy://host/web1</c> or <c>flaskdeploy://operator/ann</c>.</summary>
internal sealed partial record Identity(Role Role, string Name)
{
    private const string AlternativeNames = "2.5.29.17";
    private const int UniformResourceIdentifier = 6;

    public static Identity OfHost(string name) => new(Role.Host, name);

    public static Identity OfOperator(string name) => new(Role.Operator, name);

    /// <summary>Letters of either case, digits, '.', '-' and '_', at most 253: what a host may call itself.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    public Uri ToUri() => new($"flaskdeploy://{Word}/{Name}");

    private string Word => Role switch
    {
        Role.Host => "host",
        Role.Operator => "operator",
        _ => throw new UnreachableException(),
    };

    /// <summary>Null: the certificate names nobody that we know how to name, or more than one.</summary>
    public static Identity? Of(X509Certificate2 certificate)
    {
        if (certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == AlternativeNames) is not { } names)
        {
            return null;
        }
        try
        {
            var found = new List<string>();
            var sequence = new AsnReader(names.RawData, AsnEncodingRules.DER).ReadSequence();
            while (sequence.HasData)
            {
                var tag = sequence.PeekTag();
                if (tag is { TagClass: TagClass.ContextSpecific, TagValue: UniformResourceIdentifier })
                {
                    found.Add(sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                }
                else
                {
                    sequence.ReadEncodedValue();
                }
            }
            return found is [var only] ? Parse(only) : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static Identity? Parse(string uri)
    {
        foreach (var role in new[] { Role.Host, Role.Operator })
        {
            var prefix = new Identity(role, "").ToUri().OriginalString;
            if (uri.StartsWith(prefix, StringComparison.Ordinal) && IsName(uri[prefix.Length..]))
            {
                return new Identity(role, uri[prefix.Length..]);
            }
        }
        return null;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\z")]
    private static partial Regex NamePattern();
}

/// <summary>A request for a certificate, checked: its own signature holds and its key is ECDSA P-256.</summary>
internal static class SigningRequest
{
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <returns>The key and its SubjectPublicKeyInfo, or what is wrong.</returns>
    public static (PublicKey? Key, byte[] Info, string? Problem) Read(ReadOnlySpan<byte> der)
    {
        try
        {
            // Verifies the signature; extensions that the request asks for are ignored: we say what a certificate carries.
            var request = CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, out var consumed);
            if (consumed != der.Length)
            {
                return (null, [], "there are bytes after the request for a certificate");
            }
            using var key = request.PublicKey.GetECDsaPublicKey();
            if (key is null || key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != P256)
            {
                return (null, [], "the key of a request for a certificate must be ECDSA P-256");
            }
            return (request.PublicKey, key.ExportSubjectPublicKeyInfo(), null);
        }
        catch (CryptographicException problem)
        {
            return (null, [], $"the request for a certificate is not a PKCS#10 request with a good signature ({problem.Message})");
        }
    }

    /// <summary>Whether the bytes are an ECDSA P-256 key as SubjectPublicKeyInfo, and nothing after it.</summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> info)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(info, out var consumed);
            return consumed == info.Length && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256;
        }
        // Of a point that is not on the curve .NET says that the platform lacks it.
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
