using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Linting.Model;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Linting;

/// <summary>
/// Looks for what is wrong, or probably not meant, in playbooks, roles and files of tasks or variables. It needs no
/// controller, no host and no inventory, goes on where a file cannot be read or does not compile, and changes nothing.
/// Errors are the compiler's own, with its codes; the rest are <see cref="LintRules"/>.
/// </summary>
/// <param name="modules">Null: the catalog of the language.</param>
public sealed class Linter(IOperatorMachine machine, ModuleSet? modules = null)
{
    private readonly ModuleSet _modules = modules ?? ModuleSet.Catalog;

    public LintResult Lint(LintRequest request)
    {
        var mended = new MendedMachine(machine, request.VaultPasswords);
        var configurations = new AnsibleLintConfigurations(machine, request.Configuration);
        var targets = new LintTargets(mended, configurations);
        foreach (var path in request.Paths)
        {
            targets.Add(path, Absolute(path));
        }
        var compiled = new LintCompiler(mended, request, _modules);
        foreach (var playbook in targets.Playbooks)
        {
            compiled.Playbook(playbook);
        }
        foreach (var role in targets.Roles.Where(role => !compiled.Reached.Any(file => file.StartsWith(role + "/tasks/", StringComparison.Ordinal))))
        {
            compiled.Role(role);
        }
        foreach (var role in targets.Roles)
        {
            compiled.AllOf(role);
        }
        foreach (var file in targets.Files.Where(file => !compiled.Reached.Contains(file)))
        {
            compiled.File(file);
        }
        var project = new ProjectReader(mended, _modules).Read(compiled.Reached.Where(path => !mended.IsOwn(path)));
        IEnumerable<LintFinding> ruled = Rules(project).Where(finding => !(finding.Rule!.NeedsEverything && compiled.Incomplete.Contains(finding.Span.File)));
        var findings = Choose(request, project, [.. compiled.Findings, .. ruled, .. Unreadable(mended, project, targets), .. Closed(mended, request)]);
        var kept = findings.Select(finding => Configured(finding, configurations, targets)).OfType<LintFinding>().ToImmutableArray();
        return new LintResult([.. kept.Select(finding => finding with { Span = finding.Span with { File = Shown(finding.Span.File) } })], project.Files.Length, [.. targets.Problems, .. configurations.Problems])
        {
            LeftOut = findings.Length - kept.Length,
        };
    }

    // As the project has decided for ansible-lint. Null: it is left out.
    private static LintFinding? Configured(LintFinding finding, AnsibleLintConfigurations configurations, LintTargets targets)
    {
        var file = finding.Span.File;
        if (configurations.For(file) is not { } configuration)
        {
            return finding;
        }
        bool IsCalled(IEnumerable<string> words) => words.Any(word => LintRule.IsCalled(word, finding.Code, finding.Rule?.Name));
        return IsCalled(configuration.Skip) || configuration.Excludes(file) && !targets.IsNamed(file) ? null
            : IsCalled(configuration.Warn) || IsCalled(configuration.Ignored[file]) ? finding with { Severity = LintSeverity.Info }
            : finding;
    }

    /// <summary>Whether there is such a rule, or a code of the compiler, or one of ansible-lint; for those who name one.</summary>
    public static bool Knows(string rule) => AnsibleLintNames.Knows(rule) ||
        LintRules.All.Any(known => known.IsCalled(rule)) || rule.Length == 6 && rule.StartsWith("FD", StringComparison.OrdinalIgnoreCase) && rule[2..].All(char.IsAsciiDigit);

    private static List<LintFinding> Rules(LintProject project)
    {
        var findings = new List<LintFinding>();
        foreach (var rule in LintRules.All)
        {
            var finder = new LintFinder(rule, findings);
            rule.Project?.Invoke(project, finder);
            foreach (var file in project.Files)
            {
                rule.File?.Invoke(file, finder);
                foreach (var play in rule.Play is null ? [] : file.Plays)
                {
                    rule.Play!(play, finder);
                }
                foreach (var task in rule.Task is null ? [] : file.Tasks)
                {
                    rule.Task!(task, finder);
                }
            }
        }
        return findings;
    }

    // Of every broken file that was looked at, whether a playbook came to read it or not.
    private static IEnumerable<LintFinding> Unreadable(MendedMachine mended, LintProject project, LintTargets targets) =>
        project.Files.Select(file => file.Path).Concat(targets.Unreadable).SelectMany(path => mended.Read(path).Problems).Select(LintCompiler.FindingOf);

    private static IEnumerable<LintFinding> Closed(MendedMachine mended, LintRequest request) => mended.Closed.Select(path =>
        new LintFinding(null, CompilerCodes.Encrypted, LintSeverity.Info, new SourceSpan(path, 1, 1), request.VaultPasswords.IsEmpty ? "it lies in a vault: what is in it is not looked at" : "it lies in a vault that no given password opens: what is in it is not looked at")
        {
            Remedy = request.VaultPasswords.IsEmpty ? "--vault-password-file FILE has it looked at too" : null,
        });

    private ImmutableArray<LintFinding> Choose(LintRequest request, LintProject project, IEnumerable<LintFinding> findings)
    {
        var files = project.Files.ToDictionary(file => file.Path, file => new Suppressions(file), StringComparer.Ordinal);
        bool IsCalled(ImmutableArray<string> words, LintFinding finding) => words.Any(word => LintRule.IsCalled(word, finding.Code, finding.Rule?.Name));
        return [.. findings
            .Where(finding => request.Only.IsEmpty || IsCalled(request.Only, finding))
            .Where(finding => !IsCalled(request.Skip, finding))
            .Where(finding => !(files.GetValueOrDefault(finding.Span.File)?.Silence(finding) ?? false))
            .DistinctBy(finding => (finding.Code, finding.Span, finding.Summary))
            .OrderBy(finding => finding.Span.File, StringComparer.Ordinal).ThenBy(finding => finding.Span.Line).ThenBy(finding => finding.Span.Column).ThenBy(finding => finding.Code, StringComparer.Ordinal)];
    }

    private string Absolute(string path)
    {
        var full = Path.GetFullPath(path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? machine.Home + path[1..] : path, machine.CurrentDirectory);
        return full.Length > 1 ? full.TrimEnd('/') : full;
    }

    private string Shown(string path)
    {
        var here = machine.CurrentDirectory.TrimEnd('/') + "/";
        return path.StartsWith(here, StringComparison.Ordinal) ? path[here.Length..] : path;
    }
}
