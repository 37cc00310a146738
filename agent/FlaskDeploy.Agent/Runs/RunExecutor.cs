using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using Microsoft.Extensions.Logging;

namespace FlaskDeploy.Agent.Runs;

/// <summary>Carries one request out: decides between a whole pass and a reconvergence, and keeps what came of it.</summary>
/// <remarks>
/// What survives a crash at any point: the order is taken up when the journal has the run; the end of a run, with its last
/// event, is in one write of the deployment's record; then the event is told; then the journal is closed.
/// </remarks>
internal sealed partial class RunExecutor(RunServices services, DeploymentStore store, DriftStanding standing, ILogger log)
{
    public async Task<DeploymentOutcome> Execute(
        VerifiedAssignment assignment, RunRequest request, InterruptedRun? resumed, AssignedLoader loader, CancellationToken preempted, CancellationToken cancellation)
    {
        var name = assignment.Release.Deployment;
        var sequence = (ulong)assignment.Release.Sequence;
        if (resumed is not null && WasOver(name, sequence, resumed) is { } over)
        {
            return over;
        }
        if (assignment.Content.Retired)
        {
            return Retire(assignment, request, resumed is not null);
        }
        var (assigned, refusal) = loader.Load(assignment);
        if (assigned is null)
        {
            return Refuse(name, sequence, request, refusal!, resumed is not null);
        }
        var record = store.Get(name);
        var run = new RunContext(services, assigned, request)
        {
            Handlers = new PendingHandlers(record.PendingHandlers),
            Resumed = resumed,
            PreviousComplete = record.Complete,
            IsDisturbed = record.IsDisturbed,
            Owed = record.Owed,
            ToldDrift = record.ToldDrift,
            // What was begun before the agent was cut off is brought to its end.
            Withheld = resumed is null ? standing.WhyNotCorrect(name, assigned.Release, request, record.IsDisturbed) : null,
            Held = request.Order != 0 ? ImmutableHashSet<string>.Empty : standing.Flapping.Held(record.Corrections, standing.Now).Select(held => held.Task).ToImmutableHashSet(StringComparer.Ordinal),
            HeldBecause = standing.Flapping.Because,
            Claims = ClaimGuard.Of(name, store, services.Modules),
        };
        try
        {
            var baseline = BaselineFor(run, record);
            if (baseline is null && resumed is null && request.Mode != OrderMode.Check && standing.WhyNotAct(name, assigned.Release, request) is { } withheld)
            {
                return new DeploymentOutcome(name, sequence, RunEnd.Drifted, $"{assigned.Revision} is not applied: {withheld}");
            }
            if (baseline is null && resumed is null && await run.Claims.Foresee(run, cancellation) is { } clash)
            {
                return Refuse(name, sequence, request, clash, resumes: false);
            }
            if (request.Mode != OrderMode.Check)
            {
                services.Journal.RunBegins(Journaled(assigned, request, isCorrection: baseline is not null), resumes: resumed is not null, now: request.Order != 0);
                TakeUp(record, request, isPass: baseline is null);
            }
            var outcome = baseline is null ? await new PlaybookRun(run, preempted).Execute(cancellation) : await Reconverge(run, baseline, preempted, cancellation);
            return Conclude(run, outcome);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The agent is to end: the journal stays open, and its next life goes on from there.
            throw;
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            // A full disk or a bug of ours must neither end the agent nor look like a mistake of the playbook.
            LogProblem(problem, name);
            var because = problem is IOException or UnauthorizedAccessException
                ? $"the agent cannot keep its own state: {problem.Message}"
                : $"a bug of the agent, not of the playbook: {problem.GetType().Name}: {problem.Message}";
            return ConcludeSomehow(run, new RunOutcome(RunEnd.Failed, because) { PendingHandlers = run.Handlers.All });
        }
    }

    /// <param name="asksAll">No cheap question is believed.</param>
    public EvidenceComparer Comparer(bool asksAll = false)
    {
        var root = services.Views(Account.Root, TaskEnvironment.For(Account.Root));
        return new EvidenceComparer(services.Views, async (user, token) => (await root.Ask(new AccountLook(user), token)).Account) { AsksAll = asksAll };
    }

    // Null: every task is gone over.
    private Baseline? BaselineFor(RunContext run, DeploymentRecord record)
    {
        var isComplete = record.CompleteContent == run.Assigned.Content.ToString();
        return run.Request.Mode == OrderMode.Converge && !run.Request.IsPartial && isComplete && run.Resumed?.Began.IsCorrection != false ? store.LoadBaseline(record.Name) : null;
    }

    private async Task<RunOutcome> Reconverge(RunContext run, Baseline baseline, CancellationToken preempted, CancellationToken cancellation)
    {
var full = run.Request.IsFull ? new FullLook(run, Comparer(asksAll: true)) : null;
        return await new Reconvergence(run, baseline, Comparer(), preempted) { FullLook = full }.Execute(cancellation);
    }

    private void TakeUp(DeploymentRecord record, RunRequest request, bool isPass)
    {
        var disturbs = isPass && record.CompleteContent is not null && !record.IsDisturbed;
        if (request.Order > record.Order || disturbs)
        {
            store.Update(record.Name, now => WithOrder(now, request) with { IsDisturbed = now.IsDisturbed || disturbs });
        }
    }

    private static DeploymentRecord WithOrder(DeploymentRecord record, RunRequest request) => record with { Order = Math.Max(record.Order, request.Order) };

    private DeploymentOutcome Conclude(RunContext run, RunOutcome outcome)
    {
        var name = run.Assigned.Deployment;
        var request = run.Request;
        // It is kept and told to operators: a failed command may have its password in it.
        outcome = outcome with { Because = run.Reporter.Redact(outcome.Because) };
        if (request.Mode == OrderMode.Check)
        {
            run.Reporter.End(outcome.End, outcome.Because);
            if (request.Order != 0)
            {
                store.Update(name, record => WithOrder(record, request));
            }
            return new DeploymentOutcome(name, run.Assigned.Sequence, outcome.End, outcome.Because);
        }
        var before = store.Get(name);
        var after = After(before, run, outcome);
        var because = after.IsHeld && !before.IsHeld ? $"held after {after.Failures} failures: {outcome.Because}" : outcome.Because;
        if (request.Order != 0 && standing.PauseOf(before) is not null)
        {
            // A push does not lift it, and its operator is to know that it is there.
            run.Reporter.Standing(standing.Of(before, run.Assigned.Release));
        }
        var last = run.Reporter.LastEvent(outcome.End, because);
        KeepClaims(run, outcome);
        KeepBaseline(run, outcome, before);
        if (last is not null || IsWorthWriting(before, after))
        {
            store.Update(name, record => After(record, run, outcome) with { LastEvent = last });
        }
        else
        {
            store.Remember(name, record => After(record, run, outcome));
        }
        if (last is not null)
        {
            services.Events.AppendEncoded(last);
        }
        services.Journal.RunEnds(request.Run);
        return new DeploymentOutcome(name, run.Assigned.Sequence, outcome.End, because);
    }

    private DeploymentOutcome ConcludeSomehow(RunContext run, RunOutcome outcome)
    {
        try
        {
            run.Reporter.Begin(RunPass.Apply, 0);
            return Conclude(run, outcome);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk takes nothing: known to this life at least, and tried again after the backoff.
            store.Remember(run.Assigned.Deployment, record => After(record, run, outcome));
            return new DeploymentOutcome(run.Assigned.Deployment, run.Assigned.Sequence, outcome.End, outcome.Because);
        }
    }

    // Those of a run that failed too: what it began to make is this deployment's.
    private void KeepClaims(RunContext run, RunOutcome outcome)
    {
        var isWholePass = outcome.CompletesRevision && run.Reporter.Pass == RunPass.Apply;
        if (run.Claims.After(isWholePass) is { } claims)
        {
            store.SaveClaims(run.Assigned.Deployment, claims);
        }
    }

    private void KeepBaseline(RunContext run, RunOutcome outcome, DeploymentRecord record)
    {
        if (outcome.Baseline is not { } baseline)
        {
            return;
        }
        if (!run.Request.IsPartial)
        {
            store.SaveBaseline(record.Name, baseline);
        }
        else if (record.CompleteContent == run.Assigned.Content.ToString() && store.LoadBaseline(record.Name) is { } whole)
        {
            // What was run again looks different now, and rightly so.
            store.SaveBaseline(record.Name, BaselineTaker.Merge(whole, baseline));
        }
    }

    private DeploymentRecord After(DeploymentRecord record, RunContext run, RunOutcome outcome)
    {
        var now = services.Time.GetUtcNow();
        var next = record with
        {
            PendingHandlers = outcome.PendingHandlers,
            Owed = outcome.Owed ?? record.Owed,
            ToldDrift = outcome.ToldDrift,
            LastCheck = now,
            LastResult = outcome.End.ToString(),
            LastRun = run.Request.Run,
            // A push begins a new series.
            Corrections = run.Request.Order != 0 ? record.Corrections.IsEmpty ? record.Corrections : [] : standing.Flapping.After(record.Corrections, outcome.Corrected, standing.Now),
        };
        if (record.Sequence > run.Assigned.Sequence)
        {
            // A newer revision came meanwhile: how the old one fared is not its failure.
            return outcome.CompletesRevision ? Completed(next, run) : next;
        }
        return outcome.End switch
        {
            RunEnd.Failed => next with
            {
                Failures = record.Failures + 1,
                IsHeld = record.Failures + 1 >= Schedule.MostFailures,
                RetryAt = now + Schedule.Backoff(record.Failures + 1),
                LastProblem = outcome.Because,
            },
            RunEnd.Interrupted => next,
            // It was only looked: what failed before has not been tried again.
            RunEnd.Drifted when run.Withheld is not (null or CorrectionPolicy.ByPolicy) => outcome.CompletesRevision ? Completed(next, run) : next,
            _ => (outcome.CompletesRevision ? Completed(next, run) : next) with { Failures = 0, IsHeld = false, RetryAt = null, LastProblem = null },
        };
    }

    private static DeploymentRecord Completed(DeploymentRecord record, RunContext run) =>
        record with { Complete = run.Assigned.Sequence, CompleteContent = run.Assigned.Content.ToString(), IsDisturbed = false };

    private static bool IsWorthWriting(DeploymentRecord before, DeploymentRecord after) =>
        !after.PendingHandlers.SequenceEqual(before.PendingHandlers)
        || !(after.Owed.IsNothing && before.Owed.IsNothing) && after.Owed != before.Owed
        || after with { LastCheck = before.LastCheck, LastRun = before.LastRun, PendingHandlers = before.PendingHandlers, Owed = before.Owed } != before;

    // Cut off between the write of its end and the closing of the journal: at most its last event is still to be told.
    private DeploymentOutcome? WasOver(string name, ulong sequence, InterruptedRun resumed)
    {
        var record = store.Get(name);
        if (record.LastRun != resumed.Began.Run)
        {
            return null;
        }
        if (record.LastEvent is { } last && services.Events.LastFinishedRun != resumed.Began.Run)
        {
            services.Events.AppendEncoded(last);
        }
        services.Journal.Forget();
        return new DeploymentOutcome(name, sequence, Enum.TryParse<RunEnd>(record.LastResult, out var end) ? end : RunEnd.Unchanged, "it had ended before the agent was cut off");
    }

    private DeploymentOutcome Refuse(string name, ulong sequence, RunRequest request, Refusal refusal, bool resumes)
    {
        store.Update(name, record => WithOrder(record, request) with { IsHeld = request.Mode != OrderMode.Check, LastProblem = refusal.Reason });
        new RunReporter(services.Events, name, sequence, request, services.Time).Refused(refusal.Reason, refusal.Remedy);
        if (resumes)
        {
            services.Journal.Forget();
        }
        return new DeploymentOutcome(name, sequence, RunEnd.Failed, refusal.Reason);
    }

    private DeploymentOutcome Retire(VerifiedAssignment assignment, RunRequest request, bool resumes)
    {
        const string because = "retired: what it set up stays as it is and is no longer looked after";
        var name = assignment.Release.Deployment;
        var sequence = (ulong)assignment.Release.Sequence;
        var reporter = new RunReporter(services.Events, name, sequence, request, services.Time);
        if (request.Mode == OrderMode.Check)
        {
            reporter.Begin(RunPass.Check, 0);
            reporter.End(RunEnd.Unchanged, because);
            store.Update(name, record => WithOrder(record, request));
            return new DeploymentOutcome(name, sequence, RunEnd.Unchanged, because);
        }
        services.Journal.RunBegins(new RunBegan(request.Run, name, sequence, request.Order, request.Mode, request.Cause), resumes, now: true);
        reporter.Begin(RunPass.Apply, 0);
        var last = reporter.LastEvent(RunEnd.Unchanged, because)!;
        store.SaveBaseline(name, null);
        store.SaveClaims(name, null);
        store.Update(name, record => WithOrder(record, request) with
        {
            Complete = sequence,
            CompleteContent = assignment.ContentDigest.ToString(),
            IsRetired = true,
            IsHeld = false,
            IsDisturbed = false,
            PendingHandlers = [],
            Owed = Owed.Nothing,
            ToldDrift = null,
            Pause = null,
            Corrections = [],
            Failures = 0,
            RetryAt = null,
            LastProblem = null,
            LastResult = RunEnd.Unchanged.ToString(),
            LastRun = request.Run,
            LastEvent = last,
        });
        services.Events.AppendEncoded(last);
        services.Journal.RunEnds(request.Run);
        return new DeploymentOutcome(name, sequence, RunEnd.Unchanged, because);
    }

    private static RunBegan Journaled(Assigned assigned, RunRequest request, bool isCorrection) =>
        new(request.Run, assigned.Deployment, assigned.Sequence, request.Order, request.Mode, request.Cause)
        {
            Tags = [.. request.Tags],
            SkipTags = [.. request.SkipTags],
            StartAtTask = request.StartAtTask,
            Limit = request.Limit,
            Verbosity = request.Verbosity,
            IsCorrection = isCorrection,
        };

    [LoggerMessage(1101, LogLevel.Error, "A run of {Deployment} could not go on")]
    private partial void LogProblem(Exception problem, string deployment);
}
