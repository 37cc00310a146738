using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class ErrorTests
{
    [Theory]
    [InlineData("{{ 1 + }}", "FD1301", 10, 12)]
    [InlineData("{% for loop in l %}{% endfor %}", "FD1301", 10, 12)]
    [InlineData("{% macro m(caller) %}{{ caller() }}{% endmacro %}", "FD1301", 10, 8)]
    [InlineData("ab {{ x", "FD1301", 10, 8)]
    [InlineData("{{ (1 }}", "FD1301", 10, 11)]
    [InlineData("{{ 'a }}", "FD1301", 10, 8)]
    [InlineData("{{ a b }}", "FD1301", 10, 10)]
    [InlineData("line\n  {% nosuch %}", "FD1301", 11, 10)]
    [InlineData("{% if n %}x", "FD1301", 10, 16)]
    [InlineData("{% endfor %}", "FD1301", 10, 8)]
    [InlineData("{% for x in l %}{% endif %}", "FD1301", 10, 24)]
    [InlineData("{% include 'x' %}", "FD1308", 10, 16)]
    [InlineData("{% break %}", "FD1301", 10, 8)]
    [InlineData("{{ s | uper }}", "FD1303", 10, 12)]
    [InlineData("{{ s is definedd }}", "FD1304", 10, 13)]
    [InlineData("x {{ nosuch }}", "FD1302", 10, 10)]
    [InlineData("a\nb {{ d.nosuch }}", "FD1302", 11, 12)]
    [InlineData("{{ 1 + 'a' }}", "FD1306", 10, 10)]
    [InlineData("{{ 1 / 0 }}", "FD1306", 10, 10)]
    [InlineData("{{ l | join(1, 2, 3) }}", "FD1306", 10, 12)]
    [InlineData("{{ l | sort(nosuch=1) }}", "FD1306", 10, 12)]
    [InlineData("{{ lookup('nosuch') }}", "FD1305", 10, 8)]
    public void Errors_point_to_their_place(string source, string code, int line, int column)
    {
        var error = Rendering.Sample.Error(source);
        Assert.Equal((code, new SourceSpan("site.yml", line, column)), (error.Code, error.Span));
    }

    [Fact]
    public void An_undefined_variable_is_named_with_a_suggestion()
    {
        var error = new Rendering(("server_port", Value.Of(1))).Error("{{ server_prot }}");
        Assert.Equal("site.yml:10:8: error FD1302: 'server_prot' is undefined; did you mean 'server_port'?", error.ToString());
    }

    [Fact]
    public void A_missing_key_is_named_with_a_suggestion()
    {
        var error = Rendering.Sample.Error("{{ result.stdot }}");
        Assert.Equal("'dict object' has no attribute 'stdot'", error.Summary);
        Assert.Equal("did you mean 'stdout'?", error.Remedy);
    }

    [Fact]
    public void All_unknown_names_are_reported_at_once()
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(Template.Parse("{{ a | uper }}{{ b is definedd }}", Rendering.Start, diagnostics));
        Assert.Equal(["FD1303", "FD1304"], diagnostics.ToSorted().Select(diagnostic => diagnostic.Code));
        Assert.Equal("did you mean 'upper'?", diagnostics.ToSorted()[0].Remedy);
    }

    [Theory]
    [InlineData("{{ nosuch | default('x') }}", "x")]
    [InlineData("{{ nosuch.a.b['c'] | default('x') }}", "x")]
    [InlineData("{{ d.nosuch | default('x') }}", "x")]
    [InlineData("{{ '' | default('x', true) }}", "x")]
    [InlineData("{{ nosuch is defined }}", "False")]
    [InlineData("{{ d.nosuch.more is undefined }}", "True")]
    [InlineData("{{ nosuch is none }}", "False")]
    [InlineData("{{ 'a' if nosuch is defined else 'b' }}", "b")]
    [InlineData("[{{ 'a' if false }}]", "[]")]
    [InlineData("{{ n | ternary('yes', nosuch) }}", "yes")]
    public void What_is_undefined_may_be_looked_at(string source, string expected) => Assert.Equal(expected, Rendering.Sample.Text(source));

    [Theory]
    [InlineData("{{ nosuch }}")]
    [InlineData("{{ nosuch + 1 }}")]
    [InlineData("{{ [nosuch] }}")]
    [InlineData("{{ nosuch | upper }}")]
    [InlineData("{% if nosuch %}{% endif %}")]
    [InlineData("{% for x in nosuch %}{% endfor %}")]
    [InlineData("{{ nosuch == 1 }}")]
    public void What_is_undefined_may_not_be_used(string source) => Assert.Equal("FD1302", Rendering.Sample.Error(source).Code);

    [Theory]
    [InlineData("hey | mandatory", "Mandatory variable 'hey'  not defined.")]
    [InlineData("d.hey | mandatory", "Mandatory variable 'hey'  not defined.")]
    [InlineData("hey | mandatory('I am a sad wolf.')", "I am a sad wolf.")]
    [InlineData("hey | mandatory | default('x')", "Mandatory variable 'hey'  not defined.")]
    [InlineData("[1] | combine(foo='bar')", "'recursive' and 'list_merge' are the only valid keyword arguments")]
    [InlineData("[d, [d]] | combine(d)", "failed to combine variables, expected dicts but got a 'dict' and a 'list'")]
    [InlineData("true | dict2items", "dict2items requires a dictionary, got bool instead.")]
    [InlineData("true | items2dict", "items2dict requires a list, got bool instead.")]
    [InlineData("[true] | items2dict", "items2dict requires a list of dictionaries, got bool among them instead.")]
    [InlineData("[{'key': 1}] | items2dict", "items2dict requires each dictionary in the list to contain the keys 'key' and 'value', and one does not.")]
    [InlineData("true | subelements('x')", "obj must be a list of dicts or a nested dict")]
    [InlineData("{} | subelements(17)", "subelements must be a list or a string")]
    [InlineData("true | path_join", "|path_join expects string or sequence, got bool instead.")]
    [InlineData("range(2) | tojson", "Object of type range is not JSON serializable")]
    [InlineData("('x' if false) | wordwrap(6)", "the inline if-expression evaluated to false and no else section was defined")]
    [InlineData("(true if false) | tojson(indent=2)", "the inline if-expression evaluated to false and no else section was defined")]
    [InlineData("{3: 1} | xmlattr", "xmlattr: the name of an attribute is a text, not int")]
    [InlineData("none | random", "random can only be used on sequences and integers")]
    [InlineData("'%Y' | strftime('foo')", "Invalid value for epoch value (foo)")]
    [InlineData("'x' | regex_escape('haha')", "Invalid regex type (haha)")]
    [InlineData("'x' | to_uuid(namespace=22)", "Invalid value '22' for 'namespace'")]
    [InlineData("'x' | hash('haha')", "unsupported hash type haha")]
    [InlineData("'x' | password_hash('haha')", "password_hash does not support 'haha'; it supports sha512, sha256, bcrypt and md5")]
    public void Says_what_is_wrong_in_Ansibles_words_which_playbooks_look_for(string expression, string expected) =>
        Assert.Equal(expected, Rendering.Sample.Error($"{{{{ {expression} }}}}").Summary);

    [Theory]
    [InlineData("none | combine", "{}")]
    [InlineData("[d] | combine == d", "True")]
    [InlineData("[none, {'a': 1}] | combine({'b': 2})", "{'a': 1, 'b': 2}")]
    [InlineData("22 | shuffle", "22")]
    [InlineData("'k' | extract(nosuch) | default('a')", "a")]
    [InlineData("('k' | extract(nosuch, 'sub')).more | default('a')", "a")]
    [InlineData("none", "")]
    public void Lets_pass_what_Ansible_lets_pass(string expression, string expected) => Assert.Equal(expected, Rendering.Sample.Text($"{{{{ {expression} }}}}"));

    [Theory]
    [InlineData("nope in []", "False")]
    [InlineData("nope not in ()", "True")]
    [InlineData("nope in range(0)", "False")]
    [InlineData("nope in {}.values()", "False")]
    [InlineData("nope in d.items()", "False")]
    [InlineData("nope is in []", "False")]
    [InlineData("[nope] | select('in', []) | list | length", "0")]
    [InlineData("[] is contains(nope)", "False")]
    [InlineData("(1 if false) in {}", "False")]
    [InlineData("(1 if false) in [1]", "False")]
    [InlineData("nope in [1]", null)]
    [InlineData("nope in range(1)", null)]
    [InlineData("nope in {}", null)]
    [InlineData("nope in d", null)]
    [InlineData("nope in {}.keys()", null)]
    [InlineData("nope in ''", null)]
    [InlineData("(1 if false) in [nope]", null)]
    [InlineData("(1 if false) == nope", null)]
    public void What_is_undefined_stands_in_nothing_that_is_empty_where_Python_does_not_look_at_it(string expression, string? expected)
    {
        if (expected is null)
        {
            Assert.Equal("FD1302", Rendering.Sample.Error($"{{{{ {expression} }}}}").Code);
            return;
        }
        Assert.Equal(expected, Rendering.Sample.Text($"{{{{ {expression} }}}}"));
    }

    [Theory]
    [InlineData("((10[1:3],)) | attr('upper') | default(1)", "1")]
    [InlineData("10[1:3] is defined, none[:] | default('x'), [true[1:]] | length", "(False, 'x', 1)")]
    [InlineData("'abc'[1:3], [1, 2, 3][::-1]", "('bc', [3, 2, 1])")]
    [InlineData("n[1:3] | default('x')", null)]
    [InlineData("10[n:3] | default('x')", null)]
    [InlineData("n | default(10[1:3])", null)]
    [InlineData("10[1:3] | default(n)", null)]
    [InlineData("[10[1:3]] | select | list | length", null)]
    public void A_slice_of_a_constant_that_has_none_is_undefined_where_all_around_it_is_constant(string expression, string? expected)
    {
        if (expected is null)
        {
            Assert.Equal("FD1306", Rendering.Sample.Error($"{{{{ {expression} }}}}").Code);
            return;
        }
        Assert.Equal(expected, Rendering.Sample.Text($"{{% set r = {expression} %}}{{{{ r }}}}{{{{ '' }}}}"));
    }

    [Theory]
    [InlineData("'{0.a}'.format(none) | default('x')")]
    [InlineData("'{0[a]}'.format(n) | default('x')")]
    [InlineData("'{0[7]}'.format(l) | default('x')")]
    [InlineData("[] | random | default('x')")]
    [InlineData("'' * 12345678901234567890")]
    [InlineData("12345678901234567890 * []")]
    public void What_Python_itself_refuses_is_no_undefined_value_that_a_default_stands_in_for(string expression) =>
        Assert.Equal("FD1306", Rendering.Sample.Error($"{{{{ {expression} }}}}").Code);

    [Fact]
    public void Variables_that_need_each_other_are_reported_with_the_chain()
    {
        var error = new Rendering(("a", Rendering.Lazy("{{ b }}", 1)), ("b", Rendering.Lazy("x{{ c }}", 2)), ("c", Rendering.Lazy("{{ a }}", 3))).Error("{{ a }}");
        Assert.Equal("FD1306", error.Code);
        Assert.Equal("these variables need each other: a -> b -> c -> a", error.Summary);
        Assert.Equal("vars.yml", error.Span.File);
    }

    [Fact]
    public void One_look_into_all_variables_of_a_host_does_not_need_the_others()
    {
        var own = MapValue.From(("foo", Value.Of("test")), ("later", Rendering.Lazy("{{ look }}", 1)), ("wrong", Rendering.Lazy("{{ nosuch }}", 2)), ("all", Rendering.Lazy("{{ everything }}", 3)));
        var rendering = new Rendering(("own", own), ("everything", Rendering.Lazy("{{ own }}", 4)), ("look", Rendering.Lazy("{{ everything.foo }}", 5)), ("later", own["later"]!));
        Assert.Equal("test", rendering.Text("{{ later }}"));
        Assert.Equal("test", rendering.Text("{{ everything.all.all.later }}"));
        Assert.Equal("'nosuch' is undefined", new Rendering(("own", MapValue.From(("wrong", own["wrong"]!)))).Error("{{ own }}").Summary);
        Assert.Equal("FD1306", rendering.Error("{{ {'a': everything}.a.all | length }}{{ everything }}").Code);

        var circle = new Rendering(("x", MapValue.From(("a", Rendering.Lazy("{{ y }}", 1)), ("n", Value.Of(1)))), ("y", MapValue.From(("b", Rendering.Lazy("{{ x }}", 2)))));
        Assert.Equal("1", circle.Text("{{ x.a.b.a.b.n }}"));
        Assert.Equal("FD1306", circle.Error("{{ x }}").Code);
    }

    [Fact]
    public void A_variable_that_needs_something_undefined_is_undefined()
    {
        var rendering = new Rendering(("a", Rendering.Lazy("x{{ nosuch }}", 7)));
        Assert.Equal("y", rendering.Text("{{ a | default('y') }}"));
        var error = rendering.Error("{{ a }}");
        Assert.Equal("vars.yml:7:5: error FD1302: 'nosuch' is undefined\n    for a: x{{ nosuch }}", error.ToString());
    }
}
