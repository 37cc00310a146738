using System.Collections.Concurrent;
using FlaskDeploy.V1;

namespace FlaskDeploy.Controller.Sessions;

/// <summary>What was asked over a session and is not answered yet. Each question is answered once: by the agent, or by the session's end.</summary>
internal sealed class Questions
{
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<Reply?>> _open = new();
    private ulong _last;
    private volatile bool _isOver;

    /// <summary>Null: the session ended first.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits any more; a reply that comes later is dropped.</exception>
    public async Task<Reply?> AskAsync(Question question, Action<Question> send, CancellationToken cancellationToken)
    {
        question.Id = Interlocked.Increment(ref _last);
        var waiting = _open[question.Id] = new TaskCompletionSource<Reply?>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (_isOver)
            {
                return null;
            }
            send(question);
            return await waiting.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _open.TryRemove(question.Id, out _);
        }
    }

    /// <summary>A reply to nothing is dropped.</summary>
    public void Take(Reply reply)
    {
        if (_open.TryGetValue(reply.Id, out var waiting))
        {
            waiting.TrySetResult(reply);
        }
    }

    public void End()
    {
        _isOver = true;
        foreach (var (_, waiting) in _open)
        {
            waiting.TrySetResult(null);
        }
    }
}
