namespace FlaskDeploy.Agent.Machine.Packages;

/// <summary>What a transaction brought and took, as a result tells it.</summary>
internal static class TransactionDifference
{
    /// <summary>Of <see cref="StepOutcome.Details"/>: packages, a line each.</summary>
    public const string Installed = "installed";
    public const string Removed = "removed";

    /// <param name="before">Packages with version, release and architecture.</param>
    public static StepOutcome Tell(StepOutcome outcome, IReadOnlyCollection<string> before, IReadOnlyCollection<string> after, PackageTransaction transaction)
    {
        var installed = string.Join('\n', after.Except(before).Order(StringComparer.Ordinal));
        var removed = string.Join('\n', before.Except(after).Order(StringComparer.Ordinal));
        return outcome with
        {
            Details = outcome.Details.Add(Installed, installed).Add(Removed, removed),
            LeftAsItWas = installed.Length + removed.Length == 0 && !transaction.Options.Contains("--downloadonly"),
        };
    }
}
