using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Facts;

/// <summary>A service as <c>service_facts</c> tells it.</summary>
/// <param name="State">Null: systemd has not loaded it and was not asked yet.</param>
internal sealed record ListedService(string Name, string? State, string Status)
{
    public Value ToValue() => MapValue.From(("name", Value.Of(Name)), ("source", Value.Of("systemd")), ("state", Value.Of(State ?? "unknown")), ("status", Value.Of(Status)));
}

/// <summary>What <c>systemctl list-units</c> and <c>list-unit-files</c> print, in words of every version since systemd 219. Pure.</summary>
internal static class ServiceListing
{
    private const string Suffix = ".service";
    private static readonly ImmutableArray<string> Bad = ["not-found", "masked", "failed"];

    public static ImmutableArray<ListedService> Of(string units, string files)
    {
        var services = new Dictionary<string, ListedService>(StringComparer.Ordinal);
        foreach (var words in Words(units))
        {
            // A dot or a star stands before what is wrong, in the state's own column.
            var fields = words[0].EndsWith(Suffix, StringComparison.Ordinal) ? words : words[1..];
            if (fields.Length > 3 && fields[0].EndsWith(Suffix, StringComparison.Ordinal))
            {
                services[fields[0]] = new ListedService(fields[0], fields[3] == "running" ? "running" : "stopped", Bad.FirstOrDefault(fields[1..4].Contains) ?? fields[2]);
            }
        }
        foreach (var words in Words(files).Where(words => words.Length > 1 && words[0].EndsWith(Suffix, StringComparison.Ordinal)))
        {
            var name = words[0];
            services[name] = !services.TryGetValue(name, out var known) ? new ListedService(name, null, words[1])
                : Bad.Contains(known.Status) ? known
                : known with { Status = words[1] };
        }
        return [.. services.Values.OrderBy(service => service.Name, StringComparer.Ordinal)];
    }

    /// <param name="shown"><c>ActiveState=…</c> of each of the names in their order, with an empty line between two.</param>
    public static ImmutableArray<ListedService> WithStates(ImmutableArray<ListedService> services, IReadOnlyList<string> names, string shown)
    {
        const string key = "ActiveState=";
        var states = shown.Split('\n').Where(line => line.StartsWith(key, StringComparison.Ordinal)).Select(line => line[key.Length..].Trim()).ToList();
        // A template has no state of its own: systemctl says less than it was asked, and no line is anybody's any more.
        return states.Count != names.Count ? services
            : [.. services.Select(service => service.State is null ? service with { State = states[Index(names, service.Name)] } : service)];
    }

    private static int Index(IReadOnlyList<string> names, string name) => names.Select((other, at) => (other, at)).First(pair => pair.other == name).at;

    private static IEnumerable<string[]> Words(string text) => text.Split('\n')
        .Where(line => line.Contains(Suffix, StringComparison.Ordinal))
        .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
