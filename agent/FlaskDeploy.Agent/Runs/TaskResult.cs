using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

internal enum TaskStatus
{
    Ok,
    Changed,
    Skipped,
    Failed,
    Ignored,
    Rescued,
    /// <summary>A check could not know, or a step was interrupted.</summary>
    Unknown,
}

/// <summary>How far nothing is to be changed.</summary>
internal enum CheckScope
{
    /// <summary>What is to be changed is changed.</summary>
    None,

    /// <summary>By the task itself (<c>check_mode: yes</c>), in a run in which all that came before was done.</summary>
    Task,

    /// <summary>The whole run: what earlier tasks would make is planned, and not there.</summary>
    Run,
}

/// <summary>How one instance went.</summary>
internal sealed record TaskResult(TaskStatus Status, string Because, MapValue Registered)
{
    public string? Diff { get; init; }

    public string? Remedy { get; init; }

    /// <summary>The paths that hold other content now.</summary>
    public ImmutableArray<string> ContentPaths { get; init; } = [];

    public ImmutableSortedDictionary<string, Value> Facts { get; init; } = ImmutableSortedDictionary<string, Value>.Empty;

    public TimeSpan Duration { get; init; }

    /// <summary>By <c>no_log</c>: nothing of it is told but its status.</summary>
    public bool IsCensored { get; init; }

    /// <summary>The reason, for events and messages.</summary>
    public string Shown => IsCensored ? "hidden by no_log" : Remedy is null ? Because : $"{Because}; {Remedy}";

    public bool HasFailed => Status == TaskStatus.Failed;

    /// <summary>It says that it changed something, however it ended.</summary>
    public bool HasChanged => Registered["changed"] is { IsUnknown: false, IsTruthy: true };

    public static TaskResult Skipped(string because) =>
        new(TaskStatus.Skipped, because, MapValue.From(("changed", Value.False), ("skipped", Value.True), ("skip_reason", Value.Of("Conditional result was False"))));

    /// <summary>Of a loop without items: who reads its results finds none.</summary>
    public static TaskResult NoItems(string because) =>
        new(TaskStatus.Skipped, because, MapValue.From(("changed", Value.False), ("results", ListValue.Empty), ("skipped", Value.True), ("skipped_reason", Value.Of("No items in the list"))));

    public static TaskResult Failed(string because, string? remedy = null) =>
        new(TaskStatus.Failed, because, MapValue.From(("changed", Value.False), ("failed", Value.True), ("msg", Value.Of(because)))) { Remedy = remedy };

    /// <summary>It is for a host that cannot be spoken for from here.</summary>
    public static TaskResult Unreachable(string because) =>
        new(TaskStatus.Failed, because, MapValue.From(("changed", Value.False), ("unreachable", Value.True), ("msg", Value.Of(because))));

    /// <summary>It is written wrong: people are told the place, and what is registered has Ansible's words, which playbooks look for.</summary>
    public static TaskResult Wrong(Diagnostic problem)
    {
        var said = problem.Said ?? (problem.Code == DiagnosticCodes.UndefinedVariable ? $"The task includes an option with an undefined variable. The error was: {problem.Summary}{(problem.Detail is { } origin ? $" ({origin})" : "")}" : problem.Summary);
        return Failed(problem.ToString()) with { Registered = Failed(said).Registered };
    }

    /// <summary>The whole of it is unknown to whoever reads what it registers.</summary>
    public static TaskResult Unknown(string because) =>
        new(TaskStatus.Unknown, because, MapValue.From(new[] { "changed", "failed", "rc", "stdout", "stderr", "stdout_lines", "stderr_lines", "results" }.Select(field => (field, (Value)new UnknownValue(because)))));
}
