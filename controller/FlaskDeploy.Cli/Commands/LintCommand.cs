using System.CommandLine;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Linting;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Linting;

namespace FlaskDeploy.Cli.Commands;

/// <summary>Exit status: 0 nothing wrong, 1 the question itself was wrong, 2 errors; with --strict also warnings.</summary>
internal static class LintCommand
{
    public static Command Create(Terminal terminal)
    {
        var paths = new Argument<string[]>("path") { Description = "playbooks, roles, files of tasks, or directories with them; the current directory without one", Arity = ArgumentArity.ZeroOrMore };
        var inventory = OptionKit.Texts("an inventory: names that nothing defines are then errors", "--inventory", "-i", "--inventory-file");
        var extraVars = OptionKit.Texts("variables: k=v, JSON, YAML or @file", "--extra-vars", "-e");
        var rolesPath = OptionKit.Texts("where roles are looked for besides roles/", "--roles-path");
        var format = OptionKit.OneOf("text, json or sarif", "--format", ["text", "json", "sarif"], "-f");
        var only = OptionKit.Texts("only these rules, by code or name", "--rule", "-r");
        var skip = OptionKit.Texts("all rules but these, by code or name", "--skip", "-x");
        var configuration = OptionKit.Text("a configuration of ansible-lint, instead of the one that lies above each file; /dev/null: none", "--config-file", "-c");
        var strict = OptionKit.Flag("warnings count as errors do", "--strict");
        var quiet = OptionKit.Flag("leave out advice", "--quiet", "-q");
        var passwordFiles = OptionKit.Texts("a file with the password of vaults, or a program that prints it: what they hold is looked at too", "--vault-password-file", "--vault-pass-file");
        var vaultIds = OptionKit.Texts("ID@FILE: the password of vaults with that id", "--vault-id");
        var rules = OptionKit.Flag("list the rules", "--list-rules", "-L");
        var command = new Command("lint", "What is wrong, or probably not meant, in playbooks and roles; needs no controller and no host. Status 0: nothing wrong, 1: a path or rule is unknown, 2: errors (with --strict: warnings)")
        {
            paths, inventory, extraVars, rolesPath, format, only, skip, configuration, strict, quiet, rules, passwordFiles, vaultIds,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(rules))
            {
                foreach (var line in LintText.Rules(terminal.Style))
                {
                    terminal.Write(line);
                }
                return ExitStatus.Fine;
            }
            var vaults = new PushOptions { Playbook = "", VaultPasswordFiles = [.. parsed.GetValue(passwordFiles) ?? []], VaultIds = [.. parsed.GetValue(vaultIds) ?? []] };
            if (VaultPasswords.Gather(vaults, static (_, _) => null, terminal, fromEnvironment: false) is not { } passwords)
            {
                return ExitStatus.Error;
            }
            var request = new LintRequest
            {
                VaultPasswords = passwords,
                Paths = [.. parsed.GetValue(paths) is { Length: > 0 } given ? given : ["."]],
                Inventories = [.. parsed.GetValue(inventory) ?? []],
                ExtraVars = [.. parsed.GetValue(extraVars) ?? []],
                RolesPath = [.. parsed.GetValue(rolesPath) ?? []],
                Only = Words(parsed.GetValue(only)),
                Skip = Words(parsed.GetValue(skip)),
                Configuration = parsed.GetValue(configuration),
            };
            if (request.Only.Concat(request.Skip).FirstOrDefault(word => !Linter.Knows(word)) is { } unknown)
            {
                terminal.Error($"there is no rule '{unknown}'", "'flaskdeploy lint --list-rules' lists them");
                return ExitStatus.Error;
            }
            var result = new Linter(new OperatorMachine()).Lint(request);
            if (parsed.GetValue(quiet))
            {
                result = result with { Findings = [.. result.Findings.Where(finding => finding.Severity != LintSeverity.Info)] };
            }
            Print(terminal, result, parsed.GetValue(format) ?? "text");
            foreach (var problem in result.Problems)
            {
                terminal.Error(problem);
            }
            return result.Problems.Length > 0 ? ExitStatus.Error : Status(result, parsed.GetValue(strict));
        });
        return command;
    }

    internal static int Status(LintResult result, bool strict) =>
        result.Count(LintSeverity.Error) > 0 || strict && result.Count(LintSeverity.Warning) > 0 ? ExitStatus.HostFailed : ExitStatus.Fine;

    private static void Print(Terminal terminal, LintResult result, string format)
    {
        switch (format)
        {
            case "json":
                terminal.Write(LintJson.Print(result));
                break;
            case "sarif":
                terminal.Write(LintSarif.Print(result));
                break;
            default:
                foreach (var line in LintText.Lines(result, terminal.Style))
                {
                    terminal.Write(line);
                }
                break;
        }
    }

    private static System.Collections.Immutable.ImmutableArray<string> Words(string[]? texts) =>
        [.. (texts ?? []).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
}
