using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// Holds the claims of deployments against each other. Pure. What a deployment claims is what its run leaves: where its own
/// tasks differ, the later one counts, and what it removes and makes again is not absent.
/// </summary>
internal static class ClaimBook
{
    /// <summary>Every clash of <paramref name="ours"/> with one of <paramref name="others"/>, one for each thing and pair of tasks.</summary>
    public static ImmutableArray<Clash> Clashes(DeploymentClaims ours, IEnumerable<DeploymentClaims> others)
    {
        var mine = Left(ours);
        return [.. others.SelectMany(other => Clashes(mine, Left(other))).Distinct()];
    }

    /// <summary>The reason and the remedy of a refusal.</summary>
    public static (string Reason, string Remedy) Refusal(IReadOnlyCollection<Clash> clashes)
    {
        var others = clashes.Select(clash => clash.Other).Distinct().Order(StringComparer.Ordinal).ToList();
        return (
            $"two deployments want different things of one, and would undo each other's work for ever:\n{string.Join('\n', clashes.Select(clash => $"  {clash.Text}"))}",
            $"let one of the playbooks decide and push again, or end the other deployment first: {string.Join(" or ", others.Select(other => $"flaskdeploy retire {other}"))}");
    }

    private static IEnumerable<Clash> Clashes(Dictionary<Thing, List<Demand>> mine, Dictionary<Thing, List<Demand>> theirs)
    {
        foreach (var (thing, demands) in mine)
        {
            if (theirs.TryGetValue(thing, out var opposite))
            {
                foreach (var clash in Compare(demands, opposite, deepOnly: false))
                {
                    yield return clash;
                }
            }
        }
        foreach (var (above, below, isMine) in Deep(mine, theirs).Select(pair => (pair.Above, pair.Below, true)).Concat(Deep(theirs, mine).Select(pair => (pair.Above, pair.Below, false))))
        {
            foreach (var clash in isMine ? Compare(above, below, deepOnly: true) : Compare(below, above, deepOnly: true))
            {
                yield return clash;
            }
        }
    }

    private static IEnumerable<(List<Demand> Above, List<Demand> Below)> Deep(Dictionary<Thing, List<Demand>> holders, Dictionary<Thing, List<Demand>> to) =>
        from above in holders
        where above.Key.Kind == ClaimKind.Path && above.Value.Exists(demand => demand.Claim.IsDeep)
        let deep = above.Value.FindAll(demand => demand.Claim.IsDeep)
        from below in to
        where below.Key.Kind == ClaimKind.Path && IsBelow(below.Key.Name, above.Key.Name)
        select (deep, below.Value);

    private static IEnumerable<Clash> Compare(List<Demand> mine, List<Demand> theirs, bool deepOnly)
    {
        var differing =
            from my in mine
            from their in theirs
            where my.Aspect == their.Aspect && my.Value != their.Value
            // Of a tree, its existence and attributes say something of what is in it; that it is a directory does not.
            where !deepOnly || my.Aspect is "owner" or "group" or "mode" || my.Aspect == "exists" && (my.Claim.IsDeep ? my : their).Value == Claim.No
            group (my, their) by (my.Source, their.Source);
        foreach (var pair in differing)
        {
            var (my, their) = pair.First();
            var thing = my.Claim.Thing == their.Claim.Thing ? my.Claim.Thing : $"{my.Claim.Thing} and {their.Claim.Thing}";
            yield return new Clash(their.Source.Deployment, $"{thing}: {Says(pair.Select(one => one.my))}, {Says(pair.Select(one => one.their))}");
        }
    }

    private static string Says(IEnumerable<Demand> demands)
    {
        var first = demands.First();
        // That it is there at all goes without saying where something is said of it.
        return $"{first.Source.Position} of '{first.Source.Deployment}' wants {string.Join(" and ", demands.Select(demand => demand.Claim.Wish(demand.Aspect, first.Source.IsCensored)))}";
    }

    private static Dictionary<Thing, List<Demand>> Left(DeploymentClaims claims)
    {
        var left = new Dictionary<Thing, List<Demand>>();
        foreach (var task in claims.Tasks)
        {
            var source = new Source(claims.Deployment, task.Position, task.IsCensored);
            foreach (var claim in task.Claims)
            {
                Take(left, claim, source);
            }
        }
        return left;
    }

    private static void Take(Dictionary<Thing, List<Demand>> left, Claim claim, Source source)
    {
        var thing = new Thing(claim.Kind, claim.Name);
        if (claim.Kind == ClaimKind.Path && !claim.IsAbsence)
        {
            // What is made again below it shows that the directory is no longer to be gone.
            foreach (var above in left.Where(pair => pair.Key.Kind == ClaimKind.Path && IsBelow(claim.Name, pair.Key.Name) && pair.Value.Exists(demand => demand.Claim.IsAbsence)).Select(pair => pair.Key).ToList())
            {
                left.Remove(above);
            }
        }
        else if (claim.Kind == ClaimKind.Path)
        {
            left.Keys.Where(key => key.Kind == ClaimKind.Path && IsBelow(key.Name, claim.Name)).ToList().ForEach(key => left.Remove(key));
        }
        if (!left.TryGetValue(thing, out var demands) || demands.Exists(demand => demand.Claim.IsAbsence != claim.IsAbsence))
        {
            left[thing] = demands = [];
        }
        demands.RemoveAll(demand => claim.Demands.ContainsKey(demand.Aspect));
        demands.AddRange(claim.Demands.Select(demand => new Demand(demand.Key, demand.Value, claim, source)));
    }

    private static bool IsBelow(string path, string directory) => path.StartsWith(directory == "/" ? directory : directory + "/", StringComparison.Ordinal) && path != directory;

    private readonly record struct Thing(ClaimKind Kind, string Name);

    private sealed record Source(string Deployment, string Position, bool IsCensored);

    private sealed record Demand(string Aspect, string Value, Claim Claim, Source Source);
}
