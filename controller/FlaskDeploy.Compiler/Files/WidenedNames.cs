using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Files;

/// <summary>A name that only the host completes, and everything that it may come to mean there.</summary>
/// <param name="Start">How it begins for certain.</param>
/// <param name="End">How it ends for certain.</param>
public sealed record WidenedName(SourceSpan Span, string Start, string End, ImmutableArray<string> Paths);

/// <summary>What such names were widened to, so that the operator can look at it.</summary>
internal sealed class WidenedNames
{
    private readonly Dictionary<(SourceSpan Span, string Start, string End), SortedSet<string>> _all = [];

    /// <summary>By position.</summary>
    public ImmutableArray<WidenedName> All =>
        [.. _all.Select(pair => new WidenedName(pair.Key.Span, pair.Key.Start, pair.Key.End, [.. pair.Value])).OrderBy(name => name.Span.File, StringComparer.Ordinal).ThenBy(name => name.Span.Line).ThenBy(name => name.Span.Column).ThenBy(name => name.Start, StringComparer.Ordinal)];

    public void Add(SourceSpan span, string start, string end, IEnumerable<string> paths)
    {
        if (!_all.TryGetValue((span, start, end), out var known))
        {
            _all[(span, start, end)] = known = new SortedSet<string>(StringComparer.Ordinal);
        }
        known.UnionWith(paths);
    }
}
