using System.CommandLine;
using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;

namespace FlaskDeploy.Cli.Commands;

internal static class RunsCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var host = new Argument<string?>("host") { Description = "only of this host", Arity = ArgumentArity.ZeroOrOne };
        var deployment = OptionKit.Text("only of this deployment", "--deployment");
        var changed = OptionKit.Flag("leave out reconvergences that found nothing", "--changed");
        var corrections = OptionKit.Flag("only those that corrected drift", "--corrections");
        var limit = new Option<int>("--limit", "-n") { Description = "how many (50)", DefaultValueFactory = _ => 50 };
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var command = new Command("runs", "Runs, the newest first") { host, deployment, changed, corrections, limit, output };
        controller.AddTo(command);
        command.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, _) =>
        {
            var runs = await new FleetGateway(gateway.Client).RunsAsync(
                parsed.GetValue(host) ?? "", parsed.GetValue(deployment) ?? "", run: "", Math.Max(1, parsed.GetValue(limit)), parsed.GetValue(corrections) ? RunsWanted.Corrections : parsed.GetValue(changed) ? RunsWanted.Changed : RunsWanted.All, cancel);
            if (parsed.GetValue(output) == "json")
            {
                terminal.Write(JsonSerializer.Serialize(runs, FleetJson.Default.ImmutableArrayFleetRun));
                return ExitStatus.Fine;
            }
            foreach (var line in FleetText.Runs(runs, time.GetUtcNow(), terminal.Style))
            {
                terminal.Write(line);
            }
            return ExitStatus.Fine;
        }));
        return command;
    }
}
