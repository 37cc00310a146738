using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Agent.State;

/// <summary>Who this host is and whom it trusts, fixed at enrolment: its key and certificate, the CA, the operators' keys.</summary>
internal sealed record AgentIdentity(string Host, string Controller, X509Certificate2 Certificate, X509Certificate2 Authority, ImmutableArray<OperatorKey> Operators)
{
    private const string CertificateFile = "host.pem";
    private const string AuthorityFile = "authority.pem";
    private const string OperatorsFile = "operators.pem";
    private const string EnrolmentFile = "enrolment";

    /// <summary>Null: this host is not enrolled.</summary>
    /// <exception cref="CryptographicException">A file is there and cannot be read as what it should be.</exception>
    public static AgentIdentity? Load(string directory)
    {
        if (DurableFile.TryRead(Path.Combine(directory, EnrolmentFile)) is not { } enrolment)
        {
            return null;
        }
        // The enrolment file is written last: where it is, the others are whole.
        var lines = Encoding.UTF8.GetString(enrolment).Split('\n');
        var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(directory, CertificateFile));
        var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, AuthorityFile));
        var operators = ReadOperators(File.ReadAllText(Path.Combine(directory, OperatorsFile)));
        return new AgentIdentity(lines[0], lines[1], certificate, authority, operators);
    }

    public static void Save(string directory, string host, string controller, X509Certificate2 certificate, ECDsa key, X509Certificate2 authority, IEnumerable<OperatorKey> operators)
    {
        DurableFile.MakeDirectory(directory);
        Write(CertificateFile, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        Write(AuthorityFile, $"{authority.ExportCertificatePem()}\n");
        Write(OperatorsFile, string.Concat(operators.Select(pinned => $"{PemEncoding.WriteString("PUBLIC KEY", pinned.SubjectPublicKeyInfo.Span)}\n")));
        Write(EnrolmentFile, $"{host}\n{controller}\n");

        void Write(string name, string text) => DurableFile.Write(Path.Combine(directory, name), Encoding.UTF8.GetBytes(text));
    }

    private static ImmutableArray<OperatorKey> ReadOperators(string pem)
    {
        var keys = ImmutableArray.CreateBuilder<OperatorKey>();
        for (var rest = pem.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            if (OperatorKey.Parse(Convert.FromBase64String(rest[fields.Base64Data].ToString())).Value is { } key)
            {
                keys.Add(key);
            }
        }
        return keys.ToImmutable();
    }
}
