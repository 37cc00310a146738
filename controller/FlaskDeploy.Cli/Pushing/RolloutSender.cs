using System.Globalization;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>Signs a plan, sends it, follows it and tells how it ended: the part that push and retire share.</summary>
internal sealed class RolloutSender(OperatorsGateway gateway, SigningKey key, Terminal terminal, TimeProvider time)
{
    /// <summary>With more hosts than this only what changes or fails gets a line.</summary>
    public const int ManyHosts = 20;

    /// <summary>Null: another push came first, so look again and plan again. On the last attempt that is an <see cref="RpcException"/>.</summary>
    public async Task<PushAnswer?> SendAsync(PushPlan plan, IReadOnlyCollection<UploadSource> sources, bool isLast, CancellationToken cancel)
    {
        if (plan.Release is not null && sources.Count > 0)
        {
            await gateway.UploadMissingAsync(sources, terminal.Progress, cancel);
            terminal.ClearProgress();
        }
        try
        {
            return await gateway.PushAsync(Sign(plan, sources), cancel);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Aborted && !isLast)
        {
            terminal.Remark($"somebody else pushed {Safe.Line(plan.Deployment)} at the same time; looking again");
            return null;
        }
    }

    /// <summary>Returns the exit status.</summary>
    /// <param name="absent">Hosts that were asked for and are not known.</param>
    public async Task<int> FollowAsync(PushPlan plan, PushAnswer answer, IReadOnlyCollection<Target> targets, IEnumerable<RolloutUpdate> absent, PushOptions options, CancellationToken cancel)
    {
        foreach (var superseded in answer.Superseded)
        {
            terminal.Remark($"this push takes over from {Safe.Line(superseded)}");
        }
        if (options.Verbosity > 0)
        {
            terminal.Remark(Safe.Line($"{plan.Deployment}: {Describe(plan, answer)}, order {answer.Order}, rollout {answer.Rollout}"));
        }
        var isBrief = targets.Count > ManyHosts;
        var renderer = options.Json ? null : new TextRenderer(new RenderOptions { Style = terminal.Style, Verbosity = options.Verbosity, Diff = options.Diff, Brief = isBrief });
        var state = RolloutState.Of(targets.Select(target => target.InventoryName));
        foreach (var update in absent)
        {
            state = state.Next(update);
            foreach (var line in renderer?.Render(update) ?? [])
            {
                terminal.Write(line);
            }
        }
        var isSomebodyAbsent = state.Hosts.Values.Any(host => host.Phase == HostPhase.NotEnrolled);
        if (!options.NoFollow)
        {
            state = await new Follower(gateway, terminal, time).FollowAsync(answer.Rollout, state, renderer, isBrief && !options.Json, new(options.Timeout, options.Deadline), cancel);
        }
        var exit = (options.NoFollow, isSomebodyAbsent) switch
        {
            (true, true) => ExitStatus.Unreachable,
            (true, false) => ExitStatus.Fine,
            _ => ExitStatus.Of(state, options is { Check: true, DetailedExitCode: true }),
        };
        Report(state, new(plan.Deployment, plan.Order.Mode, answer.Sequence, answer.Order, answer.Rollout, plan.IsNewRevision), options, exit);
        return exit;
    }

    public void Report(RolloutState state, RolloutHeader header, PushOptions options, int exit)
    {
        if (options.Json)
        {
            terminal.Write(RolloutJson.Print(state, header, exit));
            return;
        }
        if (options.NoFollow)
        {
            terminal.Write(Safe.Line(string.Create(CultureInfo.InvariantCulture, $"{header.Deployment}: order {header.Order} is on its way; 'flaskdeploy status {header.Deployment}' tells how it went")));
            return;
        }
        foreach (var line in Recap.Render(state, terminal.Style))
        {
            terminal.Write(line);
        }
    }

    private static string Describe(PushPlan plan, PushAnswer answer) => plan switch
    {
        { IsNewRevision: true } => $"r{answer.Sequence} is new",
        { Release: not null } => "checked, no revision made",
        _ => $"r{plan.Seen.Head} stands",
    };

    private V1.PushRequest Sign(PushPlan plan, IReadOnlyCollection<UploadSource> sources)
    {
        var request = new V1.PushRequest
        {
            Deployment = plan.Deployment,
            ExpectedHead = (ulong)plan.Seen.Head,
            ExpectedLastOrder = (ulong)plan.Seen.LastOrder,
            HostParts = { plan.HostParts.Select(part => Envelopes.Seal(EnvelopeType.HostPart, StatementCodec.Encode(part), key)) },
            Order = Envelopes.Seal(EnvelopeType.Order, StatementCodec.Encode(plan.Order), key),
        };
        if (plan.Release is { } release)
        {
            request.Release = Envelopes.Seal(EnvelopeType.Release, StatementCodec.Encode(release), key);
            request.Blobs.AddRange(sources.Select(source => ByteString.CopyFrom(source.Digest.ToBytes())));
        }
        return request;
    }
}
