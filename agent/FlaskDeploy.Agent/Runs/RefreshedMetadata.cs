using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// Which repositories' metadata a run has fetched anew. Once is enough, for as long as nothing but packages was changed since:
/// a command or a file may have made or filled a repository.
/// </summary>
internal sealed class RefreshedMetadata
{
    private readonly HashSet<string> _fetched = new(StringComparer.Ordinal);

    /// <summary>The transaction, without fetching again what was fetched.</summary>
    public PackageTransaction Once(PackageTransaction transaction) =>
        transaction.RefreshMetadata && _fetched.Contains(KeyOf(transaction)) ? transaction with { RefreshMetadata = false } : transaction;

    /// <summary>What was carried out, and how.</summary>
    public void Saw(Step step, StepOutcome outcome)
    {
        if (step is not PackageTransaction transaction)
        {
            _fetched.Clear();
        }
        else if (transaction.RefreshMetadata && outcome.Status == StepStatus.Done)
        {
            _fetched.Add(KeyOf(transaction));
        }
    }

    private static string KeyOf(PackageTransaction transaction) =>
        string.Join('\n', [transaction.Root ?? "", .. transaction.EnableRepositories, "", .. transaction.DisableRepositories, "", .. transaction.Options]);
}
