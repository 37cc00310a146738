using System.CommandLine;
using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;

namespace FlaskDeploy.Cli.Commands;

internal static class ExplainCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var host = new Argument<string>("host") { Description = "the host's name, or an address of it" };
        var task = new Argument<string?>("task") { Description = "part of a task's name, or its id: all of its evidence", Arity = ArgumentArity.ZeroOrOne };
        var deployment = OptionKit.Text("only of this deployment", "--deployment");
        var all = OptionKit.Flag("the evidence of every task", "--all", "-a");
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var command = new Command("explain", "Why a host is, or is not, as its playbooks say: its agent looks, and shows the evidence and what moved") { host, task, deployment, all, output };
        controller.AddTo(command);
        command.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, _) =>
        {
            var explanation = await new FleetGateway(gateway.Client).ExplainAsync(parsed.GetValue(host)!, parsed.GetValue(deployment) ?? "", parsed.GetValue(task) ?? "", cancel);
            if (parsed.GetValue(output) == "json")
            {
                terminal.Write(JsonSerializer.Serialize(explanation, FleetJson.Default.HostExplanation));
            }
            else
            {
                foreach (var line in ExplanationText.Lines(explanation, time.GetUtcNow(), terminal.Style, parsed.GetValue(all) || parsed.GetValue(task) is not null))
                {
                    terminal.Write(line);
                }
            }
            if (explanation.Deployments.Any(on => on.Tasks.Length > 0) || parsed.GetValue(task) is null)
            {
                return ExitStatus.Fine;
            }
            terminal.Error($"no task there has '{parsed.GetValue(task)}' in its name", $"'flaskdeploy explain {explanation.Host}' lists them");
            return ExitStatus.Error;
        }));
        return command;
    }
}
