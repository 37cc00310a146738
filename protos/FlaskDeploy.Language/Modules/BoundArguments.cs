using System.Collections.Immutable;
using System.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules;

/// <summary>
/// The arguments of one call after rendering and checking against the spec: canonical names, converted values, defaults
/// filled in. Asking for a name that the spec does not have is a bug and throws.
/// </summary>
public sealed class BoundArguments(ModuleSpec spec, ImmutableDictionary<string, Value> values, string? freeForm, MapValue extra)
{
    public ModuleSpec Spec { get; } = spec;

    /// <summary>The command line of a module that takes one, verbatim.</summary>
    public string? FreeForm { get; } = freeForm;

    /// <summary>What a module that takes any argument was given beyond its spec.</summary>
    public MapValue Extra { get; } = extra;

    /// <summary>The first argument whose value a check cannot know, if there is one.</summary>
    public (string Name, string Because)? Unknown =>
        values.Where(pair => pair.Value.IsUnknown).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => ((string, string)?)(pair.Key, Because(pair.Value))).FirstOrDefault();

    public Value? Get(string name)
    {
        Debug.Assert(Spec.Find(name)?.Name == name, $"{Spec.Name} has no argument {name}");
        return values.TryGetValue(name, out var value) && value is not NullValue ? value : null;
    }

    public bool Has(string name) => Get(name) is not null;

    public string? Text(string name) => Get(name)?.Reveal().ToString();

    public string RequiredText(string name) => Text(name) ?? throw new InvalidOperationException($"The spec of {Spec.Name} does not require '{name}'.");

    public bool? Flag(string name) => Get(name)?.Reveal() is { } value ? value.IsTruthy : null;

    public long? Integer(string name) => Get(name)?.Reveal() is { } value && Numbers.TryInteger(value, out var number) ? (long)number : null;

    public double? Real(string name) => Get(name)?.Reveal() is { } value && Numbers.TryReal(value, out var number) ? number : null;

    public ImmutableArray<string> Texts(string name) =>
        Get(name)?.Reveal() is ListValue list ? [.. list.Items.Select(item => item.Reveal().ToString())] : [];

    public MapValue? Map(string name) => Get(name)?.Reveal() as MapValue;

    private static string Because(Value value) => value switch
    {
        UnknownValue unknown => unknown.Because,
        ListValue list => Because(list.Items.First(item => item.IsUnknown)),
        MapValue map => Because(map.Entries.First(entry => entry.Value.IsUnknown).Value),
        _ => "a part of it is unknown",
    };
}
