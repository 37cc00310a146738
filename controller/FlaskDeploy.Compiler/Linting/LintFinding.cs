using System.Collections.Immutable;
using FlaskDeploy.Compiler.Vaults;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Linting;

/// <summary>What is to be looked at.</summary>
public sealed record LintRequest
{
    /// <summary>Playbooks, files of tasks or variables, roles, or directories that hold them.</summary>
    public required ImmutableArray<string> Paths { get; init; }

    /// <summary>With one, names that nothing defines are errors; without, the inventory could define them.</summary>
    public ImmutableArray<string> Inventories { get; init; } = [];

    public ImmutableArray<string> ExtraVars { get; init; } = [];

    public ImmutableArray<string> RolesPath { get; init; } = [];

    public ImmutableArray<VaultPassword> VaultPasswords { get; init; } = [];

    /// <summary>Codes or names of rules; empty: all.</summary>
    public ImmutableArray<string> Only { get; init; } = [];

    /// <summary>Codes or names of rules that are left out.</summary>
    public ImmutableArray<string> Skip { get; init; } = [];

    /// <summary>A configuration of ansible-lint for all files. Null: the one nearest above each.</summary>
    public string? Configuration { get; init; }
}

/// <summary>What was found. Findings of the compiler have its codes and no rule.</summary>
/// <param name="Rule">Null: the compiler says it.</param>
public sealed record LintFinding(LintRule? Rule, string Code, LintSeverity Severity, SourceSpan Span, string Summary)
{
    public string? Remedy { get; init; }

    public string? Detail { get; init; }
}

/// <param name="Findings">By file, line and column.</param>
/// <param name="Files">How many files of YAML were looked at.</param>
/// <param name="Problems">Paths that could not be looked at, and why.</param>
public sealed record LintResult(ImmutableArray<LintFinding> Findings, int Files, ImmutableArray<string> Problems)
{
    /// <summary>How many findings ansible-lint's configuration left out.</summary>
    public int LeftOut { get; init; }

    public int Count(LintSeverity severity) => Findings.Count(finding => finding.Severity == severity);
}

/// <summary>Takes what one rule finds.</summary>
internal sealed class LintFinder(LintRule rule, List<LintFinding> into)
{
    public void At(SourceSpan span, string summary, string? remedy = null, string? detail = null) =>
        into.Add(new LintFinding(rule, rule.Code, rule.Severity, span, summary) { Remedy = remedy, Detail = detail });
}
