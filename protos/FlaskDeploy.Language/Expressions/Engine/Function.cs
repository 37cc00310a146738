using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>The arguments of a call, evaluated.</summary>
internal readonly record struct Arguments(ImmutableArray<Value> Positional, ImmutableArray<KeyValuePair<string, Value>> Keywords)
{
    internal static Arguments None { get; } = new([], []);

    internal static Arguments Of(params ImmutableArray<Value> positional) => new(positional, []);
}

/// <summary>
/// A filter, test, method or global. <paramref name="Parameters"/> are their names with spaces between: <c>name!</c> must
/// be given, <c>*</c> takes more positional ones, <c>**</c> more keywords.
/// </summary>
/// <remarks>
/// What a function computes from a secret is secret and from an unknown is unknown, wherever inside the arguments these are.
/// A function that <see cref="LooksInside"/> says so itself, by opening what it uses; elements that it only passes on
/// stay what they are.
/// </remarks>
internal sealed record Function(string Name, string Parameters, Func<Call, Value> Body)
{
    private readonly string[] _parameters = Parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    internal bool LooksInside { get; init; }

    /// <summary>Undefined values are its business: <c>default</c>, <c>is defined</c>.</summary>
    internal bool TakesUndefined { get; init; }

    internal Value Invoke(Evaluator evaluator, Value subject, Arguments arguments)
    {
        evaluator.Charge(1);
        if (!TakesUndefined)
        {
            subject = subject is UndefinedValue { IsLenient: true } ? Value.Of("") : evaluator.Use(subject);
            foreach (var argument in arguments.Positional)
            {
                evaluator.RefuseUndefined(argument);
            }
            foreach (var (_, argument) in arguments.Keywords)
            {
                evaluator.RefuseUndefined(argument);
            }
        }
        if (!LooksInside)
        {
            subject = evaluator.OpenDeep(subject);
            arguments = new Arguments(
                [.. arguments.Positional.Select(evaluator.OpenDeep)],
                [.. arguments.Keywords.Select(pair => KeyValuePair.Create(pair.Key, evaluator.OpenDeep(pair.Value)))]);
        }
        return Body(Bind(evaluator, subject, arguments));
    }

    private Call Bind(Evaluator evaluator, Value subject, Arguments arguments)
    {
        var takesRest = _parameters.Contains("*");
        var takesKeywords = _parameters.Contains("**");
        var names = _parameters.Where(name => name[0] != '*').Select(name => name.TrimEnd('!')).ToArray();
        var values = new Value?[names.Length];
        var direct = Math.Min(names.Length, arguments.Positional.Length);
        for (var i = 0; i < direct; i++)
        {
            values[i] = arguments.Positional[i];
        }
        if (arguments.Positional.Length > names.Length && !takesRest)
        {
            throw evaluator.Error($"{Name}() takes at most {names.Length} argument{(names.Length == 1 ? "" : "s")}, but {arguments.Positional.Length} were given");
        }
        var others = ImmutableArray.CreateBuilder<KeyValuePair<string, Value>>();
        foreach (var pair in arguments.Keywords)
        {
            var at = Array.IndexOf(names, pair.Key);
            if (at >= 0 && values[at] is not null)
            {
                throw evaluator.Error($"{Name}() got argument '{pair.Key}' twice");
            }
            if (at >= 0)
            {
                values[at] = pair.Value;
            }
            else if (takesKeywords)
            {
                others.Add(pair);
            }
            else
            {
                var known = Diagnostics.Suggestion.For(pair.Key, names);
                throw evaluator.Error($"{Name}() has no argument '{pair.Key}'", known);
            }
        }
        for (var i = 0; i < names.Length; i++)
        {
            if (values[i] is null && Array.IndexOf(_parameters, names[i] + "!") >= 0)
            {
                throw evaluator.Error($"{Name}() wants the argument '{names[i]}'");
            }
        }
        return new Call(evaluator, Name, subject, values, names, [.. arguments.Positional.Skip(names.Length)], others.ToImmutable());
    }
}

/// <summary>One call of a <see cref="Function"/>, with its arguments in the order of its parameters.</summary>
internal sealed class Call(
    Evaluator evaluator,
    string name,
    Value subject,
    Value?[] values,
    string[] names,
    ImmutableArray<Value> rest,
    ImmutableArray<KeyValuePair<string, Value>> keywords)
{
    internal Evaluator Evaluator => evaluator;

    internal Value Subject => subject;

    internal ImmutableArray<Value> Rest => rest;

    internal ImmutableArray<KeyValuePair<string, Value>> Keywords => keywords;

    /// <summary>Null: not given. What is none is given.</summary>
    internal Value? this[int index] => values[index];

    /// <summary>Whether there is such a parameter at all.</summary>
    internal bool Takes(int index) => index < values.Length;

    /// <summary>Given, and not none.</summary>
    internal bool Has(int index) => values[index] is not (null or NullValue);

    internal EvaluationStop Error(string message) => evaluator.Error($"{name}: {message}");

    /// <summary>An error in Ansible's own words, which playbooks compare what a task has registered with.</summary>
    internal EvaluationStop Said(string message) => evaluator.Error(message);

    /// <summary>The subject as <c>str()</c> gives it.</summary>
    internal string SubjectText => evaluator.Text(subject);

    internal ImmutableArray<Value> SubjectItems => evaluator.Items(subject);

    internal MapValue SubjectMap => subject as MapValue ?? throw Error($"wants a dict, not {subject.TypeName}");

    internal string Text(int index, string fallback) => values[index] is { } value ? evaluator.Text(value) : fallback;

    internal string Text(int index) =>
        values[index] switch
        {
            TextValue text => text.Text,
            { } value => throw Error($"'{names[index]}' must be a string, not {value.TypeName}"),
            null => throw Error($"wants the argument '{names[index]}'"),
        };

    internal string? OptionalText(int index) => Has(index) ? evaluator.Text(values[index]!) : null;

    internal int Int(int index, int fallback) => values[index] is null ? fallback : Int(index);

    internal int Int(int index)
    {
        if (!Numbers.TryInteger(values[index], out var number))
        {
            throw Error($"'{names[index]}' must be an integer, not {values[index]?.TypeName ?? "missing"}");
        }
        return (int)BigInteger.Clamp(number, int.MinValue + 1, int.MaxValue);
    }

    internal int? OptionalInt(int index) => Has(index) ? Int(index) : null;

    /// <summary>Python's truth of the argument.</summary>
    internal bool Flag(int index, bool fallback = false) => values[index] is { } value ? evaluator.Truth(value) : fallback;

    internal ImmutableArray<Value> Items(int index) => evaluator.Items(values[index] ?? throw Error($"wants the argument '{names[index]}'"));

    internal Value? Keyword(string key) => keywords.FirstOrDefault(pair => pair.Key == key).Value;

    internal bool KeywordFlag(string key, bool fallback = false) => Keyword(key) is { } value ? evaluator.Truth(value) : fallback;

    internal static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
