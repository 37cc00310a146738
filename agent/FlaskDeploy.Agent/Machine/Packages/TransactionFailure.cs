using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Machine.Packages;

/// <summary>What a package manager complained of, in the words by which Ansible tells it; the scripts run it in the C locale.</summary>
internal static class TransactionFailure
{
    // dnf's, and yum's.
    private const string NoMatch = "No match for argument: ";
    private const string NoPackage = "No package ";

    /// <summary>Of each name that nobody offers a line.</summary>
    public static ImmutableArray<string> Failures(string output) =>
    [
        .. output.Split('\n').Select(line => line.Trim()).Select(line =>
            line.StartsWith(NoMatch, StringComparison.Ordinal) ? $"No package {line[NoMatch.Length..]} available."
            : line.StartsWith(NoPackage, StringComparison.Ordinal) && line.EndsWith(" available.", StringComparison.Ordinal) ? line
            : null).OfType<string>().Distinct(StringComparer.Ordinal),
    ];

    /// <summary>The beginning of what is said of it; empty where nothing of it is known.</summary>
    public static string Kind(string output) =>
        !Failures(output).IsEmpty ? $"Failed to install some of the specified packages: {string.Join(" ", Failures(output))} "
        : output.Split('\n').Any(line => line.TrimStart().StartsWith("Problem", StringComparison.Ordinal)) ? "Depsolve Error occurred: "
        : "";
}
