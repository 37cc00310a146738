using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters that write values as text and read them back.</summary>
internal static class DataFilters
{
    internal static Function[] All { get; } =
    [
        new("to_json", "indent sort_keys ensure_ascii **", call => Value.Of(Json.Write(
            call.Evaluator, call.Subject, call.OptionalInt(0), call.Flag(1), call.Flag(2, true), Separators(call)?.Item, Separators(call)?.Key ?? ": "))),
        new("to_nice_json", "indent sort_keys ensure_ascii **", call => Value.Of(Json.Write(call.Evaluator, call.Subject, call.Int(0, 4), call.Flag(1, true), call.Flag(2, true)))),
        new("tojson", "indent", call => Markup.Of(HtmlSafe(Json.Write(call.Evaluator, call.Subject, call.OptionalInt(0), sortsKeys: true)))),
        new("from_json", "", call => Json.Read(call.Evaluator, call.SubjectText)),
        new("pprint", "", call => Value.Of(PrettyPrint.Print(call.Evaluator, call.Subject))),
    ];

    private static (string Item, string Key)? Separators(Call call) =>
        call.Keyword("separators") is { } value && call.Evaluator.Items(value) is [TextValue item, TextValue key] ? (item.Text, key.Text) : null;

    private static string HtmlSafe(string json) => json
        .Replace("<", "\\u003c", StringComparison.Ordinal)
        .Replace(">", "\\u003e", StringComparison.Ordinal)
        .Replace("&", "\\u0026", StringComparison.Ordinal)
        .Replace("'", "\\u0027", StringComparison.Ordinal);
}
