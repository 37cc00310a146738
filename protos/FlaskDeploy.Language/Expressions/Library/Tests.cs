using System.Collections.Frozen;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>All tests, what may stand after <c>is</c>: Jinja2's and Ansible's.</summary>
internal static class Tests
{
    private static readonly string[] OfResults = ["failed", "failure", "success", "succeeded", "changed", "change", "skipped", "skip"];

    private static readonly Function[] List =
    [
        new("defined", "", call => Value.Of(call.Subject is not UndefinedValue)) { LooksInside = true, TakesUndefined = true },
        new("undefined", "", call => Value.Of(call.Subject is UndefinedValue)) { LooksInside = true, TakesUndefined = true },
        // A value of a vault is opened before it is used, and stays known as secret.
        new("vault_encrypted", "", call => Value.Of(call.Subject is SecretValue)) { LooksInside = true, TakesUndefined = true },
        new("odd", "", call => Value.Of(Remainder(call, 2).Equals(Value.Of(1)))),
        new("even", "", call => Value.Of(Remainder(call, 2).Equals(Value.Of(0)))),
        new("divisibleby", "num!", call => Value.Of(call.Evaluator.Modulo(call.Subject, call[0]!).Equals(Value.Of(0)))),
        Type("none", value => value is NullValue),
        Type("boolean", value => value is BoolValue),
        Type("true", value => value is BoolValue { IsTrue: true }),
        Type("false", value => value is BoolValue { IsTrue: false }),
        Type("integer", value => value is IntegerValue),
        Type("float", value => value is RealValue),
        Type("number", Numbers.IsNumber),
        Type("string", value => value is TextValue),
        Type("mapping", value => value is MapValue),
        Type("sequence", value => value is TextValue or ListValue or TupleValue or RangeValue or MapValue),
        new("iterable", "", call => Value.Of(call.Subject is TextValue or ListValue or TupleValue or RangeValue or MapValue or ViewValue)) { LooksInside = true },
        Type("callable", value => value is CallableValue),
        Type("escaped", value => value is TextValue { IsMarkup: true }),
        new("lower", "", call => Value.Of(call.SubjectText.Any(PythonCase.IsCased) && !call.SubjectText.Any(char.IsUpper))),
        new("upper", "", call => Value.Of(call.SubjectText.Any(PythonCase.IsCased) && !call.SubjectText.Any(char.IsLower))),
        new("sameas", "other!", call => Value.Of(IsSame(Looked(call), call[0]!))) { LooksInside = true, TakesUndefined = true },
        new("filter", "", call => Value.Of(call.Evaluator.Key(call.Subject) is TextValue name && Filters.All.ContainsKey(name.Text))),
        new("test", "", call => Value.Of(call.Evaluator.Key(call.Subject) is TextValue name && All!.ContainsKey(name.Text))),
        new("in", "seq!", call => Value.Of(call.Evaluator.Contains(call[0]!, call.Subject))) { LooksInside = true, TakesUndefined = true },
        new("contains", "value!", call => Value.Of(call.Evaluator.Contains(call.Subject, call[0]!))) { LooksInside = true, TakesUndefined = true },
        .. Comparing(Comparison.Equal, "==", "eq", "equalto"),
        .. Comparing(Comparison.NotEqual, "!=", "ne"),
        .. Comparing(Comparison.Greater, ">", "gt", "greaterthan"),
        .. Comparing(Comparison.GreaterOrEqual, ">=", "ge"),
        .. Comparing(Comparison.Less, "<", "lt", "lessthan"),
        .. Comparing(Comparison.LessOrEqual, "<=", "le"),
        .. ResultTests.All,
        .. Named(["subset", "issubset"], "other!", call => Value.Of(Set(call, call.Subject).IsSubsetOf(Set(call, call[0]!)))),
        .. Named(["superset", "issuperset"], "other!", call => Value.Of(Set(call, call.Subject).IsSupersetOf(Set(call, call[0]!)))),
        new("any", "", call => Value.Of(call.SubjectItems.Any(item => call.Evaluator.Truth(item)))),
        new("all", "", call => Value.Of(call.SubjectItems.All(item => call.Evaluator.Truth(item)))),
        new("truthy", "convert_bool", call => Value.Of(Truth(call))),
        new("falsy", "convert_bool", call => Value.Of(!Truth(call))),
        new("match", "pattern! ignorecase multiline", call => Value.Of(Regex(call).MatchAtStart(call.Evaluator, Searched(call)) is not null)),
        new("search", "pattern! ignorecase multiline", call => Value.Of(Regex(call).Search(call.Evaluator, Searched(call)) is not null)),
        new("regex", "pattern! ignorecase multiline match_type", call => Value.Of((call.Text(3, "search") is "match" or "fullmatch" ? Matched(call) : Regex(call).Search(call.Evaluator, Searched(call))) is not null)),
        .. Named(["version", "version_compare"], "version! operator strict version_type", call => Value.Of(VersionComparison.Test(call))),
        new("uri", "schemes", call => Value.Of(Url(call) is not null)),
        new("urn", "", call => Value.Of(Url(call) is { Scheme: "urn" })),
        new("url", "schemes", call => Value.Of(Url(call) is { } url && (url.Authority.Length > 0 || url.Scheme == "file"))),
        .. Named(["nan", "isnan"], "", call => Value.Of(Numbers.TryReal(call.Subject, out var number) ? double.IsNaN(number) : throw call.Error($"wants a number, not {call.Subject.TypeName}"))),
        .. FileTests.All,
        .. Named(["abs", "is_abs"], "", call => Value.Of(PathFilters.PathOf(call).StartsWith('/'))),
    ];

    internal static FrozenDictionary<string, Function> All { get; } = List.ToFrozenDictionary(function => function.Name);

    /// <summary>Ansible 1.9 wrote <c>result|failed</c>.</summary>
    internal static IEnumerable<Function> AsFilters =>
        All.Values.Where(test => OfResults.Contains(test.Name) || test.Name is "version_compare" or "match" or "search" or "regex" or "issubset" or "issuperset");

    private static Function Type(string name, Func<Value, bool> holds) => new(name, "", call => Value.Of(holds(Looked(call)))) { LooksInside = true, TakesUndefined = true };

    // What is undefined is of no type, and asking is no error; what is unknown may be of any.
    private static Value Looked(Call call) => call.Subject is UndefinedValue ? call.Subject : call.Evaluator.Use(call.Subject);

    private static IEnumerable<Function> Named(string[] names, string parameters, Func<Call, Value> body) =>
        names.Select(name => new Function(name, parameters, body));

    private static IEnumerable<Function> Comparing(Comparison comparison, params string[] names) =>
        Named(names, "other!", call => Value.Of(call.Evaluator.Compare(comparison, call.Subject, call[0]!)));

    // Null: no such address, or of none of the schemes that are asked for.
    private static UrlParts? Url(Call call) =>
        call.Subject is TextValue text && UrlParts.Read(text.Text) is { } url && (!call.Takes(0) || !call.Flag(0) || call.Evaluator.Contains(call[0]!, Value.Of(url.Scheme))) ? url : null;

    private static HashSet<Value> Set(Call call, Value items) => [.. call.Evaluator.Items(items).Select(call.Evaluator.Key)];

    private static Value Remainder(Call call, int by) => call.Evaluator.Modulo(call.Subject, Value.Of(by));

    // Python's identity, where it is reliable: of the singletons and of what is literally one thing.
    private static bool IsSame(Value left, Value right) => (left, right) switch
    {
        (NullValue, NullValue) => true,
        (BoolValue a, BoolValue b) => a.IsTrue == b.IsTrue,
        (IntegerValue a, IntegerValue b) => a.Number == b.Number && a.Number >= -5 && a.Number <= 256 || ReferenceEquals(left, right),
        _ => ReferenceEquals(left, right),
    };

    private static bool Truth(Call call)
    {
        if (call.Flag(0) && call.Subject is TextValue text)
        {
            switch (text.Text.ToLowerInvariant())
            {
                case "y" or "yes" or "on" or "1" or "true" or "t":
                    return true;
                case "n" or "no" or "off" or "0" or "false" or "f":
                    return false;
            }
        }
        return call.Evaluator.Truth(call.Subject);
    }

    private static PythonRegex Regex(Call call) => PythonRegex.Get(call.Evaluator, call.Text(0), call.Flag(1), call.Flag(2));

    private static Match? Matched(Call call)
    {
        var text = Searched(call);
        return Regex(call).MatchAtStart(call.Evaluator, text) is { } match && (call.Text(3, "") != "fullmatch" || match.Length == text.Length) ? match : null;
    }

    private static string Searched(Call call) => call.SubjectText;
}
