using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;

namespace FlaskDeploy.Agent.Drift;

/// <summary>Something that looks different from the baseline.</summary>
internal sealed record Movement(Evidence Evidence, string Now)
{
    /// <summary>It could not be looked at: that is no reason to replay a command.</summary>
    public bool IsFailedLook { get; init; }

    /// <summary><c>/etc/motd: File 644 0:0 -> File 600 0:0</c></summary>
    public override string ToString() => IsFailedLook ? $"{Evidence.Look.Subject}: cannot be looked at: {Now}" : $"{Evidence.Look.Subject}: {Short(Evidence.Fingerprint)} -> {Short(Now)}";

    private static string Short(string fingerprint) => fingerprint.Length <= 60 ? fingerprint.Trim() : $"{fingerprint.AsSpan(0, 60)}…";
}

/// <param name="Moved">By key of instance; those that did not move are not in it.</param>
/// <param name="Baseline">As it was given, or with the stats of files that were touched and hold what they held.</param>
internal sealed record Comparison(IReadOnlyDictionary<string, IReadOnlyList<Movement>> Moved, Baseline Baseline);

/// <summary>
/// Asks the looks of a baseline again and compares. Each distinct look is asked once; content is read only where the
/// stat moved. This is all that a reconvergence with nothing to do consists of.
/// </summary>
internal sealed class EvidenceComparer(ViewSource views, Func<string, CancellationToken, ValueTask<Account?>> accounts)
{
    public async ValueTask<Comparison> Compare(Baseline baseline, CancellationToken cancellation)
    {
        var asked = new Dictionary<(Look, string, string), (Movement? Movement, string? Stat)>();
        var known = new Dictionary<string, Account?>(StringComparer.Ordinal) { [Account.Root.Name] = Account.Root };
        var moved = new Dictionary<string, IReadOnlyList<Movement>>(StringComparer.Ordinal);
        var instances = baseline.Instances.ToBuilder();
        for (var i = 0; i < instances.Count; i++)
        {
            var instance = instances[i];
            // A PATH of the task's own decides what is found.
            var environment = string.Join('\n', instance.Environment.Select(pair => $"{pair.Key}={pair.Value}"));
            var movements = new List<Movement>();
            for (var at = 0; at < instance.Evidence.Length; at++)
            {
                var evidence = instance.Evidence[at];
                if (!asked.TryGetValue((evidence.Look, evidence.As, environment), out var seen))
                {
                    seen = await Compare(evidence, instance.Environment, known, cancellation);
                    asked[(evidence.Look, evidence.As, environment)] = seen;
                }
                if (seen.Movement is not null)
                {
                    movements.Add(seen.Movement);
                }
                else if (seen.Stat is not null && seen.Stat != evidence.Movement)
                {
                    instance = instance with { Evidence = instance.Evidence.SetItem(at, evidence with { Movement = seen.Stat }) };
                    instances[i] = instance;
                }
            }
            if (movements.Count > 0)
            {
                moved[instance.Key] = movements;
            }
        }
        var stands = instances.Zip(baseline.Instances).All(pair => ReferenceEquals(pair.First, pair.Second));
        return new Comparison(moved, stands ? baseline : baseline with { Instances = instances.ToImmutable() });
    }

    /// <returns>What moved; or, of content that did not, the stat that it has now.</returns>
    private async ValueTask<(Movement? Movement, string? Stat)> Compare(
        Evidence evidence, ImmutableSortedDictionary<string, string> environment, Dictionary<string, Account?> known, CancellationToken cancellation)
    {
        try
        {
            // What a stat tells, root may see without becoming anybody: no worker is started for it.
            var root = views(Account.Root, TaskEnvironment.For(Account.Root));
            string? stat = null;
            if (evidence is { Look: ContentLook content, Movement: { } still })
            {
                stat = (await root.Ask(new StatLook(content.Path, FollowLinks: true), cancellation)).Movement;
                if (stat == still)
                {
                    return (null, stat);
                }
            }
            if (!known.TryGetValue(evidence.As, out var account))
            {
                known[evidence.As] = account = await accounts(evidence.As, cancellation);
            }
            if (account is null)
            {
                return (new Movement(evidence, $"there is no user {evidence.As}"), null);
            }
            var view = evidence.Look is StatLook or DirectoryLook or GlobLook or ListenersLook or AccountLook or GroupLook
                ? root
                : views(account, TaskEnvironment.For(account).With(environment));
            var now = (await Ask(view, evidence.Look, cancellation)).Fingerprint();
            return now == evidence.Fingerprint ? (null, stat) : (new Movement(evidence, now), null);
        }
        catch (LookFailedException failed)
        {
            return (new Movement(evidence, failed.Problem) { IsFailedLook = true }, null);
        }
    }

    private static async ValueTask<Answer> Ask(IMachineView view, Look look, CancellationToken cancellation) => look switch
    {
        StatLook l => await view.Ask(l, cancellation),
        ContentLook l => await view.Ask(l, cancellation),
        ReadLook l => await view.Ask(l, cancellation),
        DirectoryLook l => await view.Ask(l, cancellation),
        GlobLook l => await view.Ask(l, cancellation),
        PackagesLook l => await view.Ask(l, cancellation),
        AvailablePackagesLook l => await view.Ask(l, cancellation),
        PythonPackagesLook l => await view.Ask(l, cancellation),
        ListenersLook l => await view.Ask(l, cancellation),
        ConnectLook l => await view.Ask(l, cancellation),
        ProcessLook l => await view.Ask(l, cancellation),
        UnitLook l => await view.Ask(l, cancellation),
        AccountLook l => await view.Ask(l, cancellation),
        GroupLook l => await view.Ask(l, cancellation),
        ProgramLook l => await view.Ask(l, cancellation),
        SystemLook l => await view.Ask(l, cancellation),
        LaunchLook l => await view.Ask(l, cancellation),
        HealthLook l => await view.Ask(l, cancellation),
        SecurityContextLook l => await view.Ask(l, cancellation),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
