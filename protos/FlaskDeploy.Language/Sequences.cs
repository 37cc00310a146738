namespace FlaskDeploy;

/// <summary>
/// <c>Select</c> and <c>Where</c> as <see cref="Enumerable"/> has them, and instead of them: found first by whatever stands in a namespace under
/// <c>FlaskDeploy</c>. Lazy; enumerated anew each time.
/// </summary>
/// <remarks>
/// Enumerable's Select is a generic virtual method of its iterators, Where's among them: of native code there is a copy for
/// every type that is selected from anywhere times every type that is selected to anywhere, 1,542 pairs in the agent, which
/// were a quarter of the binary. .NET 10 has a switch for it (UseSizeOptimizedLinq), .NET 9 has none. Nothing but size and
/// memory changes without this.
/// </remarks>
public static class Sequences
{
    public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, TResult> selector)
    {
        foreach (var item in source)
        {
            yield return selector(item);
        }
    }

    public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, int, TResult> selector)
    {
        var index = 0;
        foreach (var item in source)
        {
            yield return selector(item, index++);
        }
    }

    public static IEnumerable<TSource> Where<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)
    {
        foreach (var item in source)
        {
            if (predicate(item))
            {
                yield return item;
            }
        }
    }
}
