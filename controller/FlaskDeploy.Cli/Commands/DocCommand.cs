using System.CommandLine;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Compiler.Reference;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Modules;

namespace FlaskDeploy.Cli.Commands;

internal static class DocCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string?>("name") { Description = "a module, keyword, filter, test, lookup, special variable or rule of lint; or keywords, filters, tests, lookups, variables, lint", Arity = ArgumentArity.ZeroOrOne };
        var list = OptionKit.Flag("list the modules", "--list", "-l");
        var markdown = OptionKit.Text("write all pages below this directory", "--markdown");
        var command = new Command("doc", "The reference of modules, keywords, filters, tests, lookups and rules") { name, list, markdown };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(markdown) is { } directory)
            {
                return Write(directory, terminal);
            }
            if (parsed.GetValue(name) is not { } asked)
            {
                var table = new Table("MODULE", "WHAT");
                foreach (var spec in ModuleCatalog.All.OrderBy(spec => spec.Name, StringComparer.Ordinal))
                {
                    table.Add(spec.Name, spec.Summary);
                }
                foreach (var line in table.Print(terminal.Style))
                {
                    terminal.Write(line);
                }
                return ExitStatus.Fine;
            }
            if (ReferencePages.Find(asked) is { } page)
            {
                terminal.Write(Wrapping.Of(page.TrimEnd('\n')));
                return ExitStatus.Fine;
            }
            terminal.Error($"there is no page for '{asked}'", Suggestion.For(asked, ReferencePages.Names)
                ?? (asked.StartsWith("ansible_", StringComparison.Ordinal) ? "a task with 'debug: var=ansible_facts' shows all facts of a host" : null) ?? "'flaskdeploy doc' lists the modules; keywords, filters, tests, lookups, variables and lint list the rest");
            return ExitStatus.Error;
        });
        return command;
    }

    private static int Write(string directory, Terminal terminal)
    {
        try
        {
            foreach (var (file, text) in ReferencePages.All)
            {
                var path = Path.Combine(directory, file);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, text);
            }
            terminal.Write($"{ReferencePages.All.Length} pages in {Safe.Line(directory)}");
            return ExitStatus.Fine;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            terminal.Error($"the pages cannot be written: {problem.Message}");
            return ExitStatus.Error;
        }
    }
}
