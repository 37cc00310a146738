using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Linting.Model;

/// <summary>One argument of a task, however it was written.</summary>
/// <param name="Name">The spec's name where the module is known, else as written.</param>
/// <param name="Text">Of a list or mapping: empty.</param>
/// <param name="Node">Null: it stood in a line of <c>key=value</c>.</param>
internal sealed record LintArgument(string Name, string Text, YamlNode? Node, SourceSpan NameSpan, SourceSpan Span)
{
    /// <summary>A scalar of YAML without quotes: YAML decides what it is.</summary>
    public bool IsPlain => Node is YamlScalar { IsPlain: true };

    public bool HasMarkup => Language.Expressions.Template.HasMarkup(Text);

    /// <summary>The text, or the texts of a list.</summary>
    public IEnumerable<string> Texts => Node switch
    {
        YamlSequence sequence => sequence.Items.OfType<YamlScalar>().Select(scalar => scalar.Text),
        YamlMapping => [],
        _ => [Text],
    };

    public bool IsTrue => Language.Values.YamlScalars.AsBoolean(Text.Trim()) == true;

    public bool IsFalse => Language.Values.YamlScalars.AsBoolean(Text.Trim()) == false;
}
