using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Inventory;

/// <summary>
/// Which hosts a pattern means: names of hosts and groups, <c>all</c>, wildcards, <c>~regex</c>, ranges of a group
/// (<c>web[0:2]</c>), joined by commas or colons, with <c>&amp;</c> for what must also match and <c>!</c> for what must not.
/// </summary>
internal sealed class HostPattern(InventoryModel model, DiagnosticBag diagnostics)
{
    // A pattern is written by the operator; the limit is for the slip, not for malice.
    private static readonly TimeSpan RegexLimit = TimeSpan.FromSeconds(1);

    /// <summary>In the order of the inventory. What matches nothing is a warning.</summary>
    public ImmutableArray<InventoryHost> Match(string pattern, SourceSpan span)
    {
        var parts = PlayPattern.Split(pattern);
        var included = new HashSet<InventoryHost>();
        var hasPlain = false;
        foreach (var part in parts.Where(part => part[0] is not ('!' or '&')))
        {
            hasPlain = true;
            included.UnionWith(MatchOne(part, span));
        }
        if (!hasPlain && !parts.IsEmpty)
        {
            included.UnionWith(model.Hosts);
        }
        foreach (var part in parts.Where(part => part[0] == '&'))
        {
            included.IntersectWith(MatchOne(part[1..], span));
        }
        foreach (var part in parts.Where(part => part[0] == '!'))
        {
            included.ExceptWith(MatchOne(part[1..], span));
        }
        return [.. model.Hosts.Where(included.Contains), .. included.Where(host => host == model.Implicit)];
    }

    private IEnumerable<InventoryHost> MatchOne(string part, SourceSpan span)
    {
        if (part.StartsWith('~'))
        {
            return MatchRegex(part[1..], span);
        }
        var name = model.FindHost(part) is null ? PlayPattern.WithoutRange(part) : part;
        var hosts = MatchName(name).ToList();
        if (hosts.Count == 0 && name is not ("all" or "*"))
        {
            var known = model.Hosts.Select(host => host.Name).Concat(model.Groups.Select(group => group.Name));
            diagnostics.Warning(CompilerCodes.BadPattern, span, model.FindGroup(name) is null ? $"no host or group is called '{name}'" : $"the group '{name}' has no hosts", model.FindGroup(name) is null ? Suggestion.For(name, known) : null);
        }
        return name == part ? hosts : Slice(hosts, part, span);
    }

    private IEnumerable<InventoryHost> MatchName(string name)
    {
        if (name is "all" or "*")
        {
            return model.Hosts;
        }
        if (!name.AsSpan().ContainsAny("*?["))
        {
            return model.FindGroup(name) is { } group ? model.Members(group)
                : model.FindHost(name) is { } host ? [host]
                : name is "localhost" or "127.0.0.1" or "::1" && model.Implicit is { } here ? [here]
                : [];
        }
        return model.Groups.Where(group => OperatorTree.IsMatch(group.Name, name)).SelectMany(group => model.Members(group))
            .Concat(model.Hosts.Where(host => OperatorTree.IsMatch(host.Name, name))).Distinct();
    }

    private List<InventoryHost> MatchRegex(string text, SourceSpan span)
    {
        try
        {
            var regex = new Regex("^(?:" + text + ")", RegexOptions.CultureInvariant, RegexLimit);
            return [.. model.Groups.Where(group => regex.IsMatch(group.Name)).SelectMany(group => model.Members(group)).Concat(model.Hosts.Where(host => regex.IsMatch(host.Name))).Distinct()];
        }
        catch (Exception problem) when (problem is ArgumentException or RegexMatchTimeoutException)
        {
            diagnostics.Error(CompilerCodes.BadPattern, span, $"'~{text}' is no regular expression: {problem.Message.TrimEnd('.')}");
            return [];
        }
    }

    // Both ends count, as in Ansible; negative numbers count from the end.
    private List<InventoryHost> Slice(List<InventoryHost> hosts, string part, SourceSpan span)
    {
        var (first, last) = PlayPattern.RangeOf(part, hosts.Count)!.Value;
        if (first < 0 || first >= hosts.Count)
        {
            diagnostics.Warning(CompilerCodes.BadPattern, span, $"there is no host {part[part.LastIndexOf('[')..]} among {hosts.Count}");
            return [];
        }
        last = Math.Min(last, hosts.Count - 1);
        return first > last ? [] : hosts.GetRange(first, last - first + 1);
    }
}
