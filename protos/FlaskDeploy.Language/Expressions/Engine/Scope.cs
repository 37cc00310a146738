using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>The names that a template bound itself. What an inner scope sets, an outer one does not see.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, Value> _names = [];
    private Scope? _later;

    internal Scope? Outer => outer;

    // What goes on from a scope stands in its place, before what is around both.
    private Scope? Next => _later ?? outer;

    internal Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Next)
        {
            if (scope._names.TryGetValue(name, out var value))
            {
                return value;
            }
        }
        return null;
    }

    /// <summary>What is bound now: what is bound later to the same names does not show.</summary>
    internal Scope Snapshot()
    {
        var copy = new Scope(null);
        for (var scope = this; scope is not null; scope = scope.Next)
        {
            foreach (var (name, value) in scope._names)
            {
                copy._names.TryAdd(name, value);
            }
        }
        return copy;
    }

    /// <summary>A scope that starts with what is bound here. What it binds anew is seen here too, what it binds again is not.</summary>
    internal Scope GoOn()
    {
        var next = new Scope(outer);
        foreach (var (name, value) in _names)
        {
            next._names.Add(name, value);
        }
        return _later = next;
    }

    internal void Set(string name, Value value) => _names[name] = value;
}
