using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class ResolverTests
{
    [Fact]
    public void Every_template_inside_is_rendered()
    {
        var value = MapValue.From(("a", Rendering.Lazy("{{ n }}")), ("b", Value.Of([Rendering.Lazy("x{{ n }}"), Value.Of("{{ n }}")])));
        var result = Resolver.Resolve(value, Rendering.Sample.Context());
        Assert.Equal(MapValue.From(("a", Value.Of(3)), ("b", Value.Of(["x3", "{{ n }}"]))), result.Value);
    }

    [Fact]
    public void Only_what_is_used_of_a_variable_is_rendered()
    {
        var rendering = new Rendering(("d", MapValue.From(("good", Rendering.Lazy("{{ 1 + 1 }}")), ("bad", Rendering.Lazy("{{ 1 / 0 }}")))));
        Assert.Equal(Value.Of("2"), rendering.Value_("{{ d.good }}"));
        Assert.Equal("FD1306", rendering.Error("{{ d }}").Code);
    }

    [Fact]
    public void Variables_may_be_templates_of_others()
    {
        var rendering = new Rendering(("home", Value.Of("/home/web")), ("project", Rendering.Lazy("{{ home }}/hello")), ("paths", Value.Of([Rendering.Lazy("{{ project }}/app.py")])));
        Assert.Equal("/home/web/hello/app.py", rendering.Text("{{ paths[0] }}"));
        Assert.Equal("['/home/web/hello/app.py']!", rendering.Text("{{ paths }}!"));
        Assert.Equal("/home/web/hello", rendering.Text("{{ vars['project'] }}"));
        Assert.Equal("/home/web/hello", rendering.Text("{{ lookup('vars', 'project') }}"));
    }

    [Theory]
    [InlineData("n == 3", true)]
    [InlineData("n == 4", false)]
    [InlineData("{{ n == 3 }}", true)]
    [InlineData("result is failed", true)]
    [InlineData("result|failed", true)]
    [InlineData("not result is changed", true)]
    [InlineData("nosuch is defined and nosuch.x", false)]
    [InlineData("l", true)]
    [InlineData("none", false)]
    [InlineData("'false'", true)]
    [InlineData("{{ 'false' }}", false)]
    [InlineData(" {{ 'False' }} ", false)]
    [InlineData("not 'false'", false)]
    [InlineData("' '", true)]
    [InlineData("''", false)]
    [InlineData("'x'", true)]
    [InlineData("", true)]
    [InlineData("{{ n }} == 3", true)]
    [InlineData("{{ {'a': {'b': n}} }}.a.b == 3 and {{ n }} > 2", true)]
    [InlineData("'{{ n }}x' | upper == \"3X\"", true)]
    [InlineData("\"{{ 'a\\\"b' }}\" == '{{ \"a\" }}' ~ '\\\"b'", true)]
    [InlineData("{{ \"n == 3\" }} == 'n == 3'", true)]
    public void A_condition_is_a_bare_expression(string condition, bool expected) =>
        Assert.Equal(Value.Of(expected), Resolver.Test([Rendering.Lazy(condition)], Rendering.Sample.Context()).Value);

    [Fact]
    public void All_conditions_of_a_list_must_hold()
    {
        Assert.Equal(Value.True, Resolver.Test([Value.True, Rendering.Lazy("n")], Rendering.Sample.Context()).Value);
        Assert.Equal(Value.False, Resolver.Test([Rendering.Lazy("n"), Value.False, Rendering.Lazy("nosuch")], Rendering.Sample.Context()).Value);
        Assert.Equal(Value.True, Resolver.Test([], Rendering.Sample.Context()).Value);
    }

    [Fact]
    public void An_error_in_a_condition_has_its_place()
    {
        var error = Resolver.Test([new TemplateValue("{{ nosuch }}", new SourceSpan("t.yml", 4, 11))], Rendering.Sample.Context()).Error;
        Assert.Equal("t.yml:4:14: error FD1302: 'nosuch' is undefined", error?.ToString());
        var syntax = Resolver.Test([new TemplateValue("a ==", new SourceSpan("t.yml", 4, 11))], Rendering.Sample.Context()).Error;
        Assert.Equal(("FD1301", 15), (syntax?.Code, syntax?.Span.Column ?? 0));
    }

    [Fact]
    public void Omit_is_itself() => Assert.Equal(Resolver.Omit, Rendering.Sample.Value_("{{ nosuch | default(omit) }}"));

    [Fact]
    public void Uses_are_found_without_evaluating()
    {
        var template = Template.Parse(
            "{% set a = b %}{% for x in c | sort %}{{ x }}{{ a }}{{ loop.index }}{{ d.e[f] }}{% endfor %}{% macro m(p) %}{{ p }}{{ g }}{% endmacro %}{{ m(h) is defined }}{{ lookup('ansible.builtin.env', i) }}",
            SourceSpan.None,
            new DiagnosticBag());
        Assert.Equal(["b", "c", "d", "f", "g", "h", "i"], template!.Uses.Variables);
        Assert.Equal(["sort"], template.Uses.Filters);
        Assert.Equal(["defined"], template.Uses.Tests);
        Assert.Equal(["env"], template.Uses.Lookups);
    }

    [Theory]
    [InlineData("a {{ b }}", true)]
    [InlineData("{% if %}", true)]
    [InlineData("{# c #}", true)]
    [InlineData("a { b } {", false)]
    public void Markup_is_recognised(string text, bool expected) => Assert.Equal(expected, Template.HasMarkup(text));
}
