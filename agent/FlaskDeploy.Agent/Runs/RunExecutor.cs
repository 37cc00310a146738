using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using Microsoft.Extensions.Logging;

namespace FlaskDeploy.Agent.Runs;

/// <summary>Carries one request out: decides between a whole pass and a reconvergence, and keeps what came of it.</summary>
internal sealed partial class RunExecutor(RunServices services, DeploymentStore store, ILogger log)
{
    public async Task<DeploymentOutcome> Execute(
        VerifiedAssignment assignment, RunRequest request, InterruptedRun? resumed, AssignedLoader loader, CancellationToken preempted, CancellationToken cancellation)
    {
        var name = assignment.Release.Deployment;
        var sequence = (ulong)assignment.Release.Sequence;
        if (assignment.Content.Retired)
        {
            return Retire(assignment, request);
        }
        var (assigned, refusal) = loader.Load(assignment);
        if (assigned is null)
        {
            new RunReporter(services.Events, name, sequence, request, services.Time).Refused(refusal!.Reason, refusal.Remedy);
            store.Save(store.Get(name) with { IsHeld = true, LastProblem = refusal.Reason });
            return new DeploymentOutcome(name, sequence, RunEnd.Failed, refusal.Reason);
        }
        var record = store.Get(name);
        var run = new RunContext(services, assigned, request) { Handlers = new PendingHandlers(record.PendingHandlers), Resumed = resumed, PreviousComplete = record.Complete };
        if (request.Mode != OrderMode.Check)
        {
            services.Journal.RunBegins(Journaled(assigned, request), resumes: resumed is not null);
        }
        try
        {
            var outcome = await Go(run, record, preempted, cancellation);
            Keep(run, outcome);
            return new DeploymentOutcome(name, sequence, outcome.End, outcome.Because);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The agent is to end: the journal stays open, and its next life goes on from there.
            throw;
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            // A bug of ours must not end the agent, nor look like a mistake of the playbook.
            LogBug(bug, name);
            var outcome = new RunOutcome(RunEnd.Failed, $"a bug of the agent, not of the playbook: {bug.GetType().Name}: {bug.Message}") { PendingHandlers = run.Handlers.All };
            run.Reporter.Begin(RunPass.Apply, 0);
            run.Reporter.End(outcome.End, outcome.Because);
            Keep(run, outcome);
            return new DeploymentOutcome(name, sequence, outcome.End, outcome.Because);
        }
    }

    private async Task<RunOutcome> Go(RunContext run, DeploymentRecord record, CancellationToken preempted, CancellationToken cancellation)
    {
        var isComplete = record.CompleteContent == run.Assigned.Content.ToString();
        if (run.Request.Mode == OrderMode.Converge && !run.Request.IsPartial && isComplete && run.Resumed is null && store.LoadBaseline(record.Name) is { } baseline)
        {
            var root = services.Views(Account.Root, TaskEnvironment.For(Account.Root));
            var comparer = new EvidenceComparer(services.Views, async (user, token) => (await root.Ask(new AccountLook(user), token)).Account);
            return await new Reconvergence(run, baseline, comparer, preempted).Execute(cancellation);
        }
        return await new PlaybookRun(run, preempted).Execute(cancellation);
    }

    private void Keep(RunContext run, RunOutcome outcome)
    {
        var record = store.Get(run.Assigned.Deployment);
        if (run.Request.Mode == OrderMode.Check)
        {
            return;
        }
        if (outcome.Baseline is { } baseline)
        {
            store.SaveBaseline(record.Name, baseline);
        }
        var next = record with { PendingHandlers = outcome.PendingHandlers, LastCheck = services.Time.GetUtcNow(), LastResult = outcome.End.ToString(), LastProblem = null };
        switch (outcome.End)
        {
            case RunEnd.Failed:
                var failures = record.Failures + 1;
                next = next with { Failures = failures, IsHeld = failures >= Schedule.MostFailures, RetryAt = services.Time.GetUtcNow() + Schedule.Backoff(failures), LastProblem = outcome.Because };
                break;
            case RunEnd.Interrupted:
                break;
            default:
                next = next with { Failures = 0, IsHeld = false, RetryAt = null };
                if (outcome.Baseline is not null && !run.Request.IsPartial)
                {
                    next = next with { Complete = run.Assigned.Sequence, CompleteContent = run.Assigned.Content.ToString() };
                }
                break;
        }
        var isWorthWriting = next with { LastCheck = record.LastCheck, PendingHandlers = record.PendingHandlers } != record || !next.PendingHandlers.SequenceEqual(record.PendingHandlers);
        if (isWorthWriting)
        {
            store.Save(next);
        }
        else
        {
            store.Remember(next);
        }
        services.Journal.RunEnds(run.Request.Run);
    }

    private DeploymentOutcome Retire(VerifiedAssignment assignment, RunRequest request)
    {
        var name = assignment.Release.Deployment;
        var sequence = (ulong)assignment.Release.Sequence;
        const string because = "retired: what it set up stays as it is and is no longer looked after";
        var reporter = new RunReporter(services.Events, name, sequence, request, services.Time);
        reporter.Begin(RunPass.Apply, 0);
        store.SaveBaseline(name, null);
        store.Save(store.Get(name) with { Complete = sequence, CompleteContent = assignment.ContentDigest.ToString(), IsRetired = true, PendingHandlers = [], Failures = 0, RetryAt = null });
        reporter.End(RunEnd.Unchanged, because);
        return new DeploymentOutcome(name, sequence, RunEnd.Unchanged, because);
    }

    private static RunBegan Journaled(Assigned assigned, RunRequest request) =>
        new(request.Run, assigned.Deployment, assigned.Sequence, request.Order, request.Mode, request.Cause)
        {
            Tags = [.. request.Tags],
            SkipTags = [.. request.SkipTags],
            StartAtTask = request.StartAtTask,
        };

    [LoggerMessage(1101, LogLevel.Error, "A bug in a run of {Deployment}")]
    private partial void LogBug(Exception bug, string deployment);
}
