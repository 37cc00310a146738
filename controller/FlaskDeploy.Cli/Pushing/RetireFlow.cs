using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>
/// Ends a deployment: a signed revision without a bundle for every host that has it. The agents stop watching it; what it
/// put there stays.
/// </summary>
internal sealed class RetireFlow(OperatorsGateway gateway, RolloutSender sender, Terminal terminal)
{
    public async Task<int> RunAsync(string deployment, PushOptions options, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var fleet = await new FleetGateway(gateway.Client).StatusAsync(cancel);
            if (fleet.Deployments.All(known => known.Deployment != deployment))
            {
                terminal.Error($"there is no deployment called '{deployment}'; nothing was changed", "'flaskdeploy status' lists them");
                return ExitStatus.Error;
            }
            var hosts = fleet.Hosts.Where(host => host.Deployments.Any(on => on.Deployment == deployment)).Select(host => host.Host).ToList();
            var seen = await gateway.GetDeploymentAsync(deployment, hosts, cancel);
            var targets = seen.Hosts.Where(host => host.Host.Length > 0).DistinctBy(host => host.Host).Select(host => new Target(NameOf(host), host.Host, Part(host))).ToList();
            var content = ReleaseCodec.Encode(new ReleaseContent { Bundle = null, Retired = true, Origin = PushPlan.OriginOf(seen) ?? "" });
            var plan = PushPlan.Make(deployment, seen, content, targets, new OrderWish());
            if (await sender.SendAsync(plan, [], attempt == PushFlow.Attempts, cancel) is { } answer)
            {
                return await sender.FollowAsync(plan, answer, targets, [], options, cancel);
            }
        }
    }

    // The name that the last push knew the host by.
    private static string NameOf(HostView host) => Last(host)?.InventoryName ?? host.Host;

    private static byte[] Part(HostView host) => ReleaseCodec.Encode(new HostPartContent { InventoryName = NameOf(host) });

    private static HostPartContent? Last(HostView host) =>
        host.HostPart is { } bytes && StatementCodec.DecodeHostPart(bytes).Value is { } part ? ReleaseCodec.DecodeHostPart(part.Content).Value : null;
}
