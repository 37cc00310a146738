using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>Handlers that were notified and have not succeeded: they stay pending across runs. By the ids of their nodes.</summary>
internal sealed class PendingHandlers(IEnumerable<string> pending)
{
    private readonly HashSet<string> _pending = [.. pending];

    public ImmutableArray<string> All => [.. _pending.Order(StringComparer.Ordinal)];

    public bool IsEmpty => _pending.Count == 0;

    public void Notify(Play play, ImmutableArray<string> names, TaskPreparer preparer, IVariables variables, SourceSpan span)
    {
        foreach (var name in names)
        {
            foreach (var handler in PlaybookTasks.HandlersOf(play).Where(handler => Answers(handler.Node, name, preparer, variables, span)))
            {
                _pending.Add(handler.Node.Id);
            }
        }
    }

    /// <summary>Of this play, in the order of writing.</summary>
    public IReadOnlyList<PlacedTask> Of(Play play) => [.. PlaybookTasks.HandlersOf(play).Where(handler => _pending.Contains(handler.Node.Id))];

    public void Succeeded(TaskNode handler) => _pending.Remove(handler.Id);

    private static bool Answers(TaskNode handler, string name, TaskPreparer preparer, IVariables variables, SourceSpan span)
    {
        if (handler.Listen.Contains(name))
        {
            return true;
        }
        var rendered = Resolver.Resolve(handler.Name, preparer.ContextOf(variables, span)).Value;
        return handler.Name is not NullValue && (rendered?.ToString() == name || handler.Name.ToString() == name);
    }
}
