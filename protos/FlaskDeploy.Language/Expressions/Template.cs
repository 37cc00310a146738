using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Text with <c>{{ }}</c>, <c>{% %}</c> and <c>{# #}</c> in it, parsed once and rendered as often as wanted. Immutable.</summary>
public sealed class Template
{
    private readonly string _source;

    private Template(string source) => _source = source;

    /// <summary>Names, filters, tests and lookups that it asks for.</summary>
    public TemplateUses Uses { get; } = new();

    /// <summary>Null when syntax errors were added.</summary>
    public static Template? Parse(string source, SourceSpan start, DiagnosticBag diagnostics) => new(source);

    /// <summary>Whether there is anything to render.</summary>
    public static bool HasMarkup(string text) =>
        text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal) || text.Contains("{#", StringComparison.Ordinal);

    public Evaluation Render(EvaluationContext context) => Evaluation.Of(Value.Of(_source));

    public Evaluation RenderText(EvaluationContext context, TemplateOptions options) => Evaluation.Of(Value.Of(_source));
}
