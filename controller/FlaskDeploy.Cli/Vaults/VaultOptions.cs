using System.Collections.Immutable;
using System.CommandLine;
using FlaskDeploy.Cli.Commands;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Compiler.Vaults;

namespace FlaskDeploy.Cli.Vaults;

/// <param name="All">What opens.</param>
/// <param name="EncryptId"><c>--encrypt-vault-id</c>.</param>
internal sealed record VaultKeys(ImmutableArray<VaultPassword> All, string? EncryptId)
{
    /// <summary>The one that encrypts; null: it is not clear which, and the problem says so.</summary>
    public VaultPassword? ForEncrypting(out string problem)
    {
        problem = "";
        if (EncryptId is not null)
        {
            problem = $"no vault password was given with the id '{EncryptId}'";
            return All.FirstOrDefault(password => (password.Id ?? "default") == EncryptId);
        }
        if (All.Length > 1)
        {
            problem = $"{All.Length} vault passwords were given ({string.Join(", ", All.Select(password => password.Id ?? "default"))}); say which one encrypts with --encrypt-vault-id";
            return null;
        }
        return All[0];
    }
}

/// <summary>Where passwords come from, for every command about vaults.</summary>
internal sealed class VaultOptions(bool encrypts)
{
    private readonly Option<string[]> _ids = OptionKit.Texts("ID@SOURCE, or SOURCE, which is a file, a program or 'prompt'; again for more", "--vault-id");
    private readonly Option<string[]> _files = OptionKit.Texts("a file, or a program that prints it, with the password; again for more", "--vault-password-file", "--vault-pass-file");
    private readonly Option<bool> _asks = OptionKit.Flag("ask for the password", "--ask-vault-password", "--ask-vault-pass", "-J");
    private readonly Option<string?> _encryptId = OptionKit.Text("which of several passwords encrypts", "--encrypt-vault-id");

    public Command Act(Command command, Terminal terminal, Func<ParseResult, VaultKeys, int> action)
    {
        command.Options.Add(_ids);
        command.Options.Add(_files);
        command.Options.Add(_asks);
        command.Options.Add(_encryptId);
        // Not asynchronous: an editor on the same terminal takes its own interrupts.
        command.SetAction(parsed =>
        {
            if (Gather(parsed.GetValue(_ids) ?? [], parsed.GetValue(_files) ?? [], parsed.GetValue(_asks), encrypts, fromEnvironment: true, terminal) is not { } passwords)
            {
                return ExitStatus.Error;
            }
            try
            {
                return action(parsed, new VaultKeys(passwords, parsed.GetValue(_encryptId)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                terminal.Error(e.Message);
                return ExitStatus.Error;
            }
        });
        return command;
    }

    /// <summary>At least one, asked for where none was named. Null: it is not to be had, which is said.</summary>
    /// <param name="confirms">Typed twice: with a mistyped password nobody opens it again.</param>
    public static ImmutableArray<VaultPassword>? Gather(string[] ids, string[] files, bool asks, bool confirms, bool fromEnvironment, Terminal terminal)
    {
        var options = new PushOptions { Playbook = "", VaultIds = [.. ids], VaultPasswordFiles = [.. files], AskVaultPassword = asks };
        var gathered = VaultPasswords.Gather(options, Ask, terminal, fromEnvironment);
        return gathered is { IsEmpty: true } ? VaultPasswords.Gather(options with { AskVaultPassword = true }, Ask, terminal, fromEnvironment) : gathered;

        string? Ask(string prompt, bool unseen)
        {
            if (!confirms)
            {
                return Asking.Ask(prompt, unseen);
            }
            var typed = Asking.Ask($"New {prompt}", unseen);
            if (string.IsNullOrEmpty(typed) || Asking.Ask($"Confirm new {prompt}", unseen) == typed)
            {
                return typed;
            }
            terminal.Error("the passwords are not the same");
            return null;
        }
    }
}
