using System.CommandLine;
using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;

namespace FlaskDeploy.Cli.Commands;

internal static class StatusCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var only = new Argument<string?>("deployment-or-host") { Description = "only this deployment or host", Arity = ArgumentArity.ZeroOrOne };
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var command = new Command("status", "How each deployment stands on each host") { only, output };
        controller.AddTo(command);
        command.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, _) =>
        {
            var fleet = Only(await new FleetGateway(gateway.Client).StatusAsync(cancel), parsed.GetValue(only));
            if (fleet is null)
            {
                terminal.Error($"there is no deployment and no host called '{parsed.GetValue(only)}'", "'flaskdeploy status' lists both");
                return ExitStatus.Error;
            }
            if (parsed.GetValue(output) == "json")
            {
                terminal.Write(JsonSerializer.Serialize(fleet, FleetJson.Default.FleetStatus));
                return ExitStatus.Fine;
            }
            foreach (var line in FleetText.Status(fleet, time.GetUtcNow(), terminal.Style))
            {
                terminal.Write(line);
            }
            return ExitStatus.Fine;
        }));
        return command;
    }

    private static FleetStatus? Only(FleetStatus fleet, string? name)
    {
        if (name is null)
        {
            return fleet;
        }
        if (fleet.Deployments.Where(deployment => deployment.Deployment == name).ToList() is { Count: > 0 } deployments)
        {
            return new(
                [.. deployments],
                [.. fleet.Hosts.Where(host => host.Deployments.Any(on => on.Deployment == name)).Select(host => host with { Deployments = [.. host.Deployments.Where(on => on.Deployment == name)] })]);
        }
        return fleet.Hosts.Where(host => host.Host == name || host.Addresses.Contains(name)).ToList() is { Count: > 0 } hosts
            ? new([.. fleet.Deployments.Where(deployment => hosts.Any(host => host.Deployments.Any(on => on.Deployment == deployment.Deployment)))], [.. hosts])
            : null;
    }
}
