using FlaskDeploy.Compiler.Linting.Model;

namespace FlaskDeploy.Compiler.Linting;

public enum LintSeverity
{
    /// <summary>Does not do what is written: the compiler refuses it, or it is wrong on every host.</summary>
    Error,

    /// <summary>Legal, and probably not meant.</summary>
    Warning,

    /// <summary>Advice.</summary>
    Info,
}

/// <summary>
/// One thing that lint looks for, with its documentation as data. The examples are tests: the rule must find something in
/// <see cref="Bad"/>, and nothing in <see cref="Good"/>, which must compile as well.
/// </summary>
/// <param name="Code">Stable: <c>FD2201</c>.</param>
/// <param name="Name">Where ansible-lint has the same rule, its name: comments that silence it there do here too.</param>
/// <param name="Title">One line, in lower case, without a full stop.</param>
public sealed record LintRule(string Code, string Name, LintSeverity Severity, string Title)
{
    /// <summary>Why it matters, in whole sentences.</summary>
    public required string Why { get; init; }

    /// <summary>Tasks, or a whole playbook where it starts with <c>- hosts:</c>.</summary>
    public required string Bad { get; init; }

    /// <summary>The same, put right.</summary>
    public required string Good { get; init; }

    internal Action<LintTask, LintFinder>? Task { get; init; }

    internal Action<LintPlay, LintFinder>? Play { get; init; }

    internal Action<LintFile, LintFinder>? File { get; init; }

    internal Action<LintProject, LintFinder>? Project { get; init; }

    /// <summary>It says what is nowhere to be found: nothing, where a role that was not found could hold it.</summary>
    internal bool NeedsEverything { get; init; }

    /// <summary>By code or name, as <c># noqa</c> and <c>--rule</c> take it, or by what ansible-lint calls it.</summary>
    public bool IsCalled(string word) => IsCalled(word, Code, Name);

    internal static bool IsCalled(string word, string code, string? name) =>
        word.Equals(code, StringComparison.OrdinalIgnoreCase) || word.Equals(name, StringComparison.OrdinalIgnoreCase) || AnsibleLintNames.Means(word, code, name);
}
