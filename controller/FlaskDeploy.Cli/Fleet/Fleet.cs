using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FlaskDeploy.Cli.Rollouts;

namespace FlaskDeploy.Cli.Fleet;

/// <summary>How a deployment stands on a host, judged from what the host reported last.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Condition>))]
internal enum Condition
{
    InSync,
    Running,

    /// <summary>Assigned, and not yet applied completely.</summary>
    Pending,
    NeverApplied,

    /// <summary>By an operator: what it set up stays, and nobody looks after it any more.</summary>
    Retired,
    Drifted,
    Interrupted,
    Refused,
    Failed,
}

internal sealed record FleetRun
{
    public required string Run { get; init; }

    public required string Host { get; init; }

    public required string Deployment { get; init; }

    public long Sequence { get; init; }

    public long Order { get; init; }

    public RunKind Kind { get; init; }

    public string Cause { get; init; } = "";

    public bool Finished { get; init; }

    public RunResult Result { get; init; }

    public Counts Counts { get; init; } = new();

    public long StartedUnixMillis { get; init; }

    public long Micros { get; init; }

    public string Because { get; init; } = "";

    public ImmutableArray<string> Corrected { get; init; } = [];

    public bool Refused { get; init; }

    [JsonIgnore]
    public long FirstNumber { get; init; }

    /// <summary>One word: <c>changed</c>, <c>corrected</c>, <c>running</c>…</summary>
    public string Summary => this switch
    {
        { Refused: true } => "refused",
        { Finished: false } => "running",
        { Result: RunResult.Changed, Kind: RunKind.Correct } => "corrected",
        { Result: RunResult.Changed, Kind: RunKind.Check } => "would change",
        _ => RolloutJson.Name(Result).Replace('_', ' '),
    };
}

internal sealed record FleetLeftOver(string What, long Pid, int Port, long SinceSequence);

internal sealed record HostDeployment
{
    public required string Deployment { get; init; }

    public long Assigned { get; init; }

    public long Complete { get; init; }

    public FleetRun? LastRun { get; init; }

    public FleetRun? LastChange { get; init; }

    public ImmutableArray<FleetLeftOver> LeftOver { get; init; } = [];

    /// <summary>The revision that the host has is the one that retired the deployment.</summary>
    [JsonIgnore]
    public bool Retired { get; init; }

    public Condition Condition => this switch
    {
        { LastRun: { Finished: false, Refused: false } } => Condition.Running,
        // An older refusal does not count against a revision that was applied since.
        { LastRun.Refused: true } when Complete < Assigned || Assigned == 0 => Condition.Refused,
        { LastRun: { Kind: not RunKind.Check, Result: RunResult.Failed } } => Condition.Failed,
        { LastRun: { Kind: not RunKind.Check, Result: RunResult.Interrupted } } => Condition.Interrupted,
        { LastRun: { Kind: not RunKind.Check, Result: RunResult.Drifted } } => Condition.Drifted,
        { Complete: 0, LastRun: null } => Condition.NeverApplied,
        _ when Complete < Assigned => Condition.Pending,
        { Retired: true } => Condition.Retired,
        _ => Condition.InSync,
    };
}

internal sealed record FleetHost
{
    public required string Host { get; init; }

    public ImmutableArray<string> Addresses { get; init; } = [];

    public bool Connected { get; init; }

    public long LastSeenUnixMillis { get; init; }

    public string AgentVersion { get; init; } = "";

    public string Os { get; init; } = "";

    public string Boot { get; init; } = "";

    public long ClockSkewMillis { get; init; }

    public long EnrolledUnixMillis { get; init; }

    public long CertificateExpiresUnixMillis { get; init; }

    public ImmutableArray<HostDeployment> Deployments { get; init; } = [];
}

internal sealed record FleetDeployment
{
    public required string Deployment { get; init; }

    public long Head { get; init; }

    public bool Retired { get; init; }

    public string Origin { get; init; } = "";

    public int Hosts { get; init; }

    public long PushedUnixMillis { get; init; }
}

internal sealed record FleetStatus(ImmutableArray<FleetDeployment> Deployments, ImmutableArray<FleetHost> Hosts);

internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower)
    where T : struct, Enum;

/// <summary>The documents of <c>-o json</c>. Names stay; what is new is added.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = [typeof(SnakeCaseEnum<RunKind>), typeof(SnakeCaseEnum<RunResult>)])]
[JsonSerializable(typeof(FleetStatus))]
[JsonSerializable(typeof(FleetHost))]
[JsonSerializable(typeof(HostExplanation))]
[JsonSerializable(typeof(ImmutableArray<FleetHost>))]
[JsonSerializable(typeof(ImmutableArray<FleetRun>))]
[JsonSerializable(typeof(Versions))]
[JsonSerializable(typeof(TokenDocument))]
[JsonSerializable(typeof(IdentityDocument))]
[JsonSerializable(typeof(RemovedDocument))]
internal sealed partial class FleetJson : JsonSerializerContext;

internal sealed record Versions(string Cli, string? Controller);

internal sealed record TokenDocument(string Token, long ExpiresUnixMillis, int Uses);

internal sealed record IdentityDocument(string Name, string Directory, int Days);

internal sealed record RemovedDocument(string Removed);
