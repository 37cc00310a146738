using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace FlaskDeploy.Cli.Fleet;

/// <summary>How a task stands against the baseline of its host.</summary>
[JsonConverter(typeof(SnakeCaseEnum<TaskState>))]
internal enum TaskState
{
    InSync,
    Moved,
    Command,
    Skipped,
    Unknown,
    Failing,
    Odd,
}

/// <summary>What an agent says of its host, looked at when it was asked.</summary>
internal sealed record HostExplanation(string Host, ImmutableArray<ExplainedDeployment> Deployments);

internal sealed record ExplainedDeployment
{
    public required string Deployment { get; init; }

    public long Sequence { get; init; }

    public long Complete { get; init; }

    public long BaselineUnixMillis { get; init; }

    public long LastCheckUnixMillis { get; init; }

    public string LastResult { get; init; } = "";

    public string Problem { get; init; } = "";

    public ImmutableArray<ExplainedTask> Tasks { get; init; } = [];

    /// <summary>What the agent noticed by itself, the newest first.</summary>
    public ImmutableArray<NoticedMovement> Noticed { get; init; } = [];

    public ImmutableArray<string> LeftOver { get; init; } = [];

    public ImmutableArray<string> Notes { get; init; } = [];
}

internal sealed record ExplainedTask(string Task, string Name, string Play, string Module, string Location, TaskState State, string Because, ImmutableArray<ExplainedEvidence> Evidence);

/// <param name="Now">Empty: as the baseline.</param>
internal sealed record ExplainedEvidence(string Subject, string As, string Baseline, string Now, string Problem)
{
    [JsonIgnore]
    public bool HasMoved => Now.Length > 0 || Problem.Length > 0;
}

internal sealed record NoticedMovement(string Subject, string What, string How, string Who, long UnixMillis);
