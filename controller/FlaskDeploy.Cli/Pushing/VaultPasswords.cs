using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Compiler.Vaults;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>
/// Where the passwords of vaults come from: asked for, out of files, or out of programs that print them. Source:
/// https://docs.ansible.com/ansible/latest/vault_guide/vault_managing_passwords.html
/// </summary>
internal static class VaultPasswords
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>Null: one of them is not to be had, which is said.</summary>
    /// <param name="fromEnvironment">ANSIBLE_VAULT_IDENTITY_LIST and ANSIBLE_VAULT_PASSWORD_FILE are asked too.</param>
    public static ImmutableArray<VaultPassword>? Gather(PushOptions options, Func<string, bool, string?> ask, Terminal terminal, bool fromEnvironment = true)
    {
        var sources = options.VaultIds.Select(Split).ToList();
        var listed = (Environment.GetEnvironmentVariable("ANSIBLE_VAULT_IDENTITY_LIST") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Split);
        var file = Environment.GetEnvironmentVariable("ANSIBLE_VAULT_PASSWORD_FILE");
        var result = ImmutableArray.CreateBuilder<VaultPassword>();
        IEnumerable<(string? Id, string Source)> files = options.VaultPasswordFiles.Select(name => ((string?)null, name));
        IEnumerable<(string? Id, string Source)> named = [.. sources, .. files];
        IEnumerable<(string? Id, string Source)> all = fromEnvironment ? [.. named, .. listed, .. string.IsNullOrEmpty(file) ? [] : new[] { ((string?)null, file) }] : named;
        foreach (var (id, source) in options.AskVaultPassword ? [.. all, (null, "prompt")] : all)
        {
            var (password, problem) = source is "prompt" or "prompt_ask_vault_pass" ? (ask($"Vault password{(id is null ? "" : $" ({id})")}", true), "nobody can be asked for the vault's password") : Read(source, id);
            if (string.IsNullOrEmpty(password))
            {
                terminal.Error(problem ?? "the vault's password is empty");
                return null;
            }
            result.Add(new VaultPassword(id, password));
        }
        return result.ToImmutable();
    }

    // ID@SOURCE; without an id it is a source.
    private static (string? Id, string Source) Split(string text) => text.IndexOf('@') is > 0 and var at ? (text[..at], text[(at + 1)..]) : (null, text.TrimStart('@'));

    private static (string? Password, string? Problem) Read(string path, string? id)
    {
        try
        {
            if (path.StartsWith("~/", StringComparison.Ordinal))
            {
                path = (Environment.GetEnvironmentVariable("HOME") ?? "") + path[1..];
            }
            var isProgram = !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;
            return (isProgram ? Run(Path.GetFullPath(path), id) : File.ReadAllText(path).Trim(), $"the vault password file {path} is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return (null, $"the vault password file {path} cannot be read: {e.Message}");
        }
    }

    private static string Run(string path, string? id)
    {
        // As Ansible has it: a program whose name ends in -client is told which id is wanted.
        var isClient = Path.GetFileNameWithoutExtension(path).EndsWith("-client", StringComparison.Ordinal) && id is not null;
        using var process = Process.Start(new ProcessStartInfo(path, isClient ? ["--vault-id", id!] : []) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Longest) || process.ExitCode != 0)
        {
            throw new IOException(process.HasExited ? $"it ended with status {process.ExitCode}" : "it does not come to an end");
        }
        return output.GetAwaiter().GetResult().Trim();
    }
}
