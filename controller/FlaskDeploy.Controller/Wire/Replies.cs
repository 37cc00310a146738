using FlaskDeploy.Controller.Rollouts;
using FlaskDeploy.Controller.Runs;
using FlaskDeploy.Controller.Store;
using FlaskDeploy.V1;
using Run = FlaskDeploy.Controller.Runs.Run;

namespace FlaskDeploy.Controller.Wire;

/// <summary>Our records as messages.</summary>
internal static class Replies
{
    public static RunSummary Of(Run run) => new()
    {
        Run = run.Id,
        Host = run.Host,
        Deployment = run.Deployment,
        Sequence = (ulong)run.Sequence,
        Order = (ulong)run.Order,
        Kind = (V1.RunKind)run.Kind,
        Cause = run.Cause,
        Finished = run.Finished,
        Result = (V1.RunResult)run.Result,
        Counts = Of(run.Counts),
        StartedUnixMillis = run.StartedMillis,
        Micros = (ulong)run.Micros,
        Because = run.Because,
        Corrected = { run.Corrected.Select(task => task.Name) },
        FirstNumber = (ulong)run.FirstNumber,
        Refused = run.Refused,
    };

    public static HostEvent Of(string host, string inventoryName, string log, byte[] bytes) => new()
    {
        Host = host,
        InventoryName = inventoryName,
        Log = log,
        Event = Event.Parser.ParseFrom(bytes),
    };

    public static V1.HostProgress Of(string host, string inventoryName, Rollouts.HostProgress progress) => new()
    {
        Host = host,
        InventoryName = inventoryName,
        State = (V1.HostProgress.Types.State)progress.State,
        Detail = progress.Detail,
    };

    public static Assignment Of(DueAssignment due) => new()
    {
        Release = Envelope.Parser.ParseFrom(due.Release),
        HostPart = Envelope.Parser.ParseFrom(due.HostPart),
        Order = due.OrderEnvelope is null ? null : Envelope.Parser.ParseFrom(due.OrderEnvelope),
    };

    public static DeploymentInfo Of(Deployment deployment) => new()
    {
        Deployment = deployment.Name,
        Head = (ulong)deployment.Head,
        Retired = deployment.Retired,
        Origin = deployment.Origin,
        Hosts = (uint)deployment.Hosts,
        PushedUnixMillis = deployment.Pushed,
    };

    public static LeftOver Of(LeftOverRow leftOver) => new()
    {
        What = leftOver.What,
        Pid = (uint)leftOver.Pid,
        Port = (uint)leftOver.Port,
        SinceSequence = (ulong)leftOver.SinceSequence,
    };

    public static Greeting Read(Hello hello) => new(
        hello.Version,
        new AgentAbilities(hello.BundleFormat, hello.Language, [.. hello.Modules], [.. hello.Filters], [.. hello.Tests], [.. hello.Lookups]),
        hello.Log,
        EventReader.Saturated(hello.LastNumber),
        hello.Boot,
        hello.Os,
        [.. hello.Addresses],
        [.. hello.Deployments.Select(state => new HostDeploymentState(
            state.Deployment, EventReader.Saturated(state.Sequence), EventReader.Saturated(state.Complete), EventReader.Saturated(state.Order)))]);

    private static Counts Of(RunCounts counts) => new()
    {
        Ok = (uint)counts.Ok,
        Changed = (uint)counts.Changed,
        Unreachable = (uint)counts.Unreachable,
        Failed = (uint)counts.Failed,
        Skipped = (uint)counts.Skipped,
        Rescued = (uint)counts.Rescued,
        Ignored = (uint)counts.Ignored,
        Unknown = (uint)counts.Unknown,
    };
}
