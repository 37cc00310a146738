using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// What <c>async</c> and <c>poll</c> make of a task. Polled, it is waited for up to its limit; not polled, a command becomes
/// a job that the run leaves behind. What is no command is done at once either way, and is a job that has finished.
/// </summary>
internal sealed record AsynchronousTask(string Id, TimeSpan Limit, bool IsPolled)
{
    // As Ansible has it where a task does not say.
    private const int DefaultPoll = 15;

    /// <summary>Null: the task is not asynchronous.</summary>
    /// <param name="attempt">Each has a job of its own.</param>
    public static AsynchronousTask? Of(ReadyTask task, TaskPreparer preparer, string run, int attempt)
    {
        var node = task.Instance.Node;
        if (node.AsyncSeconds is not { } written || preparer.Number(written, task, 0) is not (> 0 and var seconds))
        {
            return null;
        }
        // The same after a crash in the middle of the run: the job that was begun is found again.
        var digits = new BigInteger(SHA256.HashData(Encoding.UTF8.GetBytes($"{run} {task.Instance.Key}")).AsSpan(0, 8), isUnsigned: true);
        return new AsynchronousTask(string.Create(CultureInfo.InvariantCulture, $"j{digits}.{attempt}"), TimeSpan.FromSeconds(seconds), preparer.Number(node.PollSeconds, task, DefaultPoll) > 0);
    }

    /// <summary>What a task comes to that cannot be asynchronous, before anything is looked at; null: it can. The words are Ansible's.</summary>
    public static TaskResult? Refusal(ReadyTask task) => task.Module is ScriptModule
        ? TaskResult.Failed("async is not supported for this task.", "a script's file lies on the host only while it runs: copy it, and run the copy")
        : null;

    /// <summary>The plan as this task carries it out; null: as it is.</summary>
    public Plan? Of(Plan plan) => plan is Change { Steps: [RunCommand command] } change
        ? IsPolled
            ? change with { Steps = [command with { Timeout = Limit }] }
            : change with { Steps = [command with { Job = new CommandJob(Id, Limit) }], Result = State(isFinished: false) }
        : null;

    /// <summary>What is registered of a task that is over; of one that runs on, nothing more than its plan said.</summary>
    public TaskResult Ended(TaskResult result) =>
        result.Registered["ansible_job_id"] is not null || result.Status == TaskStatus.Unknown ? result : result with { Registered = result.Registered.Merge(State(isFinished: true)) };

    private MapValue State(bool isFinished) => MapValue.From(("ansible_job_id", Value.Of(Id)), ("started", Value.Of(1)), ("finished", Value.Of(isFinished ? 1 : 0)));
}
