using System.CommandLine;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Commands;

internal static class PushCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var playbook = new PlaybookOptions(forPush: true);
        var controller = new ControllerOptions();
        var command = new Command("push", "Make a playbook the state of its hosts, and follow it there");
        playbook.AddTo(command);
        controller.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var options = playbook.Read(parsed);
            foreach (var remark in options.Remarks)
            {
                terminal.Remark($"flaskdeploy: {remark}");
            }
            if (Compiling.Compile(options, new OperatorMachine(), forLocalApply: false, terminal) is not { } compiled)
            {
                return ExitStatus.Error;
            }
            if (options.Listing != Listing.None)
            {
                foreach (var line in Listings.Print(compiled.Compilation, options))
                {
                    terminal.Write(line);
                }
                return ExitStatus.Fine;
            }
            return await controller.WithControllerAsync(parsed, terminal, (gateway, address) => PushAsync(compiled, options, gateway, address, terminal, time, cancel));
        });
        return command;
    }

    private static async Task<int> PushAsync(Compiled compiled, PushOptions options, OperatorsGateway gateway, ControllerAddress address, Terminal terminal, TimeProvider time, CancellationToken cancel)
    {
        using var key = await OperatorKeys.OpenAsync(options.Key, gateway, address, terminal, cancel);
        if (key is null)
        {
            return ExitStatus.Error;
        }
        try
        {
            var known = new HostKeys(key, OperatorKeyFile.PathOf(options.Key, address.Controller is null ? null : address.Identity) + ".hosts");
            return await new PushFlow(gateway, new RolloutSender(gateway, key, terminal, time), key, known, terminal).RunAsync(compiled, options, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file of the playbook that is gone or changed since it was compiled, or the list of accepted keys.
            terminal.Error(e.Message);
            return ExitStatus.Error;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            terminal.Error("interrupted; what was accepted goes on on the hosts", "'flaskdeploy status' tells how it went");
            return ExitStatus.Error;
        }
    }
}

internal static class OperatorKeys
{
    /// <summary>The signing key, made known to the controller when it is new. Null with the reason printed where there is none.</summary>
    public static async Task<SigningKey?> OpenAsync(string? named, OperatorsGateway gateway, ControllerAddress address, Terminal terminal, CancellationToken cancel)
    {
        var key = OperatorKeyFile.Open(named, address.Controller is null ? null : address.Identity, out var made);
        if (!key.IsGood)
        {
            terminal.Error(key.Problem);
            return null;
        }
        if (made)
        {
            terminal.Remark($"flaskdeploy: made this machine's signing key, {OperatorKeyFile.OfRoot}; only hosts that enrol with a token made from now on obey it");
            var request = new V1.TrustOperatorKeyRequest { Key = Google.Protobuf.ByteString.CopyFrom(key.Value.Public.SubjectPublicKeyInfo.Span), Name = $"root@{Environment.MachineName}" };
            await gateway.Client.TrustOperatorKeyAsync(request, cancellationToken: cancel);
        }
        return key.Value;
    }
}
