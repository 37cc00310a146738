using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine.Watching;
using FlaskDeploy.V1;

namespace FlaskDeploy.Agent.Wire;

/// <summary>What the agent explains, as messages. Texts are cut to what a person reads; tasks beyond the limit are counted.</summary>
internal static class ExplanationCodec
{
    private const int LongestText = 1000;
    private const int MostTasks = 2000;
    private const int MostEvidence = 200;

    public static Explanation Encode(IEnumerable<ExplainedDeployment> deployments) => new() { Deployments = { deployments.Select(Encode) } };

    private static DeploymentExplanation Encode(ExplainedDeployment deployment)
    {
        var message = new DeploymentExplanation
        {
            Deployment = deployment.Deployment,
            Sequence = deployment.Sequence,
            Complete = deployment.Complete,
            BaselineUnixMillis = deployment.BaselineTaken?.ToUnixTimeMilliseconds() ?? 0,
            LastCheckUnixMillis = deployment.LastCheck?.ToUnixTimeMilliseconds() ?? 0,
            LastResult = deployment.LastResult ?? "",
            Problem = Cut(deployment.Problem ?? ""),
            Tasks = { deployment.Tasks.Take(MostTasks).Select(Encode) },
            LeftOver = { deployment.LeftOvers.Select(Cut) },
            Noticed = { deployment.Noticed.Select(Encode) },
            Notes = { deployment.Notes.Select(Cut) },
        };
        if (deployment.Tasks.Length > MostTasks)
        {
            message.Notes.Add($"{deployment.Tasks.Length - MostTasks} tasks more; name a task to see them");
        }
        return message;
    }

    private static TaskExplanation Encode(ExplainedTask task) => new()
    {
        Task = task.Key,
        Name = Cut(task.Name),
        Play = Cut(task.Play),
        Module = task.Module,
        Location = task.Location,
        Because = Cut(task.Because),
        State = task.State switch
        {
            ExplainedState.InSync => TaskExplanation.Types.State.InSync,
            ExplainedState.Moved => TaskExplanation.Types.State.Moved,
            ExplainedState.Command => TaskExplanation.Types.State.Command,
            ExplainedState.Skipped => TaskExplanation.Types.State.Skipped,
            ExplainedState.Failing => TaskExplanation.Types.State.Failing,
            ExplainedState.Odd => TaskExplanation.Types.State.Odd,
            _ => TaskExplanation.Types.State.Unknown,
        },
        Evidence = { task.Evidence.OrderBy(evidence => evidence.Now is null && evidence.Problem is null).Take(MostEvidence).Select(Encode) },
    };

    private static EvidenceExplanation Encode(ExplainedEvidence evidence) => new()
    {
        Subject = Cut(evidence.Subject),
        As = evidence.As,
        Baseline = Cut(evidence.Baseline),
        Now = Cut(evidence.Now ?? ""),
        Problem = Cut(evidence.Problem ?? ""),
    };

    private static Noticed Encode(NoticedMovement noticed) => new()
    {
        Subject = Cut(noticed.Subject),
        What = Cut(string.Join(", ", new[]
        {
            noticed.What == noticed.Subject ? null : noticed.What,
            noticed.Times == 1 ? null : $"{noticed.Times} times",
            noticed.DuringRun ? "during a run of ours" : null,
        }.OfType<string>())),
        How = noticed.By switch
        {
            NoticedBy.Inotify => "inotify",
            NoticedBy.Overflow => "inotify, whose queue was full",
            NoticedBy.Pidfd => "pidfd",
            NoticedBy.ProcStat => "/proc",
            NoticedBy.SockDiag => "sock_diag",
            NoticedBy.PackageDatabase => "the rpm database",
            _ => "comparison",
        },
        Who = noticed.Uid is { } uid ? $"user {uid}" : "",
        UnixMillis = noticed.When.ToUnixTimeMilliseconds(),
    };

    private static string Cut(string text) => text.Length <= LongestText ? text : $"{text.AsSpan(0, LongestText)}…";
}
