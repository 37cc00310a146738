using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Packages;

/// <summary>
/// What only the package manager can decide: groups, updates of a kind, what nothing needs any more, what is fetched. A push
/// asks it, and it is asked no other way than a person would, by being told no; a reconvergence leaves it as the push left it.
/// </summary>
internal static class PackageAsking
{
    /// <param name="what">What is asked, as the beginning of a sentence.</param>
    internal static async ValueTask<Plan> Plan(string what, PackageTransaction transaction, ModuleContext context, CancellationToken cancellation)
    {
        if (context.Purpose != Purpose.Push)
        {
            return new InSync($"{what} is asked of the package manager by a push") { Result = PackagePlanner.Nothing };
        }
        var answer = await context.View.Ask(new TransactionLook(transaction), cancellation);
        var isDownload = transaction.Options.Contains("--downloadonly");
        return answer switch
        {
            { Problem: { } problem } => new Impossible($"{transaction.Summary}: {problem}") { Remedy = "correct the names, or enable the repository that has them", MayBeMade = true },
            { Acts: false } => new InSync($"{transaction.Summary}: nothing to do") { Result = PackagePlanner.Nothing },
            _ => new Change($"the package manager has something to do: {transaction.Summary}", [transaction])
            {
                Result = PackagePlanner.Results(transaction.Packages.Select(name => $"{(isDownload ? "Downloaded" : transaction.Action is PackageAction.Remove or PackageAction.Autoremove ? "Removed" : "Installed")}: {name}")),
                Diff = $"+{transaction.Summary}\n",
            },
        };
    }

    /// <summary>One after the other.</summary>
    internal static Plan Both(Plan first, Plan second) => (first, second) switch
    {
        (not (InSync or Change), _) => first,
        (_, not (InSync or Change)) => second,
        (InSync, InSync) => new InSync($"{first.Because}, {second.Because}") { Result = first.Result },
        (Change change, InSync) => change,
        (InSync, Change change) => change,
        (Change one, Change other) => new Change($"{one.Because}, {other.Because}", [.. one.Steps, .. other.Steps])
        {
            Diff = one.Diff + other.Diff,
            Result = one.Result.With("results", new ListValue([.. ((ListValue)one.Result["results"]!).Items, .. ((ListValue)other.Result["results"]!).Items])),
        },
    };
}
