using System.Text;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;

namespace FlaskDeploy.Cli.Vaults;

/// <summary>Single values as <c>!vault</c> in YAML.</summary>
internal sealed class VaultTexts(VaultKeys keys, Terminal terminal)
{
    // As ansible-vault indents them: deep enough for any place of a file.
    private const int Indent = 10;

    /// <param name="unseen">Null: nothing is asked for.</param>
    public int Encrypt(string[] texts, string[] names, string? stdinName, bool? unseen, string? output)
    {
        if (keys.ForEncrypting(out var problem) is not { } password)
        {
            return Fail(problem);
        }
        List<(string? Name, string Text)> plain = [];
        if (unseen is { } hidden)
        {
            plain.Add((names.FirstOrDefault(), Asking.Ask("String to encrypt", hidden) ?? ""));
        }
        var given = texts.Where(text => text != "-").ToList();
        plain.AddRange(given.Select((text, index) => (unseen is null ? names.ElementAtOrDefault(index) : null, text)));
        if (texts.Contains("-") || plain.Count == 0)
        {
            plain.Add((stdinName, Console.In.ReadToEnd()));
        }
        if (plain.Any(text => text.Text.Length == 0))
        {
            return Fail("there is nothing to encrypt: a text is empty");
        }
        if (names.Length > plain.Count)
        {
            return Fail($"{names.Length} names were given for {plain.Count} texts");
        }
        var result = new StringBuilder();
        foreach (var (name, text) in plain)
        {
            result.Append(name is null ? "" : $"{name}: ").Append("!vault |\n");
            foreach (var line in Encoding.ASCII.GetString(VaultFiles.Sealed(Encoding.UTF8.GetBytes(text), password)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                result.Append(' ', Indent).Append(line).Append('\n');
            }
        }
        if (output is null or "-")
        {
            terminal.Write(result.ToString().TrimEnd('\n'));
        }
        else
        {
            CarefulFile.Replace(output, Encoding.ASCII.GetBytes(result.ToString()));
        }
        return ExitStatus.Fine;
    }

    private int Fail(string problem)
    {
        terminal.Error(problem);
        return ExitStatus.Error;
    }
}
