using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class OtherTemplatesTests
{
    private static readonly Dictionary<string, string> Files = new()
    {
        ["part"] = "<{{ x | default('no x') }}{{ y | default('') }}>\n",
        ["sets"] = "{% set x = 'set' %}{{ x }}",
        ["loop"] = "{{ loop.index | default('-') }}",
        ["macros"] = "{% macro m(a, b=n | default('no n')) %}{{ a }}/{{ b }}{% endmacro %}{% set v = 7 %}{% set _hidden = 1 %}text",
        ["base"] = "[{% block title %}base{% endblock %}|{% block body %}{{ top | default('none') }}{% endblock %}|{% block row scoped %}{% endblock %}]",
        ["middle"] = "{% extends 'base' %}{% block title %}middle {{ super() }}{% endblock %}",
        ["rows"] = "{% for i in [1, 2] %}{% block row scoped %}{% endblock %}{% endfor %}",
        ["plain rows"] = "{% for i in [1, 2] %}{% block row %}{{ i | default('unseen') }}{% endblock %}{% endfor %}",
        ["required"] = "{% block it required %}{% endblock %}",
        ["late"] = "{% macro m() %}{{ x }}{% endmacro %}",
        ["self"] = "{% include 'self' %}",
        ["a"] = "{% extends 'b' %}",
        ["b"] = "{% extends 'a' %}",
        ["tree"] = "{{ tree.name }}{% for tree in tree.below %}({% include 'tree' %}){% endfor %}",
        ["broken"] = "\n{% if %}",
        ["undefined"] = "\n  {{ nosuch }}",
        ["secret"] = "{% macro m() %}{{ password }}{% endmacro %}",
        ["append"] = "{% do l.append(9) %}{{ l | length }}",
        ["binds"] = "{% set v = 2 %}{{ tell() }}{% block inner %}{% endblock %}",
        ["imports"] = "{% import 'macros' as v %}{{ tell() }}",
        ["between"] = "{% extends 'binds' %}{% set v = 3 %}",
        ["shows"] = "<{{ v | default('no v') }}>",
    };

    [Theory]
    [InlineData("{% set v = 1 %}{% extends 'binds' %}{% macro tell() %}{{ v }}{% endmacro %}", "1")]
    [InlineData("{% set v = 1 %}{% extends 'binds' %}{% macro tell() %}{{ v }}{% endmacro %}{% block inner %}{{ v }}{{ tell() }}{% endblock %}", "121")]
    [InlineData("{% set v = 1 %}{% extends 'between' %}{% macro tell() %}{{ v }}{% endmacro %}", "1")]
    [InlineData("{% extends 'binds' %}{% macro tell() %}{{ v }}{% endmacro %}", "2")]
    [InlineData("{% extends 'binds' %}{% macro tell() %}{% include 'shows' %}{% endmacro %}", "<2>")]
    [InlineData("{% extends 'imports' %}{% if none %}{% import 'macros' as v %}{% endif %}{% macro tell() %}{% include 'shows' %}{% endmacro %}", "<no v>")]
    [InlineData("{% extends 'imports' %}{% if none %}{% if n %}{% set v = 1 %}{% endif %}{% endif %}{% macro tell() %}{{ v | default('no v') }}{% endmacro %}", "no v")]
    [InlineData("{% extends 'imports' %}{% if n %}{% from 'macros' import v %}{% endif %}{% macro tell() %}{{ v }}{% endmacro %}", "7")]
    public void A_macro_sees_what_its_own_template_bound_and_not_what_the_one_that_it_extends_binds_after(string source, string expected) =>
        Assert.Equal(expected, Render(source).Value?.Reveal().ToString());

    [Theory]
    [InlineData("{% include 'part' %}!", "<no x>!")]
    [InlineData("{% set x = 1 %}{% include 'part' %}", "<1>")]
    [InlineData("{% set x = 1 %}{% include 'part' without context %}", "<no x>")]
    [InlineData("{% for y in l %}{% include 'part' %}{% endfor %}", "<no x3><no x1><no x2>")]
    [InlineData("{% for y in l %}{% include 'loop' %}{% endfor %}", "---")]
    [InlineData("{% for y in l %}{{ loop.index }}{% include 'loop' %}{% endfor %}", "112233")]
    [InlineData("{% include 'sets' %}{{ x | default('unset') }}", "setunset")]
    [InlineData("{% include ['nosuch', 'part'] %}", "<no x>")]
    [InlineData("{% include 'nosuch' ignore missing %}.", ".")]
    [InlineData("{% include ['nosuch', 'gone'] ignore missing with context %}.", ".")]
    [InlineData("{% set name = 'part' %}{% include name %}", "<no x>")]
    [InlineData("{% import 'macros' as q %}{{ q.m(1) }} {{ q.v }} {{ q }} {{ q._hidden | default('hidden') }}", "1/no n 7 text hidden")]
    [InlineData("{% import 'macros' as q with context %}{{ q.m(1) }}", "1/3")]
    [InlineData("{% from 'macros' import m as q, v %}{{ q(2, b=3) }}{{ v }}", "2/37")]
    [InlineData("{% from 'macros' import m with context %}{{ m(1) }}", "1/3")]
    [InlineData("{% from 'macros' import nosuch %}{{ nosuch | default('not exported') }}", "not exported")]
    [InlineData("{% extends 'base' %}{% block title %}mine{% endblock %} not printed {{ nosuch }}", "[mine|none|]")]
    [InlineData("{% extends 'middle' %}{% block title %}mine {{ super() }}{% endblock %}", "[mine middle base|none|]")]
    [InlineData("{% extends 'middle' %}{% block title %}{{ super.super() }}{% endblock %}", "[base|none|]")]
    [InlineData("{% extends 'base' %}{% set top = 5 %}", "[base|5|]")]
    [InlineData("{% set up = 'base' %}{% extends up %}{% block body %}{{ self.title() }}{% endblock %}", "[base|base|]")]
    [InlineData("{% extends 'rows' %}{% block row %}{{ i }}{% endblock %}", "12")]
    [InlineData("{% include 'plain rows' %}", "unseenunseen")]
    [InlineData("{% if n %}{% extends 'base' %}{% endif %}{% block title %}x{% endblock %}", "[x|none|]")]
    [InlineData("{% extends 'required' %}{% block it %}there{% endblock %}", "there")]
    [InlineData("{% set x = 1 %}{% import 'late' as q with context %}{% set x = 2 %}{{ q.m() }}", "1")]
    [InlineData("{% block a %}x{% endblock a %}{{ self.a() }}", "xx")]
    [InlineData("{% set tree = {'name': 1, 'below': [{'name': 2, 'below': []}, {'name': 3, 'below': [{'name': 4, 'below': []}]}]} %}{% include 'tree' %}", "1(2)(3(4))")]
    [InlineData("{% do l.append(8) %}{% include 'append' %}{{ l | length }}", "55")]
    public void Renders_as_Jinja2_does(string source, string expected) => Assert.Equal(expected, Render(source).Value?.Reveal().ToString());

    [Theory]
    [InlineData("{% include 'nosuch' %}", "a.j2:1:12: error FD1308: there is no template 'nosuch'")]
    [InlineData("{% include ['x', 'y'] %}", "a.j2:1:12: error FD1308: there is none of the templates x, y")]
    [InlineData("{% include '../part' %}", "a.j2:1:12: error FD1308: there is no template '../part'")]
    [InlineData("{% include 'broken' %}", "broken:2:7: error FD1301: expected an expression")]
    [InlineData("{% include 'undefined' %}", "undefined:2:6: error FD1302: 'nosuch' is undefined")]
    [InlineData("{% include 'required' %}", "required:1:4: error FD1306: the block 'it' is required, and no template that extends this one has it")]
    [InlineData("{% include 'a' %}", "a:1:12: error FD1306: templates extend each other in a circle: b -> a -> b")]
    [InlineData("{% extends 'base' %}{% extends 'base' %}", "a.j2:1:24: error FD1306: a template extends one other only")]
    [InlineData("{% for x in l %}{% extends 'base' %}{% endfor %}", "a.j2:1:20: error FD1301: 'extends' stands at the top of a template, not inside of another statement")]
    [InlineData("{% from 'macros' import _hidden %}", "a.j2:1:25: error FD1301: names that start with an underscore cannot be imported")]
    public void Says_what_is_wrong_where_it_is(string source, string expected) => Assert.StartsWith(expected, Render(source).Error?.ToString());

    [Fact]
    public void Templates_that_include_each_other_for_ever_end()
    {
        var error = Render("{% include 'self' %}").Error;
        Assert.Equal(DiagnosticCodes.BudgetExceeded, error?.Code);
        Assert.Contains("self -> self", error?.Summary);
    }

    [Fact]
    public void A_secret_of_an_imported_macro_makes_the_whole_secret() =>
        Assert.IsType<SecretValue>(Render("{% from 'secret' import m with context %}{{ m() }}").Value);

    [Fact]
    public void Newlines_at_the_end_of_the_source_come_back_and_those_of_included_templates_do_not()
    {
        Assert.Equal("<no x>\n", Render("{% include 'part' %}\n").Value?.ToString());
        Assert.Equal("<no x>", Render("{% include 'part' %}").Value?.ToString());
        Assert.Equal("x\n", Render("{% if true %}x{% endif %}\n").Value?.ToString());
        Assert.Equal("x\n\n", Render("{{ 'x\\n\\n' }}\n").Value?.ToString());
    }

    [Fact]
    public void Every_statement_has_a_row()
    {
        var rows = ((Type[])[typeof(StatementTests), typeof(OtherTemplatesTests)]).SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttributes(typeof(InlineDataAttribute), false)).Select(row => (string)((InlineDataAttribute)row).Data[0]!).ToList();
        Assert.Equal([], ExpressionCatalog.Statements.Where(statement => !rows.Any(row => row.Contains($"{{% {statement}", StringComparison.Ordinal))));
    }

    [Fact]
    public void Names_that_are_not_written_out_tell_their_ends()
    {
        var uses = Template.Parse("{% include 'a/' ~ n ~ '.j2' %}{% extends 'a' + 'b' %}{% import x as y %}{% include ['c', d] %}", SourceSpan.None, new DiagnosticBag())!.Uses;
        Assert.Equal(
            [new("a/", ".j2", false), new("ab", "", true), new("", "", false), new("c", "", true) { MayBeMissing = true }, new("", "", false) { MayBeMissing = true }],
            uses.Templates.Distinct());
        Assert.Equal(["n", "x", "d"], uses.Variables);
    }

    private static Evaluation Render(string source)
    {
        var diagnostics = new DiagnosticBag();
        var template = Template.Parse(source, new SourceSpan("a.j2", 1, 1), diagnostics, TemplateOptions.Default);
        var context = Rendering.Sample.With("password", new SecretValue(Value.Of("pw"))).Context() with { Templates = new Library() };
        return template?.RenderText(context, TemplateOptions.Default) ?? Evaluation.Failed(diagnostics.ToSorted()[0]);
    }

    private sealed class Library : ITemplates
    {
        public TemplateFile? Find(string name) => Files.TryGetValue(name, out var text) ? new TemplateFile(name, text) : null;
    }
}
