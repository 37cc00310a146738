using System.Collections.Immutable;

namespace FlaskDeploy.Language.Diagnostics;

/// <summary>Collects what is wrong, so that a writer sees all of it at once. Not safe for several threads.</summary>
public sealed class DiagnosticBag
{
    private readonly List<Diagnostic> _all = [];
    private readonly HashSet<Diagnostic> _seen = [];

    public bool HasErrors { get; private set; }

    public int Count => _all.Count;

    /// <summary>Adds it once: the same finding at the same place, reached twice, is one finding.</summary>
    public void Add(Diagnostic diagnostic)
    {
        if (!_seen.Add(diagnostic))
        {
            return;
        }
        _all.Add(diagnostic);
        HasErrors |= diagnostic.Severity == Severity.Error;
    }

    public void Error(string code, SourceSpan span, string summary, string? remedy = null, string? detail = null) =>
        Add(new Diagnostic(code, Severity.Error, span, summary) { Remedy = remedy, Detail = detail });

    public void Warning(string code, SourceSpan span, string summary, string? remedy = null, string? detail = null) =>
        Add(new Diagnostic(code, Severity.Warning, span, summary) { Remedy = remedy, Detail = detail });

    public void AddRange(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (var diagnostic in diagnostics)
        {
            Add(diagnostic);
        }
    }

    /// <summary>Takes out what was added since there were so many: of a file that may never be used.</summary>
    public ImmutableArray<Diagnostic> TakeSince(int count)
    {
        ImmutableArray<Diagnostic> taken = [.. _all[count..]];
        _all.RemoveRange(count, taken.Length);
        _seen.ExceptWith(taken);
        HasErrors = _all.Exists(diagnostic => diagnostic.Severity == Severity.Error);
        return taken;
    }

    /// <summary>In the order of files as they were met, then of lines and columns.</summary>
    public ImmutableArray<Diagnostic> ToSorted()
    {
        var files = _all.Select(d => d.Span.File).Distinct().Select((file, index) => (file, index)).ToDictionary(p => p.file, p => p.index);
        return [.. _all.OrderBy(d => files[d.Span.File]).ThenBy(d => d.Span.Line).ThenBy(d => d.Span.Column)];
    }
}
