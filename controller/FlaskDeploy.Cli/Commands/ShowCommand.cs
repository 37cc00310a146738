using System.CommandLine;
using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Cli.Commands;

internal static class ShowCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var what = new Argument<string>("what") { Description = "a deployment, a host, or a run's id" };
        var verbose = OptionKit.Flag("tell more; -vvvv most", "--verbose", "-v");
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var command = new Command("show", "All about one deployment, host or run") { what, verbose, output };
        controller.AddTo(command);
        command.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, _) =>
        {
            var fleet = new FleetGateway(gateway.Client);
            var shower = new Shower(fleet, terminal, time.GetUtcNow(), parsed.GetValue(output) == "json", parsed.GetResult(verbose)?.IdentifierTokenCount ?? 0);
            return await shower.ShowAsync(parsed.GetValue(what)!, cancel);
        }));
        return command;
    }

    private sealed class Shower(FleetGateway fleet, Terminal terminal, DateTimeOffset now, bool asJson, int verbosity)
    {
        public async Task<int> ShowAsync(string name, CancellationToken cancel)
        {
            var status = await fleet.StatusAsync(cancel);
            if (status.Deployments.FirstOrDefault(deployment => deployment.Deployment == name) is { } deployment)
            {
                var hosts = status.Hosts.Where(host => host.Deployments.Any(on => on.Deployment == name)).Select(host => host with { Deployments = [.. host.Deployments.Where(on => on.Deployment == name)] });
                var part = new FleetStatus([deployment], [.. hosts]);
                var runs = await fleet.RunsAsync("", name, "", 10, RunsWanted.All, cancel);
                Print(() => JsonSerializer.Serialize(part, FleetJson.Default.FleetStatus), [.. FleetText.Deployment(deployment, now), "", .. FleetText.Status(part, now, terminal.Style), "", .. FleetText.Runs(runs, now, terminal.Style)]);
                return ExitStatus.Fine;
            }
            if (status.Hosts.FirstOrDefault(host => host.Host == name || host.Addresses.Contains(name)) is { } found)
            {
                var runs = await fleet.RunsAsync(found.Host, "", "", 10, RunsWanted.All, cancel);
                Print(() => JsonSerializer.Serialize(found, FleetJson.Default.FleetHost), [.. FleetText.Host(found, now, terminal.Style), "", .. FleetText.Runs(runs, now, terminal.Style)]);
                return ExitStatus.Fine;
            }
            var run = (await fleet.RunsAsync("", "", name, 1, RunsWanted.All, cancel)).FirstOrDefault();
            if (run is null)
            {
                terminal.Error($"there is no deployment, no host and no run called '{name}'", "'flaskdeploy status', 'flaskdeploy hosts' and 'flaskdeploy runs' list them");
                return ExitStatus.Error;
            }
            await ShowRunAsync(run, cancel);
            return ExitStatus.Fine;
        }

        // As it was shown when it was pushed.
        private async Task ShowRunAsync(FleetRun run, CancellationToken cancel)
        {
            var state = RolloutState.Of([run.Host]);
            var renderer = new TextRenderer(new RenderOptions { Style = terminal.Style, Verbosity = Math.Max(1, verbosity), Diff = true });
            List<string> lines = [.. FleetText.Runs([run], now, terminal.Style)];
            await foreach (var e in fleet.EventsAsync(new EventQuery(run.Host) { Run = run.Run }, cancel))
            {
                var update = new RolloutUpdate.Reported(run.Host, e);
                state = state.Next(update);
                lines.AddRange(renderer.Render(update));
            }
            var mode = run.Kind switch { RunKind.Apply => OrderMode.Apply, RunKind.Check => OrderMode.Check, _ => OrderMode.Converge };
            Print(() => RolloutJson.Print(state, new(run.Deployment, mode, run.Sequence, run.Order, "", IsNewRevision: false), ExitStatus.Of(state, detailed: false)), [.. lines, .. run.Finished || run.Refused ? Recap.Render(state, terminal.Style) : ["", "it is still running"]]);
        }

        private void Print(Func<string> json, IEnumerable<string> lines)
        {
            foreach (var line in asJson ? [json()] : lines)
            {
                terminal.Write(line);
            }
        }
    }
}
