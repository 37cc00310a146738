using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>The names that a template bound itself. What an inner scope sets, an outer one does not see.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, Value> _names = [];

    internal Scope? Outer => outer;

    internal Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
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
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            foreach (var (name, value) in scope._names)
            {
                copy._names.TryAdd(name, value);
            }
        }
        return copy;
    }

    internal void Set(string name, Value value) => _names[name] = value;
}
