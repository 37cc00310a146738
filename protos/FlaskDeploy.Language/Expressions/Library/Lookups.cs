using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// <c>lookup()</c> and <c>query()</c>. Those that need only values are here; all others are asked of
/// <see cref="ILookups"/>.
/// </summary>
internal static class Lookups
{
    private static readonly Dictionary<string, Func<Call, ImmutableArray<Value>, ImmutableArray<Value>>> OfValues = new()
    {
        ["vars"] = Variables,
        ["varnames"] = (call, terms) => [.. call.Evaluator.Context.Variables.Names
            .Where(name => terms.Any(term => PythonRegex.Get(call.Evaluator, call.Evaluator.Text(term), false, false).Search(call.Evaluator, name) is not null)).Select(Value.Of)],
        ["inventory_hostnames"] = InventoryLookup.Run,
        ["config"] = ConfigLookup.Run,
        ["list"] = (_, terms) => terms,
        ["items"] = (_, terms) => Flat(terms),
        ["flattened"] = (_, terms) => Deep(terms),
        ["dict"] = (call, terms) => [.. terms.SelectMany(term => (term as MapValue ?? throw call.Error("dict wants a dict")).Entries
            .Select(entry => MapValue.From(("key", entry.Key), ("value", entry.Value))))],
        ["indexed_items"] = (_, terms) => [.. Flat(terms).Select((item, i) => new ListValue([Value.Of(i), item]))],
        ["together"] = (call, terms) => Together(terms.Select(call.Evaluator.Items).ToArray()),
        ["nested"] = (call, terms) => Nested(call, terms),
        ["cartesian"] = (call, terms) => Nested(call, terms),
        ["random_choice"] = (_, terms) => terms.Length == 0 ? [] : [terms[Random.Shared.Next(terms.Length)]],
    };

    internal static IEnumerable<string> Own => OfValues.Keys;

    /// <summary>Without the prefix of Ansible's own collection.</summary>
    internal static string Plain(string name)
    {
        foreach (var prefix in (ReadOnlySpan<string>)["ansible.builtin.", "ansible.legacy."])
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return name[prefix.Length..];
            }
        }
        return name;
    }

    internal static Value Run(Call call, bool asList)
    {
        var name = Plain(call.Text(0));
        var options = call.Keywords.Where(pair => pair.Key is not ("wantlist" or "errors")).ToDictionary(pair => pair.Key, pair => pair.Value);
        asList |= call.KeywordFlag("wantlist");
        ImmutableArray<Value> results;
        try
        {
            results = OfValues.TryGetValue(name, out var own) ? own(call, call.Rest) : Asked(call, name, call.Rest, options);
        }
        catch (EvaluationStop stop) when (!stop.IsBudget && call.Keyword("errors") is { } errors && call.Evaluator.Text(errors) is "ignore" or "warn")
        {
            return asList ? new ListValue([]) : Value.Null;
        }
        return asList || results.Length != 1 && results.Any(result => result is not TextValue) && name is not "vars" ? new ListValue(results)
            : results.Length == 1 ? results[0]
            : Value.Of(string.Join(',', results.Select(call.Evaluator.Text)));
    }

    /// <summary>The filter: the operator's files that a pattern matches.</summary>
    internal static Value FileGlob(Call call) => new ListValue(Asked(call, "fileglob", [call.Subject], []));

    private static ImmutableArray<Value> Asked(Call call, string name, ImmutableArray<Value> terms, Dictionary<string, Value> options)
    {
        var lookups = call.Evaluator.Context.Lookups;
        var context = call.Evaluator.Context with { IsAboutSecrets = call.Evaluator.IsTainted };
        var answer = call.Evaluator.Session.Outside(() => lookups?.Lookup(name, terms, options, context));
        if (answer is not { } evaluation)
        {
            var known = lookups is null ? OfValues.Keys : OfValues.Keys.Concat(lookups.Names);
            throw call.Evaluator.Stop(
                DiagnosticCodes.UnknownLookup,
                lookups is null ? $"lookup '{name}' cannot be had here" : $"there is no lookup '{name}'",
                Suggestion.For(name, known));
        }
        if (evaluation.Error is { } error)
        {
            throw new EvaluationStop(error);
        }
        var value = evaluation.Value!;
        if (value is SecretValue)
        {
            value = call.Evaluator.Use(value);
        }
        if (value is UnknownValue unknown)
        {
            throw new UnknownStop(unknown);
        }
        return Evaluator.TrySequence(value, out var items) ? items : [value];
    }

    private static ImmutableArray<Value> Variables(Call call, ImmutableArray<Value> names) =>
        [.. names.Select(name => call.Evaluator.FindVariable(call.Evaluator.Text(name)) is { } value and not UndefinedValue ? call.Evaluator.Session.Settle(value)
            : call.Keyword("default")
                ?? throw call.Evaluator.Stop(DiagnosticCodes.UndefinedVariable, $"No variable found with this name: {call.Evaluator.Text(name)}"))];

    private static ImmutableArray<Value> Flat(ImmutableArray<Value> terms) =>
        [.. terms.SelectMany(term => Evaluator.TrySequence(term, out var items) ? items : [term])];

    private static ImmutableArray<Value> Deep(ImmutableArray<Value> terms)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        return [.. terms.SelectMany(term => Evaluator.TrySequence(term, out var items) ? Deep(items) : [term])];
    }

    private static ImmutableArray<Value> Together(ImmutableArray<Value>[] lists) =>
        [.. Enumerable.Range(0, lists.Length == 0 ? 0 : lists.Max(list => list.Length))
            .Select(i => new ListValue([.. lists.Select(list => i < list.Length ? list[i] : Value.Null)]))];

    private static ImmutableArray<Value> Nested(Call call, ImmutableArray<Value> terms)
    {
        List<ImmutableArray<Value>> rows = [[]];
        foreach (var term in terms)
        {
            var items = Evaluator.TrySequence(term, out var list) ? list : [term];
            call.Evaluator.Charge(rows.Count * (long)items.Length);
            rows = [.. rows.SelectMany(row => items.Select(row.Add))];
        }
        return [.. rows.Select(row => new ListValue(row))];
    }
}
