using System.Collections.Concurrent;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// Parsed templates by their source and place, so that a loop over a thousand items parses once. A memo of a pure
/// function, bounded; safe for several threads.
/// </summary>
internal sealed class TemplateCache
{
    private const int Capacity = 4096;

    private readonly ConcurrentDictionary<(string Source, SourceSpan Span), (Template? Template, Diagnostic? Error)> _templates = new();
    private readonly ConcurrentDictionary<(string Source, SourceSpan Span), (Expression? Expression, Diagnostic? Error)> _expressions = new();

    internal static TemplateCache Shared { get; } = new();

    internal (Template? Template, Diagnostic? Error) Get(string source, SourceSpan span)
    {
        if (_templates.TryGetValue((source, span), out var found))
        {
            return found;
        }
        var diagnostics = new DiagnosticBag();
        var template = Template.Parse(source, span, diagnostics);
        return Keep(_templates, (source, span), (template, diagnostics.ToSorted().FirstOrDefault()));
    }

    internal (Expression? Expression, Diagnostic? Error) GetExpression(string source, SourceSpan span)
    {
        if (_expressions.TryGetValue((source, span), out var found))
        {
            return found;
        }
        var diagnostics = new DiagnosticBag();
        var expression = Expression.Parse(source, span, diagnostics);
        return Keep(_expressions, (source, span), (expression, diagnostics.ToSorted().FirstOrDefault()));
    }

    private static TEntry Keep<TEntry>(ConcurrentDictionary<(string, SourceSpan), TEntry> cache, (string, SourceSpan) key, TEntry entry)
    {
        if (cache.Count >= Capacity)
        {
            cache.Clear();
        }
        cache[key] = entry;
        return entry;
    }
}
