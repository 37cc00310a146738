using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Machine.Workers;

/// <summary>One worker per user: started when something is asked as that user, gone when nothing was for a while.</summary>
internal sealed class WorkerPool : IAsyncDisposable
{
    // A worker ends its own looks in time; this is for one that hangs in the kernel.
    private static readonly TimeSpan LookDeadline = TimeSpan.FromSeconds(90);

    private readonly AgentPaths _paths;
    private readonly AgentProgram _program;
    private readonly IBlobSource _blobs;
    private readonly TimeProvider _time;
    private readonly TimeSpan _idle;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (Worker Worker, Account Account, long Used)> _workers = new(StringComparer.Ordinal);
    private readonly ITimer _sweep;

    public WorkerPool(AgentPaths paths, AgentProgram program, IBlobSource blobs, TimeProvider time, TimeSpan? idle = null)
    {
        (_paths, _program, _blobs, _time, _idle) = (paths, program, blobs, time, idle ?? TimeSpan.FromSeconds(5));
        _sweep = time.CreateTimer(_ => DismissIdle(), null, _idle, _idle / 2);
    }

    /// <summary>The pids of the workers there are.</summary>
    public IEnumerable<int> Processes()
    {
        lock (_lock)
        {
            return [.. _workers.Values.Select(entry => entry.Worker.Pid)];
        }
    }

    /// <exception cref="LookFailedException">It could not look, or died over it.</exception>
    public async ValueTask<Answer> Ask(Look look, Account account, TaskEnvironment environment, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(LookDeadline);
        try
        {
            return await For(account).Request(id => new AskMessage(id, look, environment), limit.Token) switch
            {
                AnswerMessage { Answer: { } answer } => answer,
                AnswerMessage failed => throw new LookFailedException(look, failed.Problem ?? "the worker gave no reason"),
                _ => throw new LookFailedException(look, $"the worker of {account.Name} died over it"),
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LookFailedException(look, $"the worker of {account.Name} did not answer");
        }
        catch (IOException e)
        {
            throw new LookFailedException(look, e.Message, e);
        }
    }

    /// <summary>A worker that dies over a step leaves it unknown.</summary>
    public async ValueTask<StepOutcome> Execute(Step step, StepContext context, CancellationToken cancellation)
    {
        var answer = await For(context.As).Request(id => new ExecuteMessage(id, step), cancellation);
        return answer is OutcomeMessage { Outcome: { } outcome }
            ? outcome
            : new StepOutcome(StepStatus.Unknown) { Problem = $"the worker of {context.As.Name} died over it: {step.Summary}" };
    }

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        List<Worker> all;
        lock (_lock)
        {
            all = [.. _workers.Values.Select(entry => entry.Worker)];
            _workers.Clear();
        }
        foreach (var worker in all)
        {
            await worker.DisposeAsync();
        }
    }

    private Worker For(Account account)
    {
        lock (_lock)
        {
            // Groups are taken at the start: somebody who was put into another group needs another worker.
            if (!_workers.TryGetValue(account.Name, out var entry) || !entry.Worker.IsAlive || !Same(entry.Account, account))
            {
                if (entry.Worker is { } old)
                {
                    _ = old.DisposeAsync().AsTask();
                }
                entry.Worker = Worker.Start(account, _paths, _program, _blobs);
            }
            _workers[account.Name] = (entry.Worker, account, _time.GetTimestamp());
            return entry.Worker;
        }
    }

    private static bool Same(Account left, Account right) =>
        left.Uid == right.Uid && left.Gid == right.Gid && left.Home == right.Home && left.Groups.SequenceEqual(right.Groups);

    private void DismissIdle()
    {
        lock (_lock)
        {
            foreach (var (name, entry) in _workers.ToList())
            {
                if (!entry.Worker.IsBusy && _time.GetElapsedTime(entry.Used) >= _idle)
                {
                    _workers.Remove(name);
                    _ = entry.Worker.DisposeAsync().AsTask();
                }
            }
        }
    }
}
