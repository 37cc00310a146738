using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>What Ansible makes of a printed text that reads as a dict, a list or a boolean.</summary>
public static class PrintedData
{
    /// <summary>The value that the text reads as, in Python or in JSON; else the text. Of what a host said it makes data, and never a template.</summary>
    public static Value Of(Value text) =>
        text is TextValue { StaysText: false, Text: var printed } && LooksLikeData(printed) && PythonLiteral.TryParseData(printed) is { } read and not TextValue ? read : text;

    /// <summary>The same for what <c>lookup('template')</c> gives.</summary>
    /// <param name="options">Of the lookup: with <c>convert_data=False</c> it stays text.</param>
    public static Value Of(Value text, IReadOnlyDictionary<string, Value> options) =>
        options.TryGetValue("convert_data", out var wanted) && !wanted.IsTruthy ? text : Of(text);

    private static bool LooksLikeData(string printed) => printed is ['{' or '[', ..] or "True" or "False";
}
