using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class TemplateHeaderTests
{
    [Theory]
    [InlineData("#jinja2:variable_start_string:'<<' , variable_end_string:'>>'\n<< x >> {{ x }}\n", "1 {{ x }}\n")]
    [InlineData("#jinja2: lstrip_blocks: True\n  {% if x %}\na\n  {% endif %}\n", "a\n")]
    [InlineData("#jinja2: trim_blocks: False\n{% if x %}\na{% endif %}\n", "\na\n")]
    [InlineData("#jinja2: line_statement_prefix:\":\"\n: if x\nfoo\n: endif\n", "foo\n")]
    [InlineData("# jinja2: trim_blocks: False\n{{ x }}\n", "# jinja2: trim_blocks: False\n1\n")]
    public void The_first_line_says_how_the_rest_is_read(string source, string expected) => Assert.Equal(expected, Render(source));

    [Theory]
    [InlineData("#jinja2: lstrip_blocks=True\nx")]
    [InlineData("#jinja2: nonsense: True\nx")]
    [InlineData("#jinja2: trim_blocks: maybe\nx")]
    public void What_it_does_not_say_rightly_is_an_error(string source)
    {
        var diagnostics = new DiagnosticBag();

        Assert.Null(Template.Parse(source, new SourceSpan("a.j2", 1, 1), diagnostics, TemplateOptions.Default));
        Assert.Contains("failed to parse jinja2 override", diagnostics.ToSorted().Single().Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_are_counted_from_the_first_of_the_file()
    {
        var diagnostics = new DiagnosticBag();

        Assert.Null(Template.Parse("#jinja2: trim_blocks: False\n{{ x }\n", new SourceSpan("a.j2", 1, 1), diagnostics, TemplateOptions.Default));
        Assert.Equal(2, diagnostics.ToSorted().Single().Span.Line);
    }

    private static string Render(string source)
    {
        var diagnostics = new DiagnosticBag();
        var template = Template.Parse(source, new SourceSpan("a.j2", 1, 1), diagnostics, TemplateOptions.Default);
        Assert.Empty(diagnostics.ToSorted());
        return template!.RenderText(new EvaluationContext(new One()), TemplateOptions.Default).Value!.ToString();
    }

    private sealed class One : IVariables
    {
        public IEnumerable<string> Names => ["x"];

        public Value? Find(string name) => name == "x" ? Value.Of(1) : null;
    }
}
