using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>
/// Pauses a deployment on its hosts, or resumes it: a signed order over the revision that each host has, which runs nothing.
/// A controller can no more make one than a push.
/// </summary>
internal sealed class PauseFlow(OperatorsGateway gateway, RolloutSender sender, Terminal terminal)
{
    /// <param name="wish">Its mode, reason, length and by whom; numbers and hosts are filled in.</param>
    /// <param name="limit">Identities or addresses of hosts; empty: all that have the deployment.</param>
    public async Task<int> RunAsync(string deployment, OrderStatement wish, IReadOnlyList<string> limit, PushOptions options, CancellationToken cancel)
    {
        var fleet = await new FleetGateway(gateway.Client).StatusAsync(cancel);
        if (fleet.Deployments.FirstOrDefault(known => known.Deployment == deployment) is not { } found)
        {
            terminal.Error($"there is no deployment called '{deployment}'; nothing was changed", "'flaskdeploy status' lists them");
            return ExitStatus.Error;
        }
        if (found.Retired)
        {
            terminal.Error($"'{deployment}' is retired: its hosts correct nothing any more; nothing was changed");
            return ExitStatus.Error;
        }
        var hosts = fleet.Hosts.Where(host => host.Deployments.Any(on => on.Deployment == deployment)).ToList();
        if (limit.FirstOrDefault(name => !hosts.Exists(host => Means(host, name))) is { } unknown)
        {
            terminal.Error($"no host that has '{deployment}' is called '{unknown}'; nothing was changed", "'flaskdeploy status' lists them, by the names that they enrolled with");
            return ExitStatus.Error;
        }
        var names = hosts.Where(host => limit.Count == 0 || limit.Any(name => Means(host, name))).Select(host => host.Host).ToList();
        if (names.Count == 0)
        {
            terminal.Error($"no host has '{deployment}'; nothing was changed");
            return ExitStatus.Error;
        }
        var exit = ExitStatus.Fine;
        // A push with -l leaves hosts at older revisions, and an order is over one.
        foreach (var group in Groups(await gateway.GetDeploymentAsync(deployment, names, cancel)))
        {
            exit = Math.Max(exit, await OrderAsync(deployment, wish with { Sequence = group.Key }, [.. group.Select(host => host.Host)], options, cancel));
        }
        return exit;
    }

    private async Task<int> OrderAsync(string deployment, OrderStatement wish, IReadOnlyList<string> hosts, PushOptions options, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var seen = await gateway.GetDeploymentAsync(deployment, hosts, cancel);
            var targets = seen.Hosts.Where(host => host.Host.Length > 0).DistinctBy(host => host.Host).Select(host => new Target(NameOf(host), host.Host, [])).ToList();
            var order = wish with { Deployment = deployment, Number = seen.LastOrder + 1, Hosts = [.. targets.Select(target => target.Host)] };
            var plan = new PushPlan { Deployment = deployment, Seen = seen, Order = order };
            if (await sender.SendAsync(plan, [], attempt == PushFlow.Attempts, cancel) is { } answer)
            {
                return await sender.FollowAsync(plan, answer, targets, [], options, cancel);
            }
        }
    }

    private static IEnumerable<IGrouping<long, HostView>> Groups(DeploymentView seen) =>
        seen.Hosts.DistinctBy(host => host.Host).Where(host => PartOf(host) is not null).GroupBy(host => PartOf(host)!.Sequence);

    private static bool Means(Fleet.FleetHost host, string name) => host.Host == name || host.Addresses.Contains(name);

    private static string NameOf(HostView host) => PartOf(host) is { } part && ReleaseCodec.DecodeHostPart(part.Content).Value is { } content ? content.InventoryName : host.Host;

    private static HostPartStatement? PartOf(HostView host) => host.HostPart is { } bytes ? StatementCodec.DecodeHostPart(bytes).Value : null;
}
