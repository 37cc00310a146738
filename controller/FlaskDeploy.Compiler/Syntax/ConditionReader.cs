using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Reads bare expressions, as <c>when</c> and <c>assert: that</c> have them.</summary>
internal static class ConditionReader
{
    public static TemplateValue Read(TemplateTable templates, YamlScalar scalar) =>
        scalar.IsPlain && YamlScalars.Resolve(scalar.Text) is BoolValue flag
            ? templates.Condition(flag.IsTrue ? "true" : "false", _ => scalar.Span)
            : Read(templates, scalar.Text, scalar.SpanAt);

    public static TemplateValue Read(TemplateTable templates, string text, Func<int, Language.Diagnostics.SourceSpan> spanAt)
    {
        var start = text.Length - text.TrimStart().Length;
        var inner = text.Trim();
        if (IsWhollyInBraces(inner))
        {
            var expression = inner[2..^2];
            start += 2 + (expression.Length - expression.TrimStart().Length);
            inner = expression.Trim();
        }
        return templates.Condition(inner, offset => spanAt(start + offset));
    }

    // Braces around the whole say what is meant anyway; old playbooks have them.
    private static bool IsWhollyInBraces(string text) =>
        text.Length >= 4 && text.StartsWith("{{", StringComparison.Ordinal) && text.EndsWith("}}", StringComparison.Ordinal)
        && text.IndexOf("{{", 2, StringComparison.Ordinal) < 0 && text.IndexOf("}}", StringComparison.Ordinal) == text.Length - 2;
}
