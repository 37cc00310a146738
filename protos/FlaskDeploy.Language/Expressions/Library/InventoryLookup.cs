using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// <c>inventory_hostnames</c>: the hosts that patterns mean, out of <c>groups</c>, so that each side knows as much as it
/// knows of those. https://docs.ansible.com/ansible/latest/collections/ansible/builtin/inventory_hostnames_lookup.html
/// </summary>
internal static class InventoryLookup
{
    internal static ImmutableArray<Value> Run(Call call, ImmutableArray<Value> terms)
    {
        var evaluator = call.Evaluator;
        var groups = evaluator.FindVariable("groups") switch
        {
            UnknownValue unknown => throw new UnknownStop(unknown),
            { } value when evaluator.Session.Settle(value) is MapValue map => map,
            _ => throw call.Error("inventory_hostnames has no inventory here"),
        };
        ImmutableArray<string> Members(string group) => groups[group] switch
        {
            null => [],
            UnknownValue unknown => throw new UnknownStop(unknown),
            var hosts => [.. evaluator.Items(hosts).Select(evaluator.Text)],
        };

        var parts = Lists(terms).SelectMany(term => PlayPattern.Split(evaluator.Text(term))).ToList();
        var found = new List<string>();
        var plain = parts.Where(part => part[0] is not ('!' or '&')).DefaultIfEmpty("all");
        foreach (var part in parts.Count == 0 ? [] : plain)
        {
            found.AddRange(Of(part).Where(host => !found.Contains(host)));
        }
        foreach (var part in parts.Where(part => part[0] == '&'))
        {
            var others = Of(part[1..]);
            found.RemoveAll(host => !others.Contains(host));
        }
        foreach (var part in parts.Where(part => part[0] == '!'))
        {
            var others = Of(part[1..]);
            found.RemoveAll(others.Contains);
        }
        return [.. found.Select(Value.Of)];

        List<string> Of(string part)
        {
            var name = PlayPattern.WithoutRange(part);
            bool IsMeant(string one) => name.StartsWith('~')
                ? PythonRegex.Get(evaluator, $@"\A(?:{name[1..]})", false, false).Search(evaluator, one) is not null
                : name == one || OperatorTree.IsMatch(one, name);
            var meant = groups.Entries.Select(entry => entry.Key.ToString()).Where(IsMeant).ToList();
            var hosts = meant.SelectMany(group => Members(group)).ToList();
            if (meant.Count == 0 || name.AsSpan().IndexOfAny("~.?*[") >= 0)
            {
                hosts.AddRange(Members("all").Where(IsMeant));
            }
            if (hosts.Count == 0 && name is "localhost" or "127.0.0.1" or "::1")
            {
                hosts.Add(name);
            }
            hosts = [.. hosts.Distinct(StringComparer.Ordinal)];
            return PlayPattern.RangeOf(part, hosts.Count) is not { } range ? hosts
                : [.. hosts.Where((_, place) => place >= range.First && place <= range.Last)];
        }
    }

    private static IEnumerable<Value> Lists(ImmutableArray<Value> terms) => terms.SelectMany(term => Evaluator.TrySequence(term, out var items) ? items : [term]);
}
