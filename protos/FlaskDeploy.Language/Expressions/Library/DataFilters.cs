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
        new("tojson", "indent", call => Markup.Of(HtmlSafe(Json.Write(call.Evaluator, call.Subject, call.OptionalInt(0), sortsKeys: true, takesMoments: false)))) { TakesUndefined = true },
        new("from_json", "", call => Json.Read(call.Evaluator, call.SubjectText)),
        new("to_yaml", "indent width default_flow_style sort_keys explicit_start explicit_end", call => WriteYaml(call, 2, null)),
        new("to_nice_yaml", "indent width default_flow_style sort_keys explicit_start explicit_end", call => WriteYaml(call, 4, false)),
        new("from_yaml", "", call => call.Subject is TextValue text ? FirstOf(call, text.Text) : call.Subject),
        new("from_yaml_all", "", call => call.Subject is TextValue text ? new ListValue(YamlText.ReadAll(call.Evaluator, text.Text)) : call.Subject),
        new("pprint", "", call => Value.Of(PrettyPrint.Print(call.Evaluator, call.Subject))),
    ];

    private static Value WriteYaml(Call call, int indent, bool? flowStyle) => Value.Of(YamlWriter.Write(call.Evaluator, call.Subject, new YamlStyle(
        call.Int(0, indent),
        call.Int(1, 80),
        call[2] is null ? flowStyle : call.Has(2) ? call.Flag(2) : null,
        call.Flag(3, true),
        call.Flag(4),
        call.Flag(5))));

    private static Value FirstOf(Call call, string text) => YamlText.ReadAll(call.Evaluator, text) switch
    {
        [] => Value.Null,
        [var only] => only,
        _ => throw call.Error("expected a single document in the stream; from_yaml_all reads several"),
    };

    private static (string Item, string Key)? Separators(Call call) =>
        call.Keyword("separators") is { } value && call.Evaluator.Items(value) is [TextValue item, TextValue key] ? (item.Text, key.Text) : null;

    private static string HtmlSafe(string json) => json
        .Replace("<", "\\u003c", StringComparison.Ordinal)
        .Replace(">", "\\u003e", StringComparison.Ordinal)
        .Replace("&", "\\u0026", StringComparison.Ordinal)
        .Replace("'", "\\u0027", StringComparison.Ordinal);
}
