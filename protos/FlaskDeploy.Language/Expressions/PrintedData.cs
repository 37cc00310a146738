using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>What <c>lookup('template')</c> makes of a text that reads as a dict, a list or a boolean.</summary>
public static class PrintedData
{
    /// <summary>The value that the text reads as; else the text.</summary>
    /// <param name="options">Of the lookup: with <c>convert_data=False</c> it stays text.</param>
    public static Value Of(Value text, IReadOnlyDictionary<string, Value> options)
    {
        if (options.TryGetValue("convert_data", out var wanted) && !wanted.IsTruthy || text is not TextValue { Text: var printed })
        {
            return text;
        }
        var looksLike = printed.StartsWith('{') && !printed.StartsWith("{{", StringComparison.Ordinal) || printed.StartsWith('[') || printed is "True" or "False";
        return looksLike && PythonLiteral.TryParsePrinted(printed.TrimEnd()) is { } read and not TextValue ? read : text;
    }
}
