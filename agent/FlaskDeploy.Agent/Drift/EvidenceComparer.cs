using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;

namespace FlaskDeploy.Agent.Drift;

/// <summary>Something that looks different from the baseline.</summary>
internal sealed record Movement(Evidence Evidence, string Now)
{
    /// <summary>It could not be looked at: that is no reason to replay a command.</summary>
    public bool IsFailedLook { get; init; }

    /// <summary>The evidence is as it was, and yet the plan of the task is another.</summary>
    public bool IsPlanned { get; init; }

    /// <summary>Found by a full look: the fingerprints had not shown it.</summary>
    public bool IsHidden { get; init; }

    /// <summary><c>/etc/motd: File 644 0:0 -> File 600 0:0</c></summary>
    public override string ToString() => $"{What()}{(IsHidden ? " (found by the full look: the fingerprints had not shown it)" : "")}";

    private string What() =>
        IsPlanned ? Now
        : IsFailedLook ? $"{Evidence.Look.Subject}: cannot be looked at: {Now}"
        : $"{Evidence.Look.Subject}: {Short(Evidence.Fingerprint)} -> {Short(Now)}";

    private static string Short(string fingerprint) => fingerprint.Length <= 60 ? fingerprint.Trim() : $"{fingerprint.AsSpan(0, 60)}…";
}

/// <param name="Moved">By key of instance; those that did not move are not in it.</param>
/// <param name="Baseline">As it was given, or with what the cheap questions say now of things that were touched and are what they were.</param>
internal sealed record Comparison(IReadOnlyDictionary<string, IReadOnlyList<Movement>> Moved, Baseline Baseline);

/// <summary>
/// Asks the looks of a baseline again and compares. Each distinct look is asked once, and only where its cheap question
/// moved; those are asked together. This is all that a reconvergence with nothing to do consists of: no process, no worker.
/// </summary>
internal sealed class EvidenceComparer(ViewSource views, Func<string, CancellationToken, ValueTask<Account?>> accounts)
{
    /// <summary>Cheap questions are not believed: every look is asked.</summary>
    public bool AsksAll { get; init; }

    public async ValueTask<Comparison> Compare(Baseline baseline, CancellationToken cancellation)
    {
        var groups = new Dictionary<(string As, string Environment), Group>();
        var moved = new Dictionary<string, IReadOnlyList<Movement>>(StringComparer.Ordinal);
        var instances = baseline.Instances.ToBuilder();
        foreach (var instance in baseline.Instances)
        {
            foreach (var evidence in instance.Evidence)
            {
                GroupOf(groups, instance, evidence).Add(evidence);
            }
        }
        foreach (var group in groups.Values)
        {
            await Look(group, cancellation);
        }
        var stands = true;
        for (var i = 0; i < instances.Count; i++)
        {
            var instance = instances[i];
            var movements = new List<Movement>();
            for (var at = 0; at < instance.Evidence.Length; at++)
            {
                var evidence = instance.Evidence[at];
                var seen = GroupOf(groups, instance, evidence).Seen[evidence.Look];
                if (Compare(evidence, seen) is { } movement)
                {
                    movements.Add(movement);
                }
                else if (seen.Cheap is not null && seen.Cheap != evidence.Movement)
                {
                    instance = instance with { Evidence = instance.Evidence.SetItem(at, evidence with { Movement = seen.Cheap }) };
                    instances[i] = instance;
                    stands = false;
                }
            }
            if (movements.Count > 0)
            {
                moved[instance.Key] = movements;
            }
        }
        return new Comparison(moved, stands ? baseline : baseline with { Instances = instances.ToImmutable() });
    }

    private static Group GroupOf(Dictionary<(string As, string Environment), Group> groups, InstanceBaseline instance, Evidence evidence)
    {
        // A PATH of the task's own decides what is found.
        var key = (evidence.As, instance.Environment.IsEmpty ? "" : string.Join('\n', instance.Environment.Select(pair => $"{pair.Key}={pair.Value}")));
        if (!groups.TryGetValue(key, out var group))
        {
            groups[key] = group = new Group(evidence.As, instance.Environment);
        }
        return group;
    }

    private static Movement? Compare(Evidence evidence, Seen seen) =>
        seen.Problem is { } problem ? new Movement(evidence, problem) { IsFailedLook = seen.IsFailedLook }
        // Of two instances that looked at different times one may have moved: then it was asked, and what it said counts.
        : seen.Fingerprint is { } now && now != evidence.Fingerprint ? new Movement(evidence, now)
        : null;

    private async ValueTask Look(Group group, CancellationToken cancellation)
    {
        var account = group.As == Account.Root.Name ? Account.Root : await accounts(group.As, cancellation);
        if (account is null)
        {
            foreach (var seen in group.Seen.Values)
            {
                seen.Problem = $"there is no user {group.As}";
            }
            return;
        }
        var view = views(account, TaskEnvironment.For(account).With(group.Environment));
        Look[] looks = [.. group.Seen.Keys];
        var cheap = await view.Movements(looks, cancellation);
        for (var i = 0; i < looks.Length; i++)
        {
            var seen = group.Seen[looks[i]];
            if (looks[i].IsAskedTogether && cheap[i] is { } now)
            {
                seen.Fingerprint = now;
                continue;
            }
            seen.Cheap = cheap[i];
            if (!AsksAll && seen.Cheap is not null && seen.Known == seen.Cheap)
            {
                continue;
            }
            try
            {
                seen.Fingerprint = (await looks[i].AskOf(view, cancellation)).Fingerprint();
            }
            catch (LookFailedException failed)
            {
                (seen.Problem, seen.IsFailedLook) = (failed.Problem, true);
            }
        }
    }

    /// <summary>The looks as one user in one environment: asked together.</summary>
    private sealed class Group(string user, ImmutableSortedDictionary<string, string> environment)
    {
        public string As => user;

        public ImmutableSortedDictionary<string, string> Environment => environment;

        public Dictionary<Look, Seen> Seen { get; } = [];

        public void Add(Evidence evidence)
        {
            if (!Seen.TryGetValue(evidence.Look, out var seen))
            {
                Seen[evidence.Look] = new Seen { Known = evidence.Movement };
            }
            else if (seen.Known != evidence.Movement)
            {
                // Two instances saw it at different times: no cheap answer is both's.
                seen.Known = null;
            }
        }
    }

    private sealed class Seen
    {
        /// <summary>What the cheap question said at the baseline.</summary>
        public string? Known { get; set; }

        /// <summary>And says now.</summary>
        public string? Cheap { get; set; }

        /// <summary>Null: it was not asked, because nothing moved.</summary>
        public string? Fingerprint { get; set; }

        public string? Problem { get; set; }

        public bool IsFailedLook { get; set; }
    }
}
