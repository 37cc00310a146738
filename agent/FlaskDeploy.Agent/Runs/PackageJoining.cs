using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Packages;
using FlaskDeploy.Agent.Modules;

namespace FlaskDeploy.Agent.Runs;

/// <summary>What one of several tasks has of a transaction: what it planned, and how that went.</summary>
internal sealed record PackageShare(Change Change, StepOutcome Outcome);

/// <summary>An instance that is still to come, and what it would install.</summary>
internal sealed record PackageFollower(ReadyTask Task, Change Change, PackageTransaction Step);

/// <summary>
/// Neighbouring tasks that install packages are one transaction, where it cannot be told from several: see decision 010. The
/// first of them looks ahead and carries it out; each of the others, when its turn comes, finds its share.
/// </summary>
internal sealed class PackageJoining(RunContext run, PlaySession session)
{
    private static readonly ImmutableArray<string> Modules = ["yum", "dnf", "package"];

    private readonly Dictionary<string, PackageShare> _shares = new(StringComparer.Ordinal);
    private IEnumerable<(PlacedTask Task, TaskInstance Instance)> _next = [];

    /// <summary>What comes after the instance that is run now, without a task of another kind between. Gone over only where something is to be installed.</summary>
    public void Before(IEnumerable<(PlacedTask Task, TaskInstance Instance)> next) => _next = next;

    /// <summary>What an earlier task has done for this one, once.</summary>
    public PackageShare? Take(string instance) => _shares.Remove(instance, out var share) ? share : null;

    /// <summary>Those whose packages can be installed with the first one's. They are looked at and changed by nothing.</summary>
    public async ValueTask<ImmutableArray<PackageFollower>> Followers(ReadyTask first, PackageTransaction step, CancellationToken cancellation)
    {
        if (!MayJoin(first) || !MayJoin(step))
        {
            return [];
        }
        var followers = ImmutableArray.CreateBuilder<PackageFollower>();
        var registered = new HashSet<string>(StringComparer.Ordinal);
        Register(first.Instance);
        foreach (var (placed, instance) in _next)
        {
            // Of the first one's own loop nothing is registered before its end.
            if (instance.Node.Id != first.Instance.Node.Id && TaskReads.Names(placed).Overlaps(registered))
            {
                break;
            }
            var preparation = await session.Preparer.Prepare(instance, cancellation);
            Register(instance);
            if (preparation is Preparation.Skipped)
            {
                continue;
            }
            if (preparation is not Preparation.Ready { Task: var task } || !MayJoin(task) || task.As != first.As || !task.Environment.Variables.SequenceEqual(first.Environment.Variables))
            {
                break;
            }
            var (plan, _) = await session.Runner.Look(task, Purpose.Push, cancellation);
            if (plan is InSync)
            {
                continue;
            }
            if (plan is not Change { Steps: [PackageTransaction other] } change || !MayJoin(other) || !IsLike(step, other) || await run.Claims.Take(session, task, TaskMode.Push, cancellation) is not null)
            {
                break;
            }
            // It will find what an earlier one of them has brought, and say so; what it would do besides is its own affair.
            if (other.Packages.Any(name => step.Packages.Concat(followers.SelectMany(follower => follower.Step.Packages)).Any(earlier => IsSame(name, earlier))))
            {
                continue;
            }
            followers.Add(new PackageFollower(task, change, other));
        }
        return followers.ToImmutable();

        void Register(TaskInstance instance)
        {
            if (instance.Node.Register is { } name)
            {
                registered.Add(name);
            }
        }
    }

    /// <summary>The transaction of all.</summary>
    public static PackageTransaction Join(PackageTransaction first, ImmutableArray<PackageFollower> followers) => first with
    {
        Packages = [.. first.Packages.Concat(followers.SelectMany(follower => follower.Step.Packages)).Distinct(StringComparer.Ordinal)],
        RefreshMetadata = first.RefreshMetadata || followers.Any(follower => follower.Step.RefreshMetadata),
    };

    /// <summary>Gives each its share; the first one's is what nobody else asked for by name, dependencies too.</summary>
    public StepOutcome Divide(ReadyTask first, StepOutcome outcome, ImmutableArray<PackageFollower> followers)
    {
        var installed = outcome.Details.GetValueOrDefault(TransactionDifference.Installed, "").Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        foreach (var follower in followers)
        {
            var own = installed.Where(package => follower.Step.Packages.Any(name => Is(package, name))).ToList();
            installed.RemoveAll(own.Contains);
            _shares[follower.Task.Instance.Key] = new PackageShare(
                follower.Change with { Because = $"{follower.Change.Because}; in one transaction with '{first.Instance.Name}'" },
                outcome with { Details = With(own, ""), LeftAsItWas = false });
        }
        return outcome with { Details = With(installed, outcome.Details.GetValueOrDefault(TransactionDifference.Removed, "")), LeftAsItWas = false };

        ImmutableSortedDictionary<string, string> With(List<string> packages, string removed) =>
            outcome.Details.SetItem(TransactionDifference.Installed, string.Join('\n', packages)).SetItem(TransactionDifference.Removed, removed);
    }

    // What decides by how the task went decides before the next one begins; a time is the task's own.
    private bool MayJoin(ReadyTask task) =>
        Modules.Contains(task.Module.Spec.Name)
        && task.Arguments.Text("state") is null or "present" or "installed"
        && task.Instance.Node is { Until.IsEmpty: true, Retries: null, FailedWhen.IsEmpty: true }
        && task.Instance.Keywords.CheckMode is null
        && session.Preparer.LimitOf(task.Instance) is null;

    // What brings a repository has to be there before what is in it; a file or a group is the package manager's to open.
    private static bool MayJoin(PackageTransaction step) =>
        step is { Action: PackageAction.Install, Packages.IsEmpty: false }
        && !step.Options.Contains("--downloadonly")
        && !step.Packages.Any(name => name.AsSpan().IndexOfAny("/@:*?[") >= 0 || name.Contains("release", StringComparison.Ordinal) || name.Contains("repo", StringComparison.Ordinal));

    private static bool IsLike(PackageTransaction first, PackageTransaction other) =>
        first.Options.SequenceEqual(other.Options)
        && first.EnableRepositories.SequenceEqual(other.EnableRepositories)
        && first.DisableRepositories.SequenceEqual(other.DisableRepositories)
        && first.Exclude.SequenceEqual(other.Exclude)
        && first.Root == other.Root
        && first.LockTimeout == other.LockTimeout;

    // lsof, lsof-4.95 and lsof >= 4.94 may be met by the same package.
    private static bool IsSame(string one, string other) =>
        one == other || one.Split(' ')[0] is var name && other.Split(' ')[0] is var earlier
        && (name == earlier || Is(name, earlier) || Is(earlier, name));

    // lsof-4.95-1.x86_64 is lsof, lsof-4.95 and lsof-4.95-1.
    private static bool Is(string package, string name) =>
        package.StartsWith(name, StringComparison.Ordinal) && package.Length > name.Length && (package[name.Length] == '.' || package[name.Length] == '-' && package.Length > name.Length + 1 && char.IsAsciiDigit(package[name.Length + 1]));
}
