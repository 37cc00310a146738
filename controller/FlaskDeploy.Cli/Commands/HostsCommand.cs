using System.CommandLine;
using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;

namespace FlaskDeploy.Cli.Commands;

internal static class HostsCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var command = new Command("hosts", "The hosts that have enrolled") { output };
        controller.AddTo(command);
        command.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, _) =>
        {
            var hosts = await new FleetGateway(gateway.Client).HostsAsync(cancel);
            if (parsed.GetValue(output) == "json")
            {
                terminal.Write(JsonSerializer.Serialize(hosts, FleetJson.Default.ImmutableArrayFleetHost));
                return ExitStatus.Fine;
            }
            foreach (var line in FleetText.Hosts(hosts, time.GetUtcNow(), terminal.Style))
            {
                terminal.Write(line);
            }
            return ExitStatus.Fine;
        }));
        command.Subcommands.Add(Remove(terminal));
        return command;
    }

    private static Command Remove(Terminal terminal)
    {
        var host = new Argument<string>("host") { Description = "the host's name as 'flaskdeploy hosts' shows it" };
        var controller = new ControllerOptions();
        var output = OptionKit.Output();
        var command = new Command("remove", "Forget a host: its certificate is no longer accepted; what runs there is left alone") { host, output };
        controller.AddTo(command);
        command.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, _) =>
        {
            await gateway.Client.RemoveHostAsync(new V1.RemoveHostRequest { Host = parsed.GetValue(host) }, cancellationToken: cancel);
            if (parsed.GetValue(output) == "json")
            {
                terminal.Write(JsonSerializer.Serialize(new RemovedDocument(parsed.GetValue(host)!), FleetJson.Default.RemovedDocument));
                return ExitStatus.Fine;
            }
            terminal.Write($"{Safe.Line(parsed.GetValue(host)!)} is removed; its sites go on running, with nobody watching them once its agent is stopped");
            return ExitStatus.Fine;
        }));
        return command;
    }
}
