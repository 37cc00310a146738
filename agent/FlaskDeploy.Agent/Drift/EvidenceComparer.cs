using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;

namespace FlaskDeploy.Agent.Drift;

/// <summary>Something that looks different from the baseline.</summary>
internal sealed record Movement(Evidence Evidence, string Now)
{
    /// <summary><c>/etc/motd: File 644 0:0 -> File 600 0:0</c></summary>
    public override string ToString() => $"{Evidence.Look.Subject}: {Short(Evidence.Fingerprint)} -> {Short(Now)}";

    private static string Short(string fingerprint) => fingerprint.Length <= 60 ? fingerprint.Trim() : $"{fingerprint.AsSpan(0, 60)}…";
}

/// <summary>
/// Asks the looks of a baseline again and compares. Each distinct look is asked once; content is read only where the
/// stat moved. This is all that a reconvergence with nothing to do consists of.
/// </summary>
internal sealed class EvidenceComparer(ViewSource views, Func<string, CancellationToken, ValueTask<Account?>> accounts)
{
    /// <summary>By key of instance; those that did not move are not in it.</summary>
    public async ValueTask<IReadOnlyDictionary<string, IReadOnlyList<Movement>>> Compare(Baseline baseline, CancellationToken cancellation)
    {
        var asked = new Dictionary<(Look, string), Movement?>();
        var moved = new Dictionary<string, IReadOnlyList<Movement>>(StringComparer.Ordinal);
        foreach (var instance in baseline.Instances)
        {
            List<Movement>? movements = null;
            foreach (var evidence in instance.Evidence)
            {
                if (!asked.TryGetValue((evidence.Look, evidence.As), out var movement))
                {
                    movement = await Moved(evidence, cancellation);
                    asked[(evidence.Look, evidence.As)] = movement;
                }
                if (movement is not null)
                {
                    (movements ??= []).Add(movement);
                }
            }
            if (movements is not null)
            {
                moved[instance.Key] = movements;
            }
        }
        return moved;
    }

    private async ValueTask<Movement?> Moved(Evidence evidence, CancellationToken cancellation)
    {
        try
        {
            // What a stat tells, root may see without becoming anybody: no worker is started for it.
            var root = views(Account.Root, TaskEnvironment.For(Account.Root));
            if (evidence is { Look: ContentLook content, Movement: { } still }
                && (await root.Ask(new StatLook(content.Path, FollowLinks: true), cancellation)).Movement == still)
            {
                return null;
            }
            var account = evidence.As == Account.Root.Name ? Account.Root : await accounts(evidence.As, cancellation);
            if (account is null)
            {
                return new Movement(evidence, $"there is no user {evidence.As}");
            }
            var view = evidence.Look is StatLook or DirectoryLook or GlobLook or ListenersLook or AccountLook or GroupLook ? root : views(account, TaskEnvironment.For(account));
            var now = (await Ask(view, evidence.Look, cancellation)).Fingerprint();
            return now == evidence.Fingerprint ? null : new Movement(evidence, now);
        }
        catch (LookFailedException failed)
        {
            return new Movement(evidence, failed.Problem);
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
        SecurityContextLook l => await view.Ask(l, cancellation),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
