using System.CommandLine;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Local;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Compiler.Files;

namespace FlaskDeploy.Cli.Commands;

internal static class ApplyCommand
{
    public static Command Create(Terminal terminal)
    {
        var playbook = new PlaybookOptions(forPush: false);
        var agent = OptionKit.Text("the agent's binary", "--agent");
        var command = new Command("apply", "Apply a playbook on this machine, with no controller");
        playbook.AddTo(command);
        command.Options.Add(agent);
        command.SetAction(async (parsed, cancel) =>
        {
            var options = playbook.Read(parsed);
            foreach (var remark in options.Remarks)
            {
                terminal.Remark($"flaskdeploy: {remark}");
            }
            if (Compiling.Compile(options, new OperatorMachine(), forLocalApply: true, terminal) is not { } compiled)
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
            return await new LocalApply(AgentProgram.Find(parsed.GetValue(agent)), terminal).RunAsync(compiled, options, cancel);
        });
        return command;
    }
}
