using System.Collections.Immutable;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>
/// Gathers names that nothing can define, host by host, and says each once at the place where it is read: in the task, or
/// in the variable that the task uses.
/// </summary>
internal sealed class UndefinedNames(SyntaxContext context)
{
    private readonly Dictionary<(SourceSpan Span, string Name), (HashSet<string> Hosts, string? Remedy, Severity Severity)> _found = [];

    /// <summary>The undefined names that a template comes to read, its variables' templates included.</summary>
    public ImmutableArray<(SourceSpan Span, string Name)> In(TemplateValue template, IVariables variables)
    {
        var result = new List<(SourceSpan, string)>();
        Search(template, variables, new HashSet<TemplateValue>(ReferenceEqualityComparer.Instance), result);
        return [.. result.Distinct()];
    }

    /// <param name="severity">Where a place is read in several ways, the gravest counts.</param>
    public void Add(SourceSpan span, string name, HostVariables variables, Severity severity)
    {
        if (!_found.TryGetValue((span, name), out var known))
        {
            known = ([], Suggestion.For(name, variables.Misspelt.Where(candidate => !candidate.StartsWith("ansible_", StringComparison.Ordinal) || name.StartsWith("ansible_", StringComparison.Ordinal))), severity);
            _found.Add((span, name), known);
        }
        if (severity == Severity.Error && known.Severity != severity)
        {
            _found[(span, name)] = known with { Severity = severity };
        }
        known.Hosts.Add(variables.Host);
    }

    /// <param name="hosts">How many hosts were asked.</param>
    public void Report(int hosts)
    {
        foreach (var ((span, name), (lacking, remedy, severity)) in _found)
        {
            var where = lacking.Count == hosts ? null
                : $"on {string.Join(", ", lacking.Order(StringComparer.Ordinal).Take(5))}{(lacking.Count > 5 ? $" and {lacking.Count - 5} more" : "")}";
            context.Diagnostics.Add(new Diagnostic(DiagnosticCodes.UndefinedVariable, severity, span, where is null ? $"'{name}' is not defined" : $"'{name}' is not defined {where}")
            {
                Remedy = remedy ?? "define it in vars or in the inventory, or give it with -e",
            });
        }
        _found.Clear();
    }

    private void Search(TemplateValue template, IVariables variables, HashSet<TemplateValue> seen, List<(SourceSpan, string)> into)
    {
        if (!seen.Add(template))
        {
            return;
        }
        foreach (var name in context.Templates.UsesOf(template).Variables)
        {
            if (ExpressionCatalog.Globals.Contains(name))
            {
                continue;
            }
            if (variables.Find(name) is not { } value)
            {
                if (!IsGuarded(template.Source))
                {
                    into.Add((context.Templates.SpanOf(template, name), name));
                }
                continue;
            }
            foreach (var inner in TemplatesIn.Of(value))
            {
                Search(inner, variables, seen, into);
            }
        }
    }

    // Whoever writes one of these knows that a name may be missing.
    public static bool IsGuarded(string source) =>
        source.Contains("default", StringComparison.Ordinal) || source.Contains("defined", StringComparison.Ordinal) || source.Contains("| d(", StringComparison.Ordinal) || source.Contains("|d(", StringComparison.Ordinal);
}
