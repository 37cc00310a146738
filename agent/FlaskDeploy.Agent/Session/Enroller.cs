using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;
using FlaskDeploy.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Agent.Session;

/// <summary>Turns a token into a certificate. The keys are made here and never leave; cut off, it can be tried again with the same token.</summary>
internal static class Enroller
{
    private const string PendingKeyFile = "pending-key.pem";

    /// <returns>Null: enrolled. Else what is wrong, with a remedy.</returns>
    public static async Task<string?> Enrol(string directory, string controller, string tokenText, string host, Uri? proxy, CancellationToken cancellation)
    {
        var token = EnrolmentToken.Parse(tokenText);
        if (!token.IsGood)
        {
            return $"the token cannot be used: {token.Problem}";
        }
        DurableFile.MakeDirectory(directory);
        using var key = KeyFrom(Path.Combine(directory, PendingKeyFile));
        using var sealing = SealingKeyFile.OpenOrMake(directory);
        X509Certificate2? authority = null;
        using var channel = ControllerChannel.OpenForEnrolment(controller, token.Value!.Authority, proxy, seen => authority = seen);
        EnrolResponse response;
        try
        {
            response = await new Enrolment.EnrolmentClient(channel).EnrolAsync(
                new EnrolRequest
                {
                    Secret = token.Value.Secret,
                    Host = host,
                    CertificateRequest = ByteString.CopyFrom(new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256).CreateSigningRequest()),
                    SealingKey = ByteString.CopyFrom(sealing.Public.Span),
                    Voucher = token.Value.Voucher == default ? ByteString.Empty : ByteString.CopyFrom(SealingVoucher.Make(token.Value.Voucher.ToBytes(), token.Value.Secret, host, sealing.Public.Span)),
                    Addresses = { Addresses() },
                    Version = AgentVersion.Text,
                },
                cancellationToken: cancellation);
        }
        catch (RpcException e)
        {
            return Explain(e, controller, authority is not null);
        }
        // The token's fingerprints decide whose orders are followed, not the controller's answer.
        var operators = response.OperatorKeys.Select(bytes => OperatorKey.Parse(bytes.Span)).Where(parsed => parsed.IsGood).Select(parsed => parsed.Value!)
            .Where(pinned => token.Value.Operators.Contains(pinned.Fingerprint)).ToList();
        if (operators.Count == 0)
        {
            return "the controller has none of the operators' keys that the token names; make a new token with 'flaskdeploy token create'";
        }
        if (authority is null || Digest.Of(response.Authority.Span) != token.Value.Authority)
        {
            return "the controller showed another CA than the token names; nothing was enrolled";
        }
        var certificate = X509CertificateLoader.LoadCertificate(response.Certificate.Span);
        AgentIdentity.Save(directory, response.Host, controller, certificate, key, authority, operators);
        File.Delete(Path.Combine(directory, PendingKeyFile));
        return null;
    }

    /// <summary>By which an inventory may name this host.</summary>
    public static IEnumerable<string> Addresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork || !address.IsIPv6LinkLocal)
            .Select(address => address.ToString())
            .Append(Dns.GetHostName())
            .Distinct(StringComparer.Ordinal);

    private static ECDsa KeyFrom(string path)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (DurableFile.TryRead(path) is { } pem)
        {
            key.ImportFromPem(System.Text.Encoding.ASCII.GetString(pem));
        }
        else
        {
            DurableFile.Write(path, System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        }
        return key;
    }

    private static string Explain(RpcException e, string controller, bool wasTrusted) => e.StatusCode switch
    {
        StatusCode.Unauthenticated => $"the controller refused the token: {e.Status.Detail}; make a new one with 'flaskdeploy token create'",
        StatusCode.AlreadyExists => $"{e.Status.Detail}; enrol under another name with --name, or forget the old host first, on the controller: flaskdeploy hosts remove NAME",
        StatusCode.Unavailable when !wasTrusted && e.ToString().Contains("RemoteCertificate", StringComparison.Ordinal) =>
            $"{controller} is not the controller that made this token: its certificate is of another CA; nothing was sent to it",
        StatusCode.Unavailable => $"cannot reach the controller at {controller}: {e.Status.Detail}; is it running, and is the port open?",
        _ => $"the controller answered {e.StatusCode}: {e.Status.Detail}",
    };
}
