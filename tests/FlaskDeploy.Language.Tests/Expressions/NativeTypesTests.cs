using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

/// <summary>Ansible's <c>jinja2_native</c>.</summary>
public sealed class NativeTypesTests
{
    private static readonly Rendering Variables = new(
        ("number", Value.Of("123")),
        ("text", Value.Of("no")),
        ("n", Value.Of(3)),
        ("nothing", Value.Null),
        ("hostile", Value.Of("['{{ n }}', 1]")),
        ("secret", new SecretValue(Value.Of("0777"))),
        ("secret_number", new SecretValue(Value.Of("777"))));

    [Theory]
    [InlineData("{{ number }}", "123")]
    [InlineData("{{ number }}{{ n }}", "1233")]
    [InlineData("{{ n }}", "3")]
    [InlineData("{{ nothing }}", "None")]
    [InlineData("a{{ nothing }}", "'aNone'")]
    [InlineData("{% if false %}x{% endif %}", "None")]
    [InlineData("{{ text }}", "'no'")]
    [InlineData("{{ number | string }}", "'123'")]
    [InlineData("{{ [1, 2] | to_json }}", "'[1, 2]'")]
    [InlineData("{{ '[1, 2]' }}", "[1, 2]")]
    [InlineData("{{ '(1, 2)' }}", "[1, 2]")]
    [InlineData("1, {{ n }}", "[1, 3]")]
    [InlineData("{'a': {{ n }}}", "{'a': 3}")]
    [InlineData("{{ '\"a\"' }}", "'\"a\"'")]
    [InlineData(" {{ n }}", "' 3'")]
    [InlineData("0777", "'0777'")]
    [InlineData("{{ 'True' }}", "True")]
    [InlineData("{{ 'true' }}", "'true'")]
    [InlineData("{% set x %}{{ n }}{% endset %}{{ x + 1 }}", "4")]
    [InlineData("{% macro m() %}{{ n }}{% endmacro %}{{ m() + 1 }}", "4")]
    public void What_is_printed_is_what_it_reads_as_in_Python(string source, string expected) => Assert.Equal(expected, Native(source).ToRepr());

    [Fact]
    public void What_reads_as_a_list_is_data_and_is_never_rendered()
    {
        var list = Assert.IsType<ListValue>(Native("{{ hostile }}"));
        Assert.Equal("['{{ n }}', 1]", list.ToRepr());
        Assert.Same(list, Resolver.Resolve(list, Variables.Context()).Value);
    }

    [Fact]
    public void A_secret_stays_one()
    {
        Assert.IsType<SecretValue>(Native("{{ secret_number }}"));
        Assert.Equal(Value.Of("0777"), Assert.IsType<SecretValue>(Native("{{ secret }}")).Reveal());
    }

    [Fact]
    public void A_template_file_is_text_all_the_same()
    {
        var diagnostics = new DiagnosticBag();
        var template = Template.Parse("{{ number }}{{ nothing }}", Rendering.Start, diagnostics, TemplateOptions.Default)!;
        Assert.Equal(Value.Of("123"), template.RenderText(Variables.Context() with { HasNativeTypes = true }, TemplateOptions.Default).Value);
    }

    private static Value Native(string source)
    {
        var template = Template.Parse(source, Rendering.Start, new DiagnosticBag())!;
        var evaluation = template.Render(Variables.Context() with { HasNativeTypes = true });
        Assert.True(evaluation.Error is null, evaluation.Error?.ToString());
        return evaluation.Value!;
    }
}
