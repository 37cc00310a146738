using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;

namespace FlaskDeploy.Cli.Wire;

/// <param name="Run">Empty: of every run.</param>
internal sealed record EventQuery(string Host)
{
    public string Run { get; init; } = "";

    public string Deployment { get; init; } = "";

    public long After { get; init; }

    public int Limit { get; init; }

    public bool Follow { get; init; }
}

/// <summary>What the controller knows of the fleet, in our own records.</summary>
internal sealed class FleetGateway(V1.Operators.OperatorsClient client)
{
    public async Task<FleetStatus> StatusAsync(CancellationToken cancel)
    {
        var deployments = await client.ListDeploymentsAsync(new V1.ListDeploymentsRequest(), cancellationToken: cancel);
        var retired = deployments.Deployments.Where(deployment => deployment.Retired).ToDictionary(deployment => deployment.Deployment, deployment => (long)deployment.Head, StringComparer.Ordinal);
        var hosts = await HostsAsync(cancel);
        return new(
            [.. deployments.Deployments.Select(ToDeployment).OrderBy(deployment => deployment.Deployment, StringComparer.Ordinal)],
            [.. hosts.Select(host => host with { Deployments = [.. host.Deployments.Select(on => on with { Retired = retired.GetValueOrDefault(on.Deployment) == on.Assigned })] })]);
    }

    public async Task<ImmutableArray<FleetHost>> HostsAsync(CancellationToken cancel)
    {
        var answer = await client.ListHostsAsync(new V1.ListHostsRequest(), cancellationToken: cancel);
        return [.. answer.Hosts.Select(ToHost).OrderBy(host => host.Host, StringComparer.Ordinal)];
    }

    public async Task<ImmutableArray<FleetRun>> RunsAsync(string host, string deployment, string run, int limit, bool changedOnly, CancellationToken cancel)
    {
        var request = new V1.ListRunsRequest { Host = host, Deployment = deployment, Run = run, Limit = (uint)limit, ChangedOnly = changedOnly };
        var answer = await client.ListRunsAsync(request, cancellationToken: cancel);
        return [.. answer.Runs.Select(ToRun)];
    }

    public async IAsyncEnumerable<HostEvent> EventsAsync(EventQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var call = client.ListEvents(
            new V1.ListEventsRequest
            {
                Host = query.Host,
                Run = query.Run,
                Deployment = query.Deployment,
                After = (ulong)query.After,
                Limit = (uint)query.Limit,
                Follow = query.Follow,
            },
            cancellationToken: cancel);
        while (await call.ResponseStream.MoveNext(cancel))
        {
            yield return Mapping.ToEvent(call.ResponseStream.Current);
        }
    }

    public async Task<HostExplanation> ExplainAsync(string host, string deployment, string task, CancellationToken cancel)
    {
        var answer = await client.ExplainAsync(new V1.ExplainRequest { Host = host, Deployment = deployment, Task = task }, cancellationToken: cancel);
        return new(answer.Host, [.. answer.Explanation.Deployments.Select(ToExplained)]);
    }

    private static ExplainedDeployment ToExplained(V1.DeploymentExplanation on) => new()
    {
        Deployment = on.Deployment,
        Sequence = (long)on.Sequence,
        Complete = (long)on.Complete,
        BaselineUnixMillis = on.BaselineUnixMillis,
        LastCheckUnixMillis = on.LastCheckUnixMillis,
        LastResult = on.LastResult,
        Problem = on.Problem,
        Tasks = [.. on.Tasks.Select(task => new ExplainedTask(task.Task, task.Name, task.Play, task.Module, task.Location, (TaskState)task.State, task.Because, [.. task.Evidence.Select(evidence => new ExplainedEvidence(evidence.Subject, evidence.As, evidence.Baseline, evidence.Now, evidence.Problem))]))],
        Noticed = [.. on.Noticed.Select(noticed => new NoticedMovement(noticed.Subject, noticed.What, noticed.How, noticed.Who, noticed.UnixMillis))],
        LeftOver = [.. on.LeftOver],
        Notes = [.. on.Notes],
    };

    private static FleetDeployment ToDeployment(V1.DeploymentInfo info) => new()
    {
        Deployment = info.Deployment,
        Head = (long)info.Head,
        Retired = info.Retired,
        Origin = info.Origin,
        Hosts = (int)info.Hosts,
        PushedUnixMillis = info.PushedUnixMillis,
    };

    private static FleetHost ToHost(V1.HostInfo info) => new()
    {
        Host = info.Host,
        Addresses = [.. info.Addresses],
        Connected = info.Connected,
        LastSeenUnixMillis = info.LastSeenUnixMillis,
        AgentVersion = info.AgentVersion,
        Os = info.Os,
        Boot = info.Boot,
        ClockSkewMillis = info.ClockSkewMillis,
        EnrolledUnixMillis = info.EnrolledUnixMillis,
        CertificateExpiresUnixMillis = info.CertificateExpiresUnixMillis,
        Deployments =
        [
            .. info.Deployments.OrderBy(deployment => deployment.Deployment, StringComparer.Ordinal).Select(deployment => new HostDeployment
            {
                Deployment = deployment.Deployment,
                Assigned = (long)deployment.Assigned,
                Complete = (long)deployment.Complete,
                LastRun = deployment.LastRun is null ? null : ToRun(deployment.LastRun),
                LastChange = deployment.LastChange is null ? null : ToRun(deployment.LastChange),
                LeftOver = [.. deployment.LeftOver.Select(left => new FleetLeftOver(left.What, left.Pid, (int)left.Port, (long)left.SinceSequence))],
            }),
        ],
    };

    private static FleetRun ToRun(V1.RunSummary run) => new()
    {
        Run = run.Run,
        Host = run.Host,
        Deployment = run.Deployment,
        Sequence = (long)run.Sequence,
        Order = (long)run.Order,
        Kind = (RunKind)run.Kind,
        Cause = run.Cause,
        Finished = run.Finished,
        Result = (RunResult)run.Result,
        Counts = Mapping.ToCounts(run.Counts),
        StartedUnixMillis = run.StartedUnixMillis,
        Micros = (long)run.Micros,
        Because = run.Because,
        Corrected = [.. run.Corrected],
        Refused = run.Refused,
        FirstNumber = (long)run.FirstNumber,
    };
}
