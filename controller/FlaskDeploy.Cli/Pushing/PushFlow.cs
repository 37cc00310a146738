using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Compiler;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>
/// The journey of a push behind the compiler: what the controller has is looked at, what differs is signed and sent, the
/// rollout is followed. Asking again for the same thing makes no second revision.
/// </summary>
internal sealed class PushFlow(OperatorsGateway gateway, RolloutSender sender, SigningKey key, HostKeys keys, Terminal terminal)
{
    /// <summary>How often a push is signed anew when others push at the same time.</summary>
    public const int Attempts = 5;

    public async Task<int> RunAsync(Compiled compiled, PushOptions options, CancellationToken cancel)
    {
        var compilation = compiled.Compilation;
        var deployment = options.Name ?? compilation.DefaultDeploymentName;
        if (compilation.Hosts.IsEmpty)
        {
            terminal.Error("no host of the inventory is meant by a play of this playbook; nothing was changed", "look at 'hosts:', -i and -l; --list-hosts shows what is meant");
            return ExitStatus.Error;
        }
        var content = new SealedContent(compiled.Compilation, new SecretSealer(key, deployment));
        var names = compilation.Hosts.SelectMany(host => new[] { host.Address, host.InventoryName }).Distinct().ToList();
        for (var attempt = 1; ; attempt++)
        {
            var seen = await gateway.GetDeploymentAsync(deployment, names, cancel);
            if (!MayReplace(deployment, seen, compilation, options))
            {
                return ExitStatus.Error;
            }
            if (Targets(content, seen, options) is not { } targets)
            {
                return ExitStatus.Error;
            }
            var missing = compilation.Hosts.Where(host => targets.All(target => target.InventoryName != host.InventoryName)).ToList();
            if (targets.Count == 0)
            {
                return await NobodyAsync(deployment, missing, options, cancel);
            }
            WarnEarly(compilation, seen, targets);
            var plan = PushPlan.Make(deployment, seen, content.Release, targets, new OrderWish
            {
                Mode = options.Mode,
                Tags = options.Tags,
                SkipTags = options.SkipTags,
                StartAtTask = options.StartAtTask,
                Diff = options.Diff,
                Verbosity = options.Verbosity,
                Limit = options.Limit,
            });
            if (await sender.SendAsync(plan, Sources(content), attempt == Attempts, cancel) is { } answer)
            {
                return await sender.FollowAsync(plan, answer, targets, missing.Select(Absent), options, cancel);
            }
        }
    }

    private bool MayReplace(string deployment, DeploymentView seen, Compilation compilation, PushOptions options)
    {
        var origin = PushPlan.OriginOf(seen);
        var ours = compilation.Release.Origin;
        if (origin is null || origin == ours || options.Replace)
        {
            return true;
        }
        terminal.Error(
            $"the deployment '{deployment}' was pushed from {origin}, and this is {ours}; nothing was changed",
            $"--name NAME makes another deployment of it; --replace takes '{deployment}' over");
        return false;
    }

    /// <summary>The hosts that the controller knows. Null where two names of the inventory are one host, or a secret cannot be sealed to one; which is said.</summary>
    private List<Target>? Targets(SealedContent content, DeploymentView seen, PushOptions options)
    {
        List<Target> targets = [];
        foreach (var host in content.Compilation.Hosts)
        {
            // The address first: it is where Ansible would have gone.
            var view = Known(seen, host.Address) ?? Known(seen, host.InventoryName);
            if (view is null)
            {
                continue;
            }
            if (targets.FirstOrDefault(target => target.Host == view.Host) is { } same)
            {
                terminal.Error($"the inventory's {same.InventoryName} and {host.InventoryName} are one host, {view.Host}; nothing was changed", "name it once");
                return null;
            }
            if (content.UsesSecrets(host) && !keys.Believes(view, options.AcceptKeys, out var unknown))
            {
                terminal.Error(Safe.Line($"{unknown.Problem}; nothing was changed"), Safe.Lines(unknown.Remedy));
                return null;
            }
            if (content.PartFor(host, view) is not { } part)
            {
                terminal.Error(Safe.Line($"what the controller names as the sealing key of {view.Host} is no key; nothing was changed"), "enrol the host again");
                return null;
            }
            targets.Add(new(host.InventoryName, view.Host, part));
        }
        return targets;
    }

    private static HostView? Known(DeploymentView seen, string name) => seen.Hosts.FirstOrDefault(host => host.Named == name && host.Host.Length > 0);

    // The agent decides; this only saves waiting for its answer to know.
    private void WarnEarly(Compilation compilation, DeploymentView seen, List<Target> targets)
    {
        var bundle = compilation.Bundle;
        foreach (var host in seen.Hosts.Where(host => targets.Any(target => target.Host == host.Host)).DistinctBy(host => host.Host))
        {
            List<string> lacks = [];
            if (host.BundleFormat > 0 && host.BundleFormat < bundle.Format)
            {
                lacks.Add($"bundle format {bundle.Format}");
            }
            if (host.Language > 0 && host.Language < bundle.Language)
            {
                lacks.Add($"language version {bundle.Language}");
            }
            if (!host.Modules.IsEmpty)
            {
                lacks.AddRange(bundle.Requirements.Modules.Where(module => !host.Modules.Contains(module)).Select(module => $"module {module}"));
            }
            if (lacks.Count > 0)
            {
                terminal.Remark($"warning: the agent of {Safe.Line(host.Host)} ({Safe.Line(host.AgentVersion)}) has no {string.Join(", no ", lacks)} and will refuse; update flaskdeploy-agent there");
            }
        }
    }

    private static List<UploadSource> Sources(SealedContent content) =>
    [
        new(content.BundleDigest, content.Bundle.Length, "the bundle", () => new MemoryStream(content.Bundle, writable: false)),
        .. content.Compilation.Blobs.Select(blob => new UploadSource(blob.Digest, blob.Size, blob.Path, () => blob.Opened is { } opened ? new MemoryStream(opened, writable: false) : new FileStream(blob.Path, FileMode.Open, FileAccess.Read, FileShare.Read))),
    ];

    private async Task<int> NobodyAsync(string deployment, List<CompiledHost> missing, PushOptions options, CancellationToken cancel)
    {
        var controller = await gateway.Client.DescribeAsync(new V1.DescribeRequest(), cancellationToken: cancel);
        var state = missing.Aggregate(RolloutState.Of([]), (state, host) => state.Next(Absent(host)));
        terminal.Error(
            "the controller knows none of these hosts; nothing was changed",
            $"enrol each: 'flaskdeploy token create' here, then on the host\nflaskdeploy-agent enroll --controller {controller.Address} --token TOKEN && systemctl enable --now flaskdeploy-agent");
        sender.Report(state, new(deployment, options.Mode, 0, 0, "", IsNewRevision: false), options with { NoFollow = false }, ExitStatus.Unreachable);
        return ExitStatus.Unreachable;
    }

    private static RolloutUpdate.Moved Absent(CompiledHost host) => new(
        host.InventoryName,
        HostPhase.NotEnrolled,
        $"no agent has enrolled as {host.InventoryName}{(host.Address == host.InventoryName ? "" : $" or {host.Address}")}; 'flaskdeploy token create' here and 'flaskdeploy-agent enroll' there");
}
