using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>
/// Makes every <see cref="TemplateValue"/> of a compilation. Each is parsed once, here, so that what is wrong with it is
/// said at the character where it was written, and what it asks for is known afterwards.
/// </summary>
/// <param name="environment">Of the operator: what <c>lookup('env', ...)</c> asks for.</param>
internal sealed partial class TemplateTable(DiagnosticBag diagnostics, Func<string, string?> environment)
{
    // Templates are equal by source; where they stand differs.
    private readonly Dictionary<TemplateValue, Entry> _entries = new(ReferenceEqualityComparer.Instance);
    private readonly SortedSet<string> _filters = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _tests = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _lookups = new(StringComparer.Ordinal);
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);

    private sealed record Entry(TemplateUses Uses, Func<int, SourceSpan> SpanAt);

    public ImmutableArray<string> Filters => [.. _filters];

    public ImmutableArray<string> Tests => [.. _tests];

    public ImmutableArray<string> Lookups => [.. _lookups];

    /// <summary>Whether any template reads the variable by its name.</summary>
    public bool Reads(string variable) => _variables.Contains(variable);

    /// <summary>A template where there is something to render, else the text.</summary>
    public Value TextOrTemplate(string text, Func<int, SourceSpan> spanAt)
    {
        if (!Template.HasMarkup(text))
        {
            return Value.Of(text);
        }
        text = WithEnvironment(text, hasEscapes: false);
        var found = new DiagnosticBag();
        var uses = Template.Parse(text, new SourceSpan("-", 1, 1), found)?.Uses;
        return Add(text, uses, found, spanAt);
    }

    /// <summary>A bare expression, as <c>when</c> has it.</summary>
    public TemplateValue Condition(string source, Func<int, SourceSpan> spanAt)
    {
        source = WithEnvironment(source, hasEscapes: true);
        var found = new DiagnosticBag();
        var uses = Expression.Parse(source, new SourceSpan("-", 1, 1), found)?.Uses;
        return Add(source, uses, found, spanAt);
    }

    /// <summary>Takes note of what a template file uses, and says what is wrong with its text.</summary>
    public Template? File(string name, string text)
    {
        var template = Template.Parse(text, new SourceSpan(name, 1, 1), diagnostics, TemplateOptions.Default);
        Note(template?.Uses ?? new TemplateUses(), new SourceSpan(name, 1, 1));
        return template;
    }

    /// <summary>A lookup that is used by its name elsewhere than in a template.</summary>
    public void NoteLookup(string name) => _lookups.Add(name);

    public TemplateUses UsesOf(TemplateValue template) => _entries.TryGetValue(template, out var entry) ? entry.Uses : new TemplateUses();

    /// <summary>Where a name stands in a template; its start where it cannot be found.</summary>
    public SourceSpan SpanOf(TemplateValue template, string name)
    {
        if (!_entries.TryGetValue(template, out var entry))
        {
            return template.Span;
        }
        for (var at = template.Source.IndexOf(name, StringComparison.Ordinal); at >= 0; at = template.Source.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            var before = at == 0 ? ' ' : template.Source[at - 1];
            var after = at + name.Length == template.Source.Length ? ' ' : template.Source[at + name.Length];
            if (!IsWord(before) && before is not ('.' or '\'' or '"') && !IsWord(after))
            {
                return entry.SpanAt(at);
            }
        }
        return template.Span;
    }

    private TemplateValue Add(string source, TemplateUses? uses, DiagnosticBag found, Func<int, SourceSpan> spanAt)
    {
        foreach (var diagnostic in found.ToSorted())
        {
            var remedy = diagnostic.Remedy ?? (diagnostic.Code == DiagnosticCodes.ExpressionSyntax ? SyntaxRemedy(source) : null);
            diagnostics.Add(diagnostic with { Span = spanAt(OffsetOf(source, diagnostic.Span)), Remedy = remedy });
        }
        var template = new TemplateValue(source, spanAt(0));
        uses ??= new TemplateUses();
        _entries.Add(template, new Entry(uses, spanAt));
        Note(uses, template.Span);
        return template;
    }

    // The host has another environment. Where the name is written out, the operator's value takes its place at once.
    private string WithEnvironment(string source, bool hasEscapes) => !source.Contains("env", StringComparison.Ordinal) ? source
        : EnvironmentLookup().Replace(source, match => Quote(environment(match.Groups["name"].Value) ?? "", hasEscapes));

    private static string Quote(string text, bool hasEscapes)
    {
        var quote = text.Contains('\'') ? '"' : '\'';
        return quote + (hasEscapes ? text.Replace(@"\", @"\\", StringComparison.Ordinal) : text).Replace(quote.ToString(), @"\" + quote, StringComparison.Ordinal) + quote;
    }

    private void CheckLookup(string name, SourceSpan span)
    {
        if (!ExpressionCatalog.Lookups.Contains(name))
        {
            diagnostics.Error(DiagnosticCodes.UnknownLookup, span, $"there is no lookup '{name}'", Suggestion.For(name, ExpressionCatalog.Lookups));
        }
    }

    [GeneratedRegex(@"\b(lookup|query|q)\(\s*(?<quote>['""])(ansible\.builtin\.)?env\k<quote>\s*,\s*(?<other>['""])(?<name>[A-Za-z_][A-Za-z0-9_]*)\k<other>\s*\)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex EnvironmentLookup();

    /// <summary>What a template uses is what the agent must know.</summary>
    public void Note(TemplateUses uses, SourceSpan span)
    {
        foreach (var lookup in uses.Lookups)
        {
            CheckLookup(lookup, span);
        }
        _variables.UnionWith(uses.Variables);
        _filters.UnionWith(uses.Filters);
        _tests.UnionWith(uses.Tests);
        _lookups.UnionWith(uses.Lookups);
    }

    private static string SyntaxRemedy(string source) =>
        source.Contains("&&", StringComparison.Ordinal) || source.Contains("||", StringComparison.Ordinal) ? "write 'and' and 'or'"
        : Template.HasMarkup(source) ? "every '{{' needs an expression and its '}}'"
        : "write a whole expression, such as: name == 'value'";

    private static int OffsetOf(string source, SourceSpan span)
    {
        var offset = 0;
        for (var line = 1; line < span.Line; line++)
        {
            var at = source.IndexOf('\n', offset);
            if (at < 0)
            {
                break;
            }
            offset = at + 1;
        }
        return Math.Clamp(offset + Math.Max(0, span.Column - 1), 0, source.Length);
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
