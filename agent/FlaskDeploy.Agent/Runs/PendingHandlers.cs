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

    // Of this run, and of no run before it.
    private readonly HashSet<string> _fresh = new(StringComparer.Ordinal);

    public ImmutableArray<string> All => [.. _pending.Order(StringComparer.Ordinal)];

    /// <param name="handlers">Of the play, in the order of writing.</param>
    /// <param name="names">Rendered.</param>
    /// <param name="render">The name of a handler.</param>
    /// <returns>The names that no handler has.</returns>
    public IReadOnlyList<string> Notify(IReadOnlyList<PlacedTask> handlers, IEnumerable<string> names, Func<PlacedTask, string> render)
    {
        var unknown = new List<string>();
        var keyed = Keyed(handlers).ToList();
        foreach (var name in names)
        {
            // Of several that are called so, the first one of the last list of handlers counts; all that listen do.
            var called = keyed.Where(one => IsCalled(one.Handler, name, render)).ToList();
            var meant = keyed.Where(one => one.Handler.Node.Listen.Contains(name)).Select(one => one.Key)
                .Concat(called.Where(one => ListOf(one.Handler) == ListOf(called[^1].Handler)).Take(1).Select(one => one.Key)).ToList();
            _fresh.UnionWith(meant.Where(_pending.Add));
            if (meant.Count == 0)
            {
                unknown.Add(name);
            }
        }
        return unknown;
    }

    /// <summary>Of these, in their order.</summary>
    public IReadOnlyList<PlacedTask> Of(IEnumerable<PlacedTask> handlers) =>
        [.. Keyed(handlers).Where(one => _pending.Contains(one.Key)).Select(one => one.Handler)];

    /// <summary>Whether any of them is a handler of these plays, or of a role that they may include.</summary>
    public bool HasAnyOf(IEnumerable<Play> plays, Bundle bundle) =>
        _pending.Count > 0 && plays.Any(play => Numberless(PlaybookTasks.HandlersOf(play with { Handlers = [.. play.Handlers, .. bundle.TaskFiles.SelectMany(file => file.Handlers)] })).Overlaps(_pending.Select(Numberless)));

    /// <param name="handlers">All of the play.</param>
    public void Succeeded(IEnumerable<PlacedTask> handlers, PlacedTask handler) => Drop(Keyed(handlers).Where(one => one.Handler.Node.Id == handler.Node.Id));

    /// <summary>The play was ended before they ran, as its author meant. What a run before this one owes stays owed.</summary>
    /// <param name="handlers">All of the play.</param>
    public void Forget(IEnumerable<PlacedTask> handlers) => Drop(Keyed(handlers).Where(one => _fresh.Contains(one.Key)));

    private void Drop(IEnumerable<(PlacedTask Handler, string Key)> handlers)
    {
        foreach (var (_, key) in handlers.ToList())
        {
            _pending.Remove(key);
            _fresh.Remove(key);
        }
    }

    private static HashSet<string> Numberless(IEnumerable<PlacedTask> handlers) => [.. handlers.Select(KeyOf)];

    private static string Numberless(string key) => key.LastIndexOf(" #", StringComparison.Ordinal) is >= 0 and var at && key[(at + 2)..].All(char.IsAsciiDigit) ? key[..at] : key;

    // Several of one name are told apart by their order.
    private static IEnumerable<(PlacedTask Handler, string Key)> Keyed(IEnumerable<PlacedTask> handlers)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var handler in handlers)
        {
            var key = KeyOf(handler);
            var number = counts[key] = counts.GetValueOrDefault(key) + 1;
            yield return (handler, number == 1 ? key : $"{key} #{number}");
        }
    }

    // The play's own, those of a role where it stands or is included: a role that is there twice has two lists.
    private static string ListOf(PlacedTask handler) => handler.Node.Id[..(handler.Node.Id.LastIndexOf('/') + 1)];

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
