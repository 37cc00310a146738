using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Controller.Security;
using FlaskDeploy.Controller.Store;
using FlaskDeploy.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Controller.Services;

/// <summary>A token for a certificate: the one service that strangers reach.</summary>
internal sealed class EnrolmentService(TrustStore trust, CertificateAuthority authority, ILogger<EnrolmentService> logger) : Enrolment.EnrolmentBase
{
    private const int LongestSealingKey = 2048;
    private const int LongestVoucher = 256;

    public override async Task<EnrolResponse> Enrol(EnrolRequest request, ServerCallContext context)
    {
        // A host's own idea of its name may be in capitals; identities are compared as bytes, so there is one spelling.
        var host = request.Host.ToLowerInvariant();
        if (!Identity.IsName(host))
        {
            throw Calls.Invalid("a host's name has letters, digits, '.', '-' and '_', at most 253 of them, and begins and ends with a letter or digit");
        }
        var (key, info, problem) = SigningRequest.Read(request.CertificateRequest.Span);
        if (key is null)
        {
            throw Calls.Invalid(problem!);
        }
        if (request.SealingKey.Length > LongestSealingKey || !request.SealingKey.IsEmpty && !SigningRequest.IsPublicKey(request.SealingKey.Span))
        {
            throw Calls.Invalid("the sealing key must be an ECDSA P-256 key as SubjectPublicKeyInfo");
        }
        if (request.Voucher.Length > LongestVoucher)
        {
            throw Calls.Invalid($"a voucher has at most {LongestVoucher} bytes");
        }
        var applicant = new Applicant(Tokens.Hash(request.Secret), info, host, request.SealingKey.ToByteArray(), [.. request.Addresses], request.Version) { Voucher = request.Voucher.ToByteArray() };
        var outcome = await trust.EnrolAsync(applicant, name => Issue(key, name), context.CancellationToken);
        switch (outcome)
        {
            case EnrolmentOutcome.Enrolled enrolled:
                Log.Enrolled(logger, enrolled.Host, context.Peer, enrolled.Again);
                return new EnrolResponse
                {
                    Host = enrolled.Host,
                    Certificate = ByteString.CopyFrom(enrolled.Certificate),
                    Authority = ByteString.CopyFrom(authority.Der),
                    OperatorKeys = { enrolled.OperatorKeys.Select(operatorKey => ByteString.CopyFrom(operatorKey)) },
                };
            case EnrolmentOutcome.BadToken bad:
                Log.EnrolmentRefused(logger, host, context.Peer, bad.Reason);
                throw new RpcException(new Status(StatusCode.Unauthenticated, bad.Reason));
            case EnrolmentOutcome.NameTaken:
                Log.EnrolmentRefused(logger, host, context.Peer, "the name is taken by another key");
                throw new RpcException(new Status(StatusCode.AlreadyExists, $"another host holds the name {host}; enrol under another name, or remove that host first if it is this machine reinstalled"));
            default:
                throw new UnreachableException();
        }
    }

    private IssuedCertificate Issue(System.Security.Cryptography.X509Certificates.PublicKey key, string host)
    {
        using var certificate = authority.IssueForHost(key, host);
        return new IssuedCertificate(certificate.RawData, certificate.SerialNumber, new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero));
    }
}

/// <summary>Secrets of tokens: 256 random bits in base64url. The controller keeps only their hash.</summary>
internal static class Tokens
{
    private const int SecretLength = 32;

    public static string NewSecret() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretLength));

    /// <summary>Plain SHA-256: what is hashed has 256 bits, so there is nothing to stretch.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}

internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Information, "{Host} enrolled from {Peer} (again: {Again})")]
    public static partial void Enrolled(ILogger logger, string host, string peer, bool again);

    [LoggerMessage(3002, LogLevel.Warning, "enrolment of {Host} from {Peer} refused: {Reason}")]
    public static partial void EnrolmentRefused(ILogger logger, string host, string peer, string reason);
}
