using System.CommandLine;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Vaults;

namespace FlaskDeploy.Cli.Commands;

/// <summary>
/// What <c>ansible-vault</c> does, with its options: what either makes the other opens. Source:
/// https://docs.ansible.com/ansible/latest/cli/ansible-vault.html
/// </summary>
internal static class VaultCommand
{
    public static Command Create(Terminal terminal) => new("vault", "Encrypt and decrypt files and values, as ansible-vault does")
    {
        Encrypt(terminal), Decrypt(terminal), View(terminal), Make(terminal), Edit(terminal), Rekey(terminal), EncryptString(terminal),
    };

    private static Command Encrypt(Terminal terminal)
    {
        var (options, files, output) = (new VaultOptions(encrypts: true), Files(), Output());
        var command = new Command("encrypt", "Encrypt files, or the input") { files, output };
        return options.Act(command, terminal, (parsed, keys) =>
            new VaultFiles(keys, terminal).Encrypt(parsed.GetValue(files) ?? [], parsed.GetValue(output)));
    }

    private static Command Decrypt(Terminal terminal)
    {
        var (options, files, output) = (new VaultOptions(encrypts: false), Files(), Output());
        var command = new Command("decrypt", "Decrypt files, or the input") { files, output };
        return options.Act(command, terminal, (parsed, keys) =>
            new VaultFiles(keys, terminal).Decrypt(parsed.GetValue(files) ?? [], parsed.GetValue(output)));
    }

    private static Command View(Terminal terminal)
    {
        var (options, files) = (new VaultOptions(encrypts: false), Files(ArgumentArity.OneOrMore));
        var command = new Command("view", "Print what files hold, and leave them as they are") { files };
        return options.Act(command, terminal, (parsed, keys) => new VaultFiles(keys, terminal).View(parsed.GetValue(files)!));
    }

    private static Command Make(Terminal terminal)
    {
        var (options, file) = (new VaultOptions(encrypts: true), new Argument<string>("file") { Description = "the file to make" });
        var command = new Command("create", "Write a new file in the editor, and encrypt it") { file };
        return options.Act(command, terminal, (parsed, keys) => new VaultEditing(keys, terminal).Create(parsed.GetValue(file)!));
    }

    private static Command Edit(Terminal terminal)
    {
        var (options, files) = (new VaultOptions(encrypts: false), Files(ArgumentArity.OneOrMore));
        var command = new Command("edit", "Change files in the editor ($EDITOR, or vi)") { files };
        return options.Act(command, terminal, (parsed, keys) => new VaultEditing(keys, terminal).Edit(parsed.GetValue(files)!));
    }

    private static Command Rekey(Terminal terminal)
    {
        var (options, files) = (new VaultOptions(encrypts: false), Files(ArgumentArity.OneOrMore));
        var id = OptionKit.Text("the new password: ID@SOURCE, or SOURCE, which is a file, a program or 'prompt'", "--new-vault-id");
        var file = OptionKit.Text("a file, or a program that prints it, with the new password", "--new-vault-password-file");
        var command = new Command("rekey", "Encrypt files with another password") { files, id, file };
        return options.Act(command, terminal, (parsed, keys) =>
        {
            var fresh = VaultOptions.Gather(parsed.GetValue(id) is { } named ? [named] : [], parsed.GetValue(file) is { } path ? [path] : [], asks: false, confirms: true, fromEnvironment: false, terminal);
            return fresh is null ? ExitStatus.Error : new VaultFiles(keys, terminal).Rekey(parsed.GetValue(files)!, fresh.Value[0]);
        });
    }

    private static Command EncryptString(Terminal terminal)
    {
        var options = new VaultOptions(encrypts: true);
        var texts = new Argument<string[]>("text") { Description = "what to encrypt; '-' is the input", Arity = ArgumentArity.ZeroOrMore };
        var names = OptionKit.Texts("the variable's name; again for the next text", "--name", "-n");
        var stdinName = OptionKit.Text("the name of what is read from the input", "--stdin-name");
        var prompt = OptionKit.Flag("ask for the text", "--prompt", "-p");
        var shows = OptionKit.Flag("echo what is typed at --prompt", "--show-input");
        var output = Output();
        var command = new Command("encrypt_string", "Encrypt texts as !vault values for a file of variables") { texts, names, stdinName, prompt, shows, output };
        return options.Act(command, terminal, (parsed, keys) => new VaultTexts(keys, terminal).Encrypt(
            parsed.GetValue(texts) ?? [], parsed.GetValue(names) ?? [], parsed.GetValue(stdinName), parsed.GetValue(prompt) ? !parsed.GetValue(shows) : null, parsed.GetValue(output)));
    }

    private static Argument<string[]> Files(ArgumentArity? arity = null) => new("file") { Description = "files; '-' is the input", Arity = arity ?? ArgumentArity.ZeroOrMore };

    private static Option<string?> Output() => OptionKit.Text("where to write it; '-' is the output", "--output");
}
