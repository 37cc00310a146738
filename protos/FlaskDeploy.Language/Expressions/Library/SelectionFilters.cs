using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters that choose: among values, and among the items of a list by a test or another filter.</summary>
internal static class SelectionFilters
{
    internal static Function[] All { get; } =
    [
        new("default", "default_value boolean", Default) { LooksInside = true, TakesUndefined = true },
        new("d", "default_value boolean", Default) { LooksInside = true, TakesUndefined = true },
        new("mandatory", "msg", Mandatory) { LooksInside = true, TakesUndefined = true },
        new("ternary", "true_val! false_val! none_val", Ternary) { LooksInside = true, TakesUndefined = true },
        new("bool", "", call => call.Subject is NullValue ? Value.Null : Value.Of(IsTrue(call.Subject))),
        new("type_debug", "", call => Value.Of(call.Subject.TypeName)) { LooksInside = true, TakesUndefined = true },
        new("attr", "name!", call => call.Evaluator.Attribute(call.Subject, call.Text(0))) { LooksInside = true },
        new("extract", "container! morekeys", Extract) { LooksInside = true, TakesUndefined = true },
        new("map", "* **", Map) { LooksInside = true },
        new("select", "* **", call => Select(call, isWanted: true, byAttribute: false)) { LooksInside = true },
        new("reject", "* **", call => Select(call, isWanted: false, byAttribute: false)) { LooksInside = true },
        new("selectattr", "* **", call => Select(call, isWanted: true, byAttribute: true)) { LooksInside = true },
        new("rejectattr", "* **", call => Select(call, isWanted: false, byAttribute: true)) { LooksInside = true },
    ];

    private static Value Default(Call call)
    {
        var fallback = call[0] ?? Value.Of("");
        return call.Subject switch
        {
            UndefinedValue => fallback,
            // What is unknown may be anything, also nothing.
            UnknownValue => call.Subject,
            _ => call.Flag(1) && !call.Evaluator.Truth(call.Subject) ? fallback : call.Subject,
        };
    }

    private static Value Mandatory(Call call) =>
        call.Subject is not UndefinedValue undefined ? call.Subject
        : throw call.Evaluator.Stop(
            DiagnosticCodes.MandatoryVariable,
            call.OptionalText(0) ?? $"Mandatory variable {NameOf(undefined)} not defined.",
            undefined.Origin?.Remedy);

    // In quotes, with a blank behind it; what has no name is nothing.
    private static string NameOf(UndefinedValue value) => value.What.Split('\'') is [.., var name, " is undefined" or ""] ? $"'{name}' " : "";

    private static Value Ternary(Call call)
    {
        var subject = call.Evaluator.Use(call.Subject);
        return subject is NullValue && call.Has(2) ? call[2]! : call.Evaluator.Truth(subject) ? call[0]! : call[1]!;
    }

    /// <summary>Ansible's: words for yes; all else is false.</summary>
    internal static bool IsTrue(Value value) => value switch
    {
        BoolValue boolean => boolean.IsTrue,
        TextValue text => text.Text.ToLowerInvariant() is "yes" or "on" or "1" or "true",
        _ => Numbers.AreEqual(Value.Of(1), value),
    };

    private static Value Extract(Call call)
    {
        var found = call.Evaluator.Item(call[0]!, call.Subject);
        if (!call.Has(1))
        {
            return found;
        }
        var more = call[1]!;
        return (Evaluator.TrySequence(more, out var keys) ? keys : [more]).Aggregate(found, call.Evaluator.Item);
    }

    // Jinja2 looks whether there is anything before it looks whether it is a list.
    private static ImmutableArray<Value> ItemsIfAny(Call call) => call.Evaluator.Truth(call.Subject) ? call.SubjectItems : [];

    private static Value Map(Call call)
    {
        var items = ItemsIfAny(call);
        if (call.Rest.Length == 0)
        {
            var unknown = call.Keywords.FirstOrDefault(pair => pair.Key is not ("attribute" or "default")).Key;
            if (unknown is not null)
            {
                throw call.Error($"unexpected keyword argument '{unknown}'");
            }
            var attribute = call.Keyword("attribute") ?? throw call.Error("map requires a filter argument");
            return Each(call, items, item => SequenceFilters.Part(call, item, attribute, call.Keyword("default")));
        }
        var name = Named(call, call.Rest[0], Filters.All, "filter", DiagnosticCodes.UnknownFilter);
        var arguments = new Arguments(call.Rest[1..], call.Keywords);
        return Each(call, items, item => name.Invoke(call.Evaluator, item, arguments));
    }

    // An item that is unknown makes its own result unknown, not that of the others.
    private static ListValue Each(Call call, ImmutableArray<Value> items, Func<Value, Value> map)
    {
        var results = ImmutableArray.CreateBuilder<Value>(items.Length);
        foreach (var item in items)
        {
            call.Evaluator.Charge(1);
            try
            {
                results.Add(map(item));
            }
            catch (UnknownStop stop)
            {
                results.Add(stop.Value);
            }
        }
        return new ListValue(results.MoveToImmutable());
    }

    private static Value Select(Call call, bool isWanted, bool byAttribute)
    {
        var arguments = call.Rest;
        Value? attribute = null;
        if (byAttribute)
        {
            attribute = arguments.Length > 0 ? arguments[0] : throw call.Error("missing parameter for attribute name");
            arguments = arguments[1..];
        }
        var test = arguments.Length > 0 ? Named(call, arguments[0], Tests.All, "test", DiagnosticCodes.UnknownTest) : null;
        var rest = test is null ? Arguments.None : new Arguments(arguments[1..], call.Keywords);
        var kept = ImmutableArray.CreateBuilder<Value>();
        foreach (var item in ItemsIfAny(call))
        {
            call.Evaluator.Charge(1);
            var part = SequenceFilters.Part(call, item, attribute);
            if (call.Evaluator.Truth(test is null ? part : test.Invoke(call.Evaluator, part, rest)) == isWanted)
            {
                kept.Add(item);
            }
        }
        return new ListValue(kept.ToImmutable());
    }

    private static Function Named(Call call, Value name, IReadOnlyDictionary<string, Function> known, string kind, string code)
    {
        var text = call.Evaluator.Text(name);
        foreach (var prefix in (ReadOnlySpan<string>)["ansible.builtin.", "ansible.legacy."])
        {
            text = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;
        }
        return known.TryGetValue(text, out var function)
            ? function
            : throw call.Evaluator.Stop(code, $"there is no {kind} '{text}'", Suggestion.For(text, known.Keys));
    }
}
