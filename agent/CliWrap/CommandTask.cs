using System.Runtime.CompilerServices;

namespace CliWrap;

/// <summary>A command that runs.</summary>
public class CommandTask<TResult>(Task<TResult> task, int processId) : IDisposable
{
    public Task<TResult> Task { get; } = task;

    public int ProcessId { get; } = processId;

    public TaskAwaiter<TResult> GetAwaiter() => Task.GetAwaiter();

    public ConfiguredTaskAwaitable<TResult> ConfigureAwait(bool continueOnCapturedContext) => Task.ConfigureAwait(continueOnCapturedContext);

    /// <summary>Only after completion, as with any task.</summary>
    public void Dispose()
    {
        Task.Dispose();
        GC.SuppressFinalize(this);
    }

    public static implicit operator Task<TResult>(CommandTask<TResult> commandTask) => commandTask.Task;

    internal CommandTask<TOther> Select<TOther>(Func<Task<TResult>, Task<TOther>> transform) => new(transform(Task), ProcessId);
}
