using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// Handlers that were notified and have not succeeded: they stay pending across runs, and across revisions that still
/// have them. By the names of play and handler, because ids say nothing in another bundle.
/// </summary>
internal sealed class PendingHandlers(IEnumerable<string> pending)
{
    private readonly HashSet<string> _pending = [.. pending];

    public ImmutableArray<string> All => [.. _pending.Order(StringComparer.Ordinal)];

    public void Notify(Play play, ImmutableArray<string> names, TaskPreparer preparer, IVariables variables, SourceSpan span)
    {
        foreach (var name in names)
        {
            foreach (var handler in PlaybookTasks.HandlersOf(play).Where(handler => Answers(handler.Node, name, preparer, variables, span)))
            {
                _pending.Add(KeyOf(play, handler.Node));
            }
        }
    }

    /// <summary>Of this play, in the order of writing.</summary>
    public IReadOnlyList<PlacedTask> Of(Play play) => [.. PlaybookTasks.HandlersOf(play).Where(handler => _pending.Contains(KeyOf(play, handler.Node)))];

    /// <summary>Whether any of them is a handler of these plays.</summary>
    public bool HasAnyOf(IEnumerable<Play> plays) => plays.Any(play => Of(play).Count > 0);

    public void Succeeded(Play play, TaskNode handler) => _pending.Remove(KeyOf(play, handler));

    private static string KeyOf(Play play, TaskNode handler) =>
        $"{(play.Name is NullValue ? play.Hosts : play.Name)} / {(handler.Name is not NullValue ? handler.Name.ToString() : handler.Listen.IsEmpty ? handler.Id : handler.Listen[0])}";

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
