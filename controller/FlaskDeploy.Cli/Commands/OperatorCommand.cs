using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Protocol;
using Google.Protobuf;

namespace FlaskDeploy.Cli.Commands;

internal static class OperatorCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "who it is for" };
        var days = new Option<int>("--days") { Description = "how long the certificate is good (365)", DefaultValueFactory = _ => 365 };
        var directory = OptionKit.Text("where to write it (./NAME)", "--out");
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var issue = new Command("issue", "Make an identity with which a person pushes from another machine") { name, days, directory, output };
        controller.AddTo(issue);
        issue.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, address) =>
        {
            var who = parsed.GetValue(name)!;
            if (who.Length is 0 or > 64 || !who.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@') || who.StartsWith('.'))
            {
                terminal.Error($"'{who}' cannot be an operator's name: use letters, digits, '-', '_', '.', '@', at most 64 of them");
                return ExitStatus.Error;
            }
            var where = parsed.GetValue(directory) ?? who;
            if (Directory.Exists(where) || File.Exists(where))
            {
                terminal.Error($"{where} exists already; nothing was made", "name another place with --out DIR");
                return ExitStatus.Error;
            }
            try
            {
                await IssueAsync(who, Math.Max(1, parsed.GetValue(days)), where, gateway, cancel);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                terminal.Error($"cannot write {where}: {e.Message}");
                return ExitStatus.Error;
            }
            if (parsed.GetValue(output) == "json")
            {
                terminal.Write(JsonSerializer.Serialize(new IdentityDocument(who, Path.GetFullPath(where), Math.Max(1, parsed.GetValue(days))), FleetJson.Default.IdentityDocument));
                return ExitStatus.Fine;
            }
            terminal.Write($"{where}: cert.pem, key.pem, ca.pem and operator.key, for {who}. Hand the directory over safely; then there:");
            terminal.Write($"  flaskdeploy push ... --controller {address.Controller ?? "HOST:7443"} --identity {where}");
            terminal.Remark("A host obeys the signing keys that its enrolment token named: its own, where this person makes the token, and those that 'flaskdeploy token create --operator-key FILE' names.");
            return ExitStatus.Fine;
        }));
        return new Command("operator", "People who may push") { issue };
    }

    private static async Task IssueAsync(string who, int days, string where, OperatorsGateway gateway, CancellationToken cancel)
    {
        using var tls = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={who}"), tls, HashAlgorithmName.SHA256).CreateSigningRequest();
        var answer = await gateway.Client.IssueOperatorCertificateAsync(
            new V1.IssueOperatorCertificateRequest { Name = who, CertificateRequest = ByteString.CopyFrom(request), Days = (uint)days },
            cancellationToken: cancel);
        using var signing = SigningKey.Create();
        await gateway.Client.TrustOperatorKeyAsync(
            new V1.TrustOperatorKeyRequest { Key = ByteString.CopyFrom(signing.Public.SubjectPublicKeyInfo.Span), Name = who },
            cancellationToken: cancel);
        Directory.CreateDirectory(where, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await WriteAsync("cert.pem", PemEncoding.WriteString("CERTIFICATE", answer.Certificate.Span));
        await WriteAsync("ca.pem", PemEncoding.WriteString("CERTIFICATE", answer.Authority.Span));
        await WriteAsync("key.pem", tls.ExportPkcs8PrivateKeyPem());
        signing.Save(Path.Combine(where, "operator.key"));

        async Task WriteAsync(string file, string pem)
        {
            await using var stream = new FileStream(
                Path.Combine(where, file),
                new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            await using var writer = new StreamWriter(stream);
            await writer.WriteAsync(pem + "\n");
        }
    }
}
