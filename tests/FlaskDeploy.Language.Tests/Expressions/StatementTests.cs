using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class StatementTests
{
    [Theory]
    [InlineData("{% for x in l %}{{ x }},{% endfor %}", "3,1,2,")]
    [InlineData("{% for x in [] %}{{ x }}{% else %}none{% endfor %}", "none")]
    [InlineData("{% for x in l if x > 1 %}{{ loop.index }}/{{ loop.length }}={{ x }} {% endfor %}", "1/2=3 2/2=2 ")]
    [InlineData("{% for x in l %}{{ loop.first }}{{ loop.last }}{{ loop.revindex }} {% endfor %}", "TrueFalse3 FalseFalse2 FalseTrue1 ")]
    [InlineData("{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}", "aba")]
    [InlineData("{% for x in [1, 1, 2] %}{{ loop.changed(x) }} {% endfor %}", "True False True ")]
    [InlineData("{% for x in l %}{{ loop.previtem|d('-') }}{{ loop.nextitem|d('-') }} {% endfor %}", "-1 32 1- ")]
    [InlineData("{% for x in [[1, [2]], 3] recursive %}{{ loop(x) if x is sequence else x }}@{{ loop.depth }} {% endfor %}", "1@2 2@3 @2 @1 3@1 ")]
    [InlineData("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "a=1;b=two;c=[1, 2];")]
    [InlineData("{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "32")]
    [InlineData("{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}!", "3!")]
    [InlineData("{% if n > 5 %}a{% elif n > 2 %}b{% else %}c{% endif %}", "b")]
    [InlineData("{% if n > 5 %}a{% else %}c{% endif %}", "c")]
    [InlineData("{% set x = 1 %}{% for y in l %}{% set x = 2 %}{% endfor %}{{ x }}!", "1!")]
    [InlineData("{% set ns = namespace(x=0) %}{% for y in l %}{% set ns.x = ns.x + y %}{% endfor %}{{ ns.x }}!", "6!")]
    [InlineData("{% set a, b = 1, 2 %}{{ a }}{{ b }}", "12")]
    [InlineData("{% set x %}a{{ n }}{% endset %}[{{ x }}]", "[a3]")]
    [InlineData("{% set x | upper %}a{{ n }}b{% endset %}[{{ x }}]", "[A3B]")]
    [InlineData("{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }} {{ m(1, b=3) }}", "1-2 1-3")]
    [InlineData("{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, z=3) }}!", "1(2,){'z': 3}!")]
    [InlineData("{% macro a() %}{% macro b() %}{{ varargs }}{% endmacro %}{{ b(1) }}{% endmacro %}{{ a(2) }}", "(1,)")]
    [InlineData("{% macro a() %}{% macro b() %}{{ kwargs }}{% endmacro %}{{ b(x=1) }}{% endmacro %}{{ a(z=3) }}", "{'x': 1}")]
    [InlineData("{% macro m(a) %}<{{ caller(a) }}>{% endmacro %}{% call(x) m(1) %}{{ x }}!{% endcall %}.", "<1!>.")]
    [InlineData("{% macro m() %}{{ n }}{% endmacro %}{{ m.name }}{{ m.arguments }}", "m()")]
    [InlineData("{% filter upper %}a{{ s }}{% endfilter %}.", "AHELLO WORLD.")]
    [InlineData("{% filter upper|replace('A', 'b') %}a{% endfilter %}.", "b.")]
    [InlineData("{% raw %}{{ x }}{% endraw %}!", "{{ x }}!")]
    [InlineData("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}!", "3!")]
    [InlineData("{% set x = [] %}{% do x.append(1) %}{{ x }}!", "[1]!")]
    [InlineData("{% block title %}{{ n }}{% endblock %}!", "3!")]
    [InlineData("{% autoescape true %}{{ '<' }}{% endautoescape %}{{ '<' }}", "&lt;<")]
    [InlineData("{% macro m() %}<b>{% endmacro %}{% autoescape true %}{{ m() }}{% endautoescape %}{{ m() }}", "<b><b>")]
    [InlineData("{% autoescape true %}{% macro m(x) %}<b>{{ x }}{% endmacro %}{{ m('<') }}{% set y %}<i>{% endset %}{{ y }}{% filter upper %}<p>{% endfilter %}{% endautoescape %}", "<b>&lt;<i><P>")]
    [InlineData("{% print n, s %}", "3Hello World")]
    [InlineData("a{# {{ no }} #}b", "ab")]
    [InlineData("{{ joiner(', ')() }}x", "x")]
    [InlineData("{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}", "abab")]
    public void Renders_as_Jinja2_does(string source, string expected) => Assert.Equal(expected, Rendering.Sample.Text(source));

    [Theory]
    [InlineData("  {% if true %}\nx\n  {% endif %}\ny\n", true, false, "  x\n  y\n")]
    [InlineData("  {% if true %}\nx\n  {% endif %}\ny\n", true, true, "x\ny\n")]
    [InlineData("  {% if true %}\nx\n  {% endif %}\ny\n", false, false, "  \nx\n  \ny\n")]
    [InlineData("a \n {%- if true -%} \n b \n {%- endif -%} \n c", true, false, "abc")]
    [InlineData("  {%+ if true +%}\nx{% endif %}", true, true, "  \nx")]
    [InlineData("a {{- 1 -}} b", true, false, "a1b")]
    [InlineData("a\n{# c #}\nb", true, false, "a\nb")]
    [InlineData("a\r\nb\r", true, false, "a\nb\n")]
    [InlineData("{% raw -%}  x  {%- endraw %}\ny", true, false, "xy")]
    public void Whitespace_is_controlled_as_in_Jinja2(string source, bool trim, bool lstrip, string expected)
    {
        var evaluation = Rendering.Sample.RenderFile(source, TemplateOptions.Default with { TrimBlocks = trim, LstripBlocks = lstrip });
        Assert.Equal(expected, evaluation.Value?.ToString());
    }

    [Fact]
    public void Template_files_have_the_options_they_ask_for()
    {
        var options = new TemplateOptions
        {
            VariableStart = "<<",
            VariableEnd = ">>",
            BlockStart = "<%",
            BlockEnd = "%>",
            CommentStart = "<#",
            CommentEnd = "#>",
            NewlineSequence = "\r\n",
            RestoresNewlines = false,
        };
        Assert.Equal("3{{ n }}\r\nx", Rendering.Sample.RenderFile("<< n >>{{ n }}\n<% if n %>x<% endif %><# no #>\n", options).Value?.ToString());
    }

    [Fact]
    public void Line_statements_are_statements()
    {
        var options = TemplateOptions.Default with { LineStatementPrefix = "#", LineCommentPrefix = "##" };
        Assert.Equal("3\n1\n2\nend\n", Rendering.Sample.RenderFile("# for x in l\n{{ x }} ## no\n# endfor\nend\n", options).Value?.ToString().Replace(" \n", "\n"));
        Assert.Equal("a\nb\n", Rendering.Sample.RenderFile("a\n# if n\n\n  \nb\n    ## not a statement\n# endif\n   \n", options with { RestoresNewlines = false }).Value?.ToString().Replace("\n\n", "\n"));
    }

    [Fact]
    public void Backslashes_are_escapes_in_template_files_and_themselves_in_arguments()
    {
        Assert.Equal("a\tb", Rendering.Sample.RenderFile(@"{{ 'a\tb' }}", TemplateOptions.Default).Value?.ToString());
        Assert.Equal(@"a\tb", Rendering.Sample.Text(@"{{ 'a\tb' }}"));
        Assert.Equal("x-b", Rendering.Sample.Text(@"{{ 'a-b' | regex_replace('^(\w)-(.*)$', 'x-\2') }}"));
    }
}
