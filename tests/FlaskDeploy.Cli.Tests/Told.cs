using FlaskDeploy.Cli.Rollouts;

namespace FlaskDeploy.Cli.Tests;

/// <summary>Events as tests write them.</summary>
internal static class Told
{
    public static RolloutUpdate.Reported By(string host, Happening what) => new(host, new HostEvent(host, 1, 0, "flask", 7, "run-1", 3, what));

    public static Happening.RunStarted Started(int tasks) => new(RunKind.Apply, tasks, "push");

    public static Happening.TaskFinished Task(string name, TaskOutcome status, string because = "", string? item = null, string? id = null) =>
        new() { Task = id ?? name, Name = name, Play = "site", Module = "copy", Status = status, Because = because, Item = item };

    public static Happening.RunFinished Finished(RunResult result, Counts counts, string because = "") => new(result, counts, 1_500_000, because);
}
