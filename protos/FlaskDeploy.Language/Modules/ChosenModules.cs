using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Language.Modules;

/// <summary>
/// Modules that a task names by a variable: what a name means that only the run brings. The compiler asks where it knows the
/// name, the agent where only it does, and both are told the same.
/// </summary>
public static class ChosenModules
{
    // What a fact may say on a host that an agent runs on.
    private static readonly ImmutableArray<(string Name, ImmutableArray<string> Values)> Facts =
    [
        ("{{ansible_pkg_mgr}}", ["dnf", "yum"]), ("{{ansible_facts.pkg_mgr}}", ["dnf", "yum"]), ("{{ansible_facts['pkg_mgr']}}", ["dnf", "yum"]),
        ("{{ansible_service_mgr}}", ["systemd", "service"]), ("{{ansible_facts.service_mgr}}", ["systemd", "service"]), ("{{ansible_facts['service_mgr']}}", ["systemd", "service"]),
    ];

    /// <summary>The module of that name, or why a task does not come to be one of it.</summary>
    /// <param name="isHere">For <c>flaskdeploy apply</c>: what a push cannot keep is kept there.</param>
    public static (ModuleSpec? Spec, Diagnostic? Problem) Find(string name, Func<string, ModuleSpec?> modules, IEnumerable<string> names, bool isHere, SourceSpan span)
    {
        if (!isHere && RefusedModules.Find(name) is { } refused)
        {
            return Wrong($"the module '{ForeignModules.ShortName(name)}' is not supported: {refused.Because}", refused.Remedy);
        }
        if (modules(name) is { } spec)
        {
            return spec.NamedOnlyBecause is { } because ? Wrong($"the module '{spec.Name}' cannot come out of a variable of the host's: {because}", $"write it out, with a condition: when: ... == '{spec.Name}'") : (spec, null);
        }
        if (RefusedModules.Find(name) is { } elsewhere)
        {
            return Wrong($"the module '{ForeignModules.ShortName(name)}' is not supported: {elsewhere.Because}", elsewhere.Remedy);
        }
        if (ForeignModules.ShortName(name) is "include" or "include_tasks" or "include_role" or "import_tasks" or "import_role" or "import_playbook")
        {
            return Wrong($"'{name}' cannot come out of a variable of the host's: which files tasks may bring is told before the run", "write it out, and let the variable be in the name of the file");
        }
        return ForeignModules.Contains(name)
            ? Wrong($"'{name}' is a module for other systems than this agent's", "give the task a condition: when: ansible_os_family == 'Debian'")
            : Wrong($"there is no module '{name}'", Suggestion.For(ForeignModules.ShortName(name), names));

        (ModuleSpec?, Diagnostic?) Wrong(string summary, string? remedy) => (null, new Diagnostic(DiagnosticCodes.UnknownModule, Severity.Error, span, summary) { Remedy = remedy });
    }

    /// <summary>Every module that a name may come to mean of which only that is certain.</summary>
    /// <param name="written">The template, as it is written.</param>
    /// <param name="start">How the name begins.</param>
    /// <param name="end">How it ends.</param>
    public static ImmutableArray<ModuleSpec> MayBe(string written, string start, string end, Func<string, ModuleSpec?> modules, IEnumerable<string> names, bool isHere)
    {
        var plain = written.Replace(" ", "", StringComparison.Ordinal).Replace('"', '\'');
        var likely = Facts.FirstOrDefault(fact => fact.Name == plain).Values;
        start = start[(start.LastIndexOf('.') + 1)..];
        var possible = likely.IsDefault ? names.Where(name => name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(end, StringComparison.Ordinal)) : likely;
        return [.. possible.Select(name => Find(name, modules, [], isHere, SourceSpan.None).Spec).OfType<ModuleSpec>().DistinctBy(spec => spec.Name).OrderBy(spec => spec.Name, StringComparer.Ordinal)];
    }
}
