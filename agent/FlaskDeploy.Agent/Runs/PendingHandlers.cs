using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// Handlers that were notified and have not succeeded: they stay pending across runs, and across revisions that still
/// have them. By the names of play, role and handler, because ids say nothing in another bundle.
/// </summary>
internal sealed class PendingHandlers(IEnumerable<string> pending)
{
    private readonly HashSet<string> _pending = [.. pending];

    public ImmutableArray<string> All => [.. _pending.Order(StringComparer.Ordinal)];

    /// <param name="handlers">Of the play, in the order of writing.</param>
    /// <param name="names">Rendered.</param>
    /// <param name="render">The name of a handler.</param>
    /// <returns>The names that no handler has.</returns>
    public IReadOnlyList<string> Notify(IReadOnlyList<PlacedTask> handlers, IEnumerable<string> names, Func<PlacedTask, string> render)
    {
        var unknown = new List<string>();
        foreach (var name in names)
        {
            // Of several that are called so, the last one written counts; all that listen do.
            var meant = handlers.Where(handler => handler.Node.Listen.Contains(name)).ToList();
            if (handlers.LastOrDefault(handler => IsCalled(handler, name, render)) is { } called)
            {
                meant.Add(called);
            }
            _pending.UnionWith(meant.Select(KeyOf));
            if (meant.Count == 0)
            {
                unknown.Add(name);
            }
        }
        return unknown;
    }

    /// <summary>Of these, in their order.</summary>
    public IReadOnlyList<PlacedTask> Of(IEnumerable<PlacedTask> handlers) =>
        [.. handlers.Where(handler => _pending.Contains(KeyOf(handler))).GroupBy(KeyOf, StringComparer.Ordinal).Select(same => same.Last())];

    /// <summary>Whether any of them is a handler of these plays, or of a role that they may include.</summary>
    public bool HasAnyOf(IEnumerable<Play> plays, Bundle bundle) =>
        _pending.Count > 0 && plays.Any(play => PlaybookTasks.HandlersOf(play with { Handlers = [.. play.Handlers, .. bundle.TaskFiles.SelectMany(file => file.Handlers)] }).Any(handler => _pending.Contains(KeyOf(handler))));

    public void Succeeded(PlacedTask handler) => _pending.Remove(KeyOf(handler));

    private static string KeyOf(PlacedTask handler)
    {
        var (play, node) = (handler.Keywords.Play, handler.Node);
        var role = handler.Keywords.Role is { } scope ? $"{scope.Name} : " : "";
        return $"{(play.Name is NullValue ? play.Hosts : play.Name)} / {role}{(node.Name is not NullValue ? node.Name.ToString() : node.Listen.IsEmpty ? node.Id : node.Listen[0])}";
    }

    private static bool IsCalled(PlacedTask handler, string name, Func<PlacedTask, string> render)
    {
        if (handler.Node.Name is NullValue)
        {
            return false;
        }
        var rendered = render(handler);
        return rendered == name || handler.Node.Name.ToString() == name || handler.Keywords.Role is { } role && $"{role.Name} : {rendered}" == name;
    }
}
