using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>One level of variables over the levels below. What it names wins. Immutable once made.</summary>
/// <param name="below">Null: the lowest level.</param>
/// <param name="level">What the level is, for people: <c>play vars</c>.</param>
internal sealed class Scope(Scope? below, string level, IReadOnlyDictionary<string, Value> names) : IVariables
{
    public string Level { get; } = level;

    public IEnumerable<string> Names => below is null ? names.Keys : names.Keys.Concat(below.Names).Distinct();

    public Value? Find(string name) => names.TryGetValue(name, out var value) ? value : below?.Find(name);

    public Scope With(string what, IEnumerable<KeyValuePair<string, Value>> more)
    {
        var added = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (name, value) in more)
        {
            added[name] = value;
        }
        return added.Count == 0 ? this : new Scope(this, what, added);
    }
}
