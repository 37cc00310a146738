using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class ExpressionTests
{
    [Theory]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("7 // 2, -7 // 2, 7 % -3, -7 % 3", "(3, -4, -2, 2)")]
    [InlineData("7 / 2", "3.5")]
    [InlineData("2 ** 3 ** 2", "64")]
    [InlineData("-2 ** 2", "4")]
    [InlineData("2 ** 100", "1267650600228229401496703205376")]
    [InlineData("2 ** -1", "0.5")]
    [InlineData("12345678901234567890 / 3", "4.1152263004115226e+18")]
    [InlineData("5 / 12345678901234567890", "4.0500000364500005e-19")]
    [InlineData("7.5 // 2, -7.5 % 2", "(3.0, 0.5)")]
    [InlineData("0.1 + 0.2", "0.30000000000000004")]
    [InlineData("1e16, 1e15, 1e-4, 1e-5, 123456789012345678.0", "(1e+16, 1000000000000000.0, 0.0001, 1e-05, 1.2345678901234568e+17)")]
    [InlineData("0x1f, 0b11, 0o17, 1_000", "(31, 3, 15, 1000)")]
    [InlineData("1 ~ 'a' ~ none ~ [1]", "1aNone[1]")]
    [InlineData("'ab' * 3", "ababab")]
    [InlineData("[1] * 2 + [2]", "[1, 1, 2]")]
    [InlineData("1 < 2 < 3, 1 < 3 < 2", "(True, False)")]
    [InlineData("1 == 1.0 == true", "True")]
    [InlineData("(1, 2) == [1, 2]", "False")]
    [InlineData("2 in l, 5 not in l, 'ell' in s, 'a' in d", "(True, True, True, True)")]
    [InlineData("not n, not 0", "(False, True)")]
    [InlineData("0 or 'x', 1 and 'y'", "('x', 'y')")]
    [InlineData("'a' if n > 2 else 'b'", "a")]
    [InlineData("l[0], l[-1], l[1:], l[::-1], s[:5], s[::-2]", "(3, 2, [1, 2], [2, 1, 3], 'Hello', 'drWolH')")]
    [InlineData("d.a, d['b'], d.c.1, users.0.name", "(1, 'two', 2, 'bob')")]
    [InlineData("{'a': 1, 1: 'b', none: [true]}", "{'a': 1, 1: 'b', None: [True]}")]
    [InlineData("[]", "[]")]
    [InlineData("()", "()")]
    [InlineData("'it\\'s', \"q\"", "(\"it's\", 'q')")]
    [InlineData("'a' 'b'", "ab")]
    [InlineData("'%s-%05.1f-%x-%r' % ('a', 2.25, 255, 'q')", "a-002.2-ff-'q'")]
    [InlineData("'%(k)s' % {'k': 1}", "1")]
    [InlineData("'{:>5}|{:,}|{0}'.format(1)", null)]
    [InlineData("'{:>5}|{:,}|{a[k]}|{!r}'.format('x', 1234567, 'q', a={'k': 2})", "    x|1,234,567|2|'q'")]
    [InlineData("s.upper().split(' ')", "['HELLO', 'WORLD']")]
    [InlineData("' a b '.strip().replace(' ', '_')", "a_b")]
    [InlineData("'a,b,,c'.split(','), 'a b'.partition(' ')", "(['a', 'b', '', 'c'], ('a', ' ', 'b'))")]
    [InlineData("'7'.zfill(3), '-7'.zfill(4), 'x'.center(4, '*')", "('007', '-007', '*x**')")]
    [InlineData("s.startswith('Hell'), s.endswith(('x', 'd')), s.find('o'), s.count('l')", "(True, True, 4, 3)")]
    [InlineData("d.keys() | list, d.get('zz', 5), d.values() | length", "(['a', 'b', 'c'], 5, 3)")]
    [InlineData("d.items()", "dict_items([('a', 1), ('b', 'two'), ('c', [1, 2])])")]
    [InlineData("'é😀'.upper(), '😀x'[0], '😀x' | length", "('É😀', '😀', 2)")]
    [InlineData("range(3), range(1, 10, 3) | list", "(range(0, 3), [1, 4, 7])")]
    [InlineData("range(9)[2:5], range(9)[::-3], range(9)[7:2:-2] | list", "(range(2, 5), range(8, -1, -3), [7, 5, 3])")]
    [InlineData("range(3)[5:], range(0)[:1], range(4)[::9] | list, 2 in range(9)[2:5]", "(range(3, 3), range(0, 0), [0], True)")]
    [InlineData("dict(a=1), dict([('b', 2)])", "({'a': 1}, {'b': 2})")]
    public void Evaluates_as_Python_does(string expression, string? expected)
    {
        if (expected is null)
        {
            Assert.Equal("FD1306", Rendering.Sample.Error($"{{{{ {expression} }}}}").Code);
            return;
        }
        Assert.Equal(expected, Rendering.Sample.Text($"{{% set r = {expression} %}}{{{{ r }}}}{{{{ '' }}}}"));
    }

    [Fact]
    public void A_sole_variable_keeps_its_type()
    {
        Assert.IsType<IntegerValue>(Rendering.Sample.Value_("{{ n }}"));
        Assert.IsType<ListValue>(Rendering.Sample.Value_("{{ l }}"));
        Assert.IsType<ListValue>(Rendering.Sample.Value_("{{ d.items() }}"));
        Assert.Equal(Value.Of(""), Rendering.Sample.Value_("{{ none }}"));
        Assert.IsType<TextValue>(Rendering.Sample.Value_("{{ n }}\n"));
        Assert.IsType<TextValue>(Rendering.Sample.Value_(" {{ n }}"));
        Assert.Equal(Value.Of("a: "), Rendering.Sample.Value_("a: {{ none }}"));
    }

    // Each row as Ansible 2.14 answered it.
    [Theory]
    [InlineData("{{ 1 + 1 }}", "'2'")]
    [InlineData("{{ '5' | int }}{{ '' }}", "'5'")]
    [InlineData("{{ 1.5 * 2 }}", "'3.0'")]
    [InlineData("{{ n }}", "3")]
    [InlineData("{{ (n) }}", "3")]
    [InlineData("{{ n + 0 }}", "'3'")]
    [InlineData("{{ result.rc }}", "'1'")]
    [InlineData("{{ again }}", "'3'")]
    [InlineData("{{ [again, shown] }}", "['3', 3]")]
    [InlineData("{{ (1, 2) }}", "'(1, 2)'")]
    [InlineData("{{ [1, 'a', none] }}", "[1, 'a', None]")]
    [InlineData("{{ n == 3 }}", "True")]
    [InlineData("{{ 'True' }}", "True")]
    [InlineData("{{ 'true' }}", "'true'")]
    [InlineData("{% if n %}True{% endif %}", "True")]
    [InlineData("[1, {{ n }}]", "[1, 3]")]
    [InlineData("[1, {{ n }}]\n", "[1, 3]")]
    [InlineData("[{{ n }},\n 2]", "[3, 2]")]
    [InlineData(" [1, {{ n }}]", "' [1, 3]'")]
    [InlineData("{{ n }}, 2", "'3, 2'")]
    [InlineData("[host1, {{ n }}]", "'[host1, 3]'")]
    [InlineData("{a: {{ n }}}", "'{a: 3}'")]
    [InlineData("{'a': {{ n }}, \"b\": true, 'c': null}", "{'a': 3, 'b': True, 'c': None}")]
    [InlineData("[{% for i in l %}'{{ i }}',{% endfor %}]", "['3', '1', '2']")]
    [InlineData("{{ json }}", "{'a': {'b': [1, 2.5, False, '{{ n }}']}}")]
    [InlineData("{{ json }} ", "{'a': {'b': [1, 2.5, False, '{{ n }}']}}")]
    [InlineData(" {{ json }}", "' {\"a\":{\"b\":[1,2.5,false,\"{{ n }}\"]}}'")]
    [InlineData("{{ '[\"caf\\u00e9\"]' }}", "['caf\u00e9']")]
    [InlineData("{{ json | string }}", "'{\"a\":{\"b\":[1,2.5,false,\"{{ n }}\"]}}'")]
    [InlineData("{{ l | to_json }}", "'[3, 1, 2]'")]
    [InlineData("{{ l | to_json }}{{ '' }}", "[3, 1, 2]")]
    [InlineData("{{ '[1, ' }}2]", "[1, 2]")]
    [InlineData("{{ '[[1]: 2}' }}", "'[[1]: 2}'")]
    [InlineData("{{ '{[1]: 2}' }}", "'{[1]: 2}'")]
    public void What_is_printed_is_a_text_and_data_where_it_reads_as_a_list_a_dict_or_a_truth(string source, string expected)
    {
        var variables = Rendering.Sample.With("again", Rendering.Lazy("{{ shown }}")).With("shown", Rendering.Lazy("{{ n }}"))
            .With("json", Value.Of("{\"a\":{\"b\":[1,2.5,false,\"{{ n }}\"]}}"));
        Assert.Equal(expected, variables.Value_(source).ToRepr());
    }

    [Fact]
    public void What_came_as_data_is_never_rendered()
    {
        Assert.Equal("{{ s }}", Rendering.Sample.Text("{{ host_text }}"));
        Assert.Equal("{{ s }}!", Rendering.Sample.Text("{% set x = [host_text] %}{{ x | first | string }}!"));
    }

    [Fact]
    public void A_change_in_place_changes_a_copy()
    {
        var rendering = Rendering.Sample;
        Assert.Equal("None[3, 1, 2, 9]", rendering.Text("{{ l.append(9) ~ '' }}{{ l }}"));
        Assert.Equal(Rendering.List(3, 1, 2), rendering.Value_("{{ l }}"));
    }
}
