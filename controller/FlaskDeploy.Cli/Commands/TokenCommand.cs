using System.Collections.Immutable;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;
using Google.Protobuf;

namespace FlaskDeploy.Cli.Commands;

internal static class TokenCommand
{
    public static Command Create(Terminal terminal)
    {
        var uses = new Option<int>("--uses") { Description = "how many hosts may enrol with it (1)", DefaultValueFactory = _ => 1 };
        var lifetime = OptionKit.Duration("how long it is good (24h)", "--lifetime");
        var note = OptionKit.Text("what it is for", "--note");
        var key = OptionKit.Text("the operator's signing key, which the hosts will obey", "--key");
        var also = OptionKit.Texts("public key of another operator (PEM) to be obeyed too; again for more", "--operator-key");
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var create = new Command("create", "Make a token that lets hosts enrol; it is alone on the last line") { uses, lifetime, note, key, also, output };
        controller.AddTo(create);
        create.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, address) =>
        {
            using var signing = await OperatorKeys.OpenAsync(parsed.GetValue(key), gateway, address, terminal, cancel);
            if (signing is null || Others(parsed.GetValue(also) ?? [], terminal) is not { } others)
            {
                return ExitStatus.Error;
            }
            ImmutableArray<OperatorKey> pinned = [.. others.Prepend(signing.Public).Distinct()];
            var life = parsed.GetValue(lifetime) ?? TimeSpan.FromDays(1);
            var described = await gateway.Client.DescribeAsync(new V1.DescribeRequest(), cancellationToken: cancel);
            var made = await gateway.Client.CreateTokenAsync(
                new V1.CreateTokenRequest
                {
                    LifetimeSeconds = (ulong)life.TotalSeconds,
                    Uses = (uint)Math.Max(1, parsed.GetValue(uses)),
                    Note = parsed.GetValue(note) ?? "",
                    OperatorKeys = { pinned.Select(operatorKey => ByteString.CopyFrom(operatorKey.SubjectPublicKeyInfo.Span)) },
                },
                cancellationToken: cancel);
            if (made.AuthorityFingerprint.Length != Digest.Length || !made.AuthorityFingerprint.Span.SequenceEqual(SHA256.HashData(described.Authority.Span)))
            {
                terminal.Error("the controller names two different CAs; it is not to be trusted with a token", "'journalctl -u flaskdeploy-controller' on its machine may have the reason");
                return ExitStatus.Error;
            }
            var token = new EnrolmentToken(made.Secret, Digest.FromBytes(made.AuthorityFingerprint.Span), [.. pinned.Select(operatorKey => operatorKey.Fingerprint)], described.Address.Length > 0 ? described.Address : null)
            {
                Voucher = Digest.FromBytes(SealingVoucher.KeyFor(signing, made.Secret)),
            };
            if (parsed.GetValue(output) == "json")
            {
                terminal.Write(JsonSerializer.Serialize(new TokenDocument(token.ToString(), made.ExpiresUnixMillis, Math.Max(1, parsed.GetValue(uses))), FleetJson.Default.TokenDocument));
                return ExitStatus.Fine;
            }
            terminal.Remark($"Good for {Math.Max(1, parsed.GetValue(uses))} host(s) within {Spans.Short(life)}. On the host, as root:");
            terminal.Remark($"  flaskdeploy-agent enroll --controller {Safe.Line(described.Address.Length > 0 ? described.Address : "HOST:7443")} --token TOKEN");
            terminal.Remark("  systemctl enable --now flaskdeploy-agent");
            terminal.Remark($"It carries the CA's fingerprint and obeys {pinned.Length} operator key(s). Whoever has it can enrol: treat it like a password.");
            terminal.Write(token.ToString());
            return ExitStatus.Fine;
        }));
        return new Command("token", "Tokens that let hosts enrol") { create };
    }

    private static ImmutableArray<OperatorKey>? Others(string[] files, Terminal terminal)
    {
        List<OperatorKey> keys = [];
        foreach (var file in files)
        {
            try
            {
                using var ecdsa = ECDsa.Create();
                ecdsa.ImportFromPem(File.ReadAllText(file));
                var key = OperatorKey.Parse(ecdsa.ExportSubjectPublicKeyInfo());
                if (!key.IsGood)
                {
                    terminal.Error($"{file}: {key.Problem}");
                    return null;
                }
                keys.Add(key.Value);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
            {
                terminal.Error($"cannot read the key in {file}: {e.Message}");
                return null;
            }
        }
        return [.. keys];
    }
}
