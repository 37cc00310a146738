using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Numerics;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Names that are there without being defined. A variable of the same name hides them.</summary>
internal static class Globals
{
    private static readonly Function[] Functions =
    [
        new("range", "first! second step", Range),
        new("dict", "mapping **", Dict) { LooksInside = true, TakesUndefined = true },
        new("lipsum", "n html min max", call => throw call.Error("there is no filler text here")),
        new("cycler", "*", call => call.Rest.Length > 0 ? new CyclerValue(call.Rest) : throw call.Error("at least one item has to be provided")),
        new("joiner", "sep", call => new JoinerValue(call.Text(0, ", "))),
        new("namespace", "mapping **", Namespace) { LooksInside = true },
        new("lookup", "name! * **", call => Lookups.Run(call, asList: false)),
        new("query", "name! * **", call => Lookups.Run(call, asList: true)),
        new("q", "name! * **", call => Lookups.Run(call, asList: true)),
        new("now", "utc fmt", Now),
        new("undef", "hint", call => call.Evaluator.UndefinedResult(call.OptionalText(0) ?? "Mandatory variable has not been overridden")),
    ];

    internal static FrozenDictionary<string, Func<Evaluator, Value>> All { get; } = Functions
        .Select(function => KeyValuePair.Create<string, Func<Evaluator, Value>>(function.Name, _ => new BoundFunction(function, Value.Null)))
        .Append(KeyValuePair.Create<string, Func<Evaluator, Value>>("omit", _ => Resolver.Omit))
        .Append(KeyValuePair.Create<string, Func<Evaluator, Value>>("vars", _ => new VariablesValue()))
        .ToFrozenDictionary();

    private static Value Range(Call call)
    {
        var numbers = new[] { call[0], call[1], call[2] }.OfType<Value>().Select(call.Evaluator.Integer).ToArray();
        if (numbers.Any(number => BigInteger.Abs(number) > long.MaxValue / 4))
        {
            throw call.Evaluator.Stop(DiagnosticCodes.BudgetExceeded, "evaluation was given up: a range of numbers that large");
        }
        var (start, stop, step) = numbers.Length == 1 ? (0, numbers[0], 1) : (numbers[0], numbers[1], numbers.Length > 2 ? numbers[2] : 1);
        return step.IsZero ? throw call.Error("range() arg 3 must not be zero") : new RangeValue((long)start, (long)stop, (long)step);
    }

    private static MapValue Entries(Call call)
    {
        ImmutableArray<KeyValuePair<Value, Value>> entries = call[0] switch
        {
            null => [],
            MapValue map => map.Entries,
            var pairs => [.. call.Evaluator.Items(pairs).Select(pair => call.Evaluator.Items(pair) is [var key, var value]
                ? KeyValuePair.Create(call.Evaluator.Key(key), value)
                : throw call.Error("wants pairs"))],
        };
        return new MapValue(entries.Concat(call.Keywords.Select(pair => KeyValuePair.Create((Value)Value.Of(pair.Key), pair.Value))));
    }

    private static Value Dict(Call call) => Entries(call);

    private static Value Namespace(Call call)
    {
        var result = new NamespaceValue();
        foreach (var (key, value) in Entries(call).Entries)
        {
            result.Set(call.Evaluator.Text(key), value);
        }
        return result;
    }

    private static Value Now(Call call)
    {
        var time = call.Evaluator.Context.Time;
        var moment = call.Flag(0) ? time.GetUtcNow() : time.GetLocalNow();
        return call.OptionalText(1) is { } format ? Value.Of(PythonTime.Format(moment, format)) : MomentValue.OfTime(moment.DateTime);
    }
}
