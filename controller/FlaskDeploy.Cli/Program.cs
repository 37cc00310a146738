using System.CommandLine;
using FlaskDeploy.Cli.Commands;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;

var terminal = Terminal.OfProcess();
var root = CommandLine.Create(terminal, TimeProvider.System);
var parsed = root.Parse(args, CommandLine.Parsing);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        terminal.Error(error.Message);
    }
    terminal.Remark($"  'flaskdeploy {string.Join(' ', CommandLine.PathOf(parsed).Append("--help"))}' shows what there is");
    return ExitStatus.Error;
}
// Ansible's status for an error of ours is 250; an exception that reaches this place is a bug and says so by itself.
return await parsed.InvokeAsync(CommandLine.Invocation);
