using System.Collections.Immutable;

namespace FlaskDeploy.Language.Bundles;

/// <summary>What the operator's machine answered while the playbook was compiled: whether a test of a path (<c>exists</c>, <c>file</c>) holds there.</summary>
/// <param name="Paths">As they were asked about; two for <c>same_file</c>.</param>
public sealed record OperatorAnswer(string Test, ImmutableArray<string> Paths, bool Holds)
{
    public bool IsAbout(string test, IReadOnlyList<string> paths) => Test == test && Paths.SequenceEqual(paths, StringComparer.Ordinal);

    public bool Equals(OperatorAnswer? other) => other is not null && other.Holds == Holds && IsAbout(other.Test, other.Paths);

    public override int GetHashCode() => HashCode.Combine(Test, Holds, Paths.Length);
}
