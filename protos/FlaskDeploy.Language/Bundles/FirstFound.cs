using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>The names that <c>first_found</c> tries, in order.</summary>
/// <remarks>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/first_found_lookup.html</remarks>
public static class FirstFound
{
    /// <param name="terms">Rendered: names, lists of them, and mappings with <c>files</c>, <c>paths</c> and <c>skip</c>.</param>
    public static (ImmutableArray<Value> Names, bool MayBeMissing) Names(IEnumerable<Value> terms)
    {
        var names = ImmutableArray.CreateBuilder<Value>();
        var mayBeMissing = false;
        foreach (var term in terms.SelectMany(term => term.Reveal() is ListValue list ? list.Items : [term]))
        {
            if (term.Reveal() is not MapValue options)
            {
                names.Add(term);
                continue;
            }
            var paths = Texts(options["paths"], ',', ':', ';');
            foreach (var file in Texts(options["files"], ',', ';'))
            {
                names.AddRange(paths.Count == 0 ? [file] : paths.Select(path => path.IsUnknown ? path : file.IsUnknown ? file : Value.Of($"{path.Reveal()}/{file.Reveal()}")));
            }
            mayBeMissing |= options["skip"] is { IsUnknown: false } skip && (skip.Reveal() is TextValue text ? text.Text.ToLowerInvariant() is "yes" or "true" or "1" : skip.IsTruthy);
        }
        return (names.ToImmutable(), mayBeMissing);
    }

    /// <summary>The same of the lookup, whose options stand for every name that brings none of its own.</summary>
    public static (ImmutableArray<Value> Names, bool MayBeMissing) Names(IEnumerable<Value> terms, IReadOnlyDictionary<string, Value> options)
    {
        if (options.Count == 0)
        {
            return Names(terms);
        }
        var shared = MapValue.From(options.Select(option => (option.Key, option.Value)));
        var all = terms.SelectMany(term => term.Reveal() is ListValue list ? list.Items : [term]).ToList();
        return Names(all.Count == 0 ? [shared] : all.Select(term => term.Reveal() is MapValue ? term : shared.With("files", Value.Of([term]))));
    }

    private static List<Value> Texts(Value? value, params char[] separators) => value?.Reveal() switch
    {
        null or NullValue => [],
        ListValue list => [.. list.Items],
        TextValue text => [.. text.Text.Split(separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Value.Of)],
        var other => [other],
    };
}
