using System.CommandLine;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using Grpc.Core;

namespace FlaskDeploy.Cli.Commands;

internal static class LogsCommand
{
    public static Command Create(Terminal terminal)
    {
        var host = new Argument<string>("host") { Description = "the host's name as 'flaskdeploy hosts' shows it" };
        var follow = OptionKit.Flag("go on with what comes", "--follow", "-f");
        var run = OptionKit.Text("only of this run", "--run");
        var deployment = OptionKit.Text("only of this deployment", "--deployment");
        var limit = new Option<int>("--limit", "-n") { Description = "how many of the past (200)", DefaultValueFactory = _ => 200 };
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var command = new Command("logs", "What a host told, event by event; -o json prints a JSON line for each") { host, follow, run, deployment, limit, output };
        controller.AddTo(command);
        command.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, _) =>
        {
            var fleet = new FleetGateway(gateway.Client);
            var named = parsed.GetValue(host)!;
            if ((await fleet.HostsAsync(cancel)).FirstOrDefault(known => known.Host == named || known.Addresses.Contains(named)) is not { } found)
            {
                terminal.Error($"there is no host called '{named}'", "'flaskdeploy hosts' lists them");
                return ExitStatus.Error;
            }
            var query = new EventQuery(found.Host)
            {
                Run = parsed.GetValue(run) ?? "",
                Deployment = parsed.GetValue(deployment) ?? "",
                Follow = parsed.GetValue(follow),
                Limit = Math.Max(1, parsed.GetValue(limit)),
            };
            var asJson = parsed.GetValue(output) == "json";
            try
            {
                await foreach (var e in fleet.EventsAsync(query, cancel))
                {
                    terminal.Write(asJson ? EventText.Json(e) : EventText.Line(e, terminal.Style));
                }
            }
            catch (Exception e) when (cancel.IsCancellationRequested && e is RpcException or OperationCanceledException)
            {
                // Ctrl-C is how following ends.
            }
            return ExitStatus.Fine;
        }));
        return command;
    }
}
