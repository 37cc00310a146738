using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

public class YamlTests
{
    [Theory]
    [InlineData("yes", "True")]
    [InlineData("No", "False")]
    [InlineData("on", "True")]
    [InlineData("OFF", "False")]
    [InlineData("y", "'y'")]
    [InlineData("~", "None")]
    [InlineData("null", "None")]
    [InlineData("0644", "420")]
    [InlineData("0o644", "'0o644'")]
    [InlineData("0x1F", "31")]
    [InlineData("0b101", "5")]
    [InlineData("1_000", "1000")]
    [InlineData("1:30", "90")]
    [InlineData("190:20:30", "685230")]
    [InlineData("0899", "'0899'")]
    [InlineData("-12", "-12")]
    [InlineData("1.5", "1.5")]
    [InlineData("1e3", "'1e3'")]
    [InlineData("1.0e+3", "1000.0")]
    [InlineData(".inf", "inf")]
    [InlineData("2001-12-14", "datetime.date(2001, 12, 14)")]
    [InlineData("2001-12-14 21:59:43.10 -5", "datetime.datetime(2001, 12, 14, 21, 59, 43, 100000, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=68400)))")]
    [InlineData("'2001-12-14'", "'2001-12-14'")]
    [InlineData("\"yes\"", "'yes'")]
    [InlineData("'0644'", "'0644'")]
    [InlineData("!!str 5", "'5'")]
    [InlineData("!unsafe \"{{ x }}\"", "'{{ x }}'")]
    [InlineData("12345678901234567890123", "12345678901234567890123")]
    public void Scalars_mean_what_PyYAML_makes_of_them(string written, string expected)
    {
        var compilation = CompilerTestExtensions.Compile($"- hosts: all\n  vars:\n    x: {written}\n  tasks: []\n").Good();

        Assert.Equal(expected, Assert.Single(compilation.Bundle.Plays[0].Vars).Value.ToRepr());
    }

    [Theory]
    [InlineData("- hosts: all\n  vars:\n\tx: 1\n", "FD1003", 3, 1)]
    [InlineData("- hosts: all\n  vars: {a: 1, a: 2}\n", "FD1004", 2, 16)]
    [InlineData("- hosts: all\n  vars: {a: *nothing}\n", "FD1007", 2, 13)]
    [InlineData("- hosts: all\n---\n- hosts: all\n", "FD1009", 2, 1)]
    [InlineData("- hosts: 'all\n", "FD1002", 1, 10)]
    [InlineData("- hosts: all\n  name: a: b\n", "FD1002", 2, 10)]
    [InlineData("- hosts: all\n  name: \"{{ a }}\" b\n", "FD1002", 2, 19)]
    [InlineData("- hosts: all\n  name: @foo\n", "FD1002", 2, 9)]
    [InlineData("- hosts: all\n  tags: [a, b\n  name: c\n", "FD1002", 2, 9)]
    [InlineData("- hosts: all\n  vars: {a: [1]\n  name: c\n", "FD1002", 2, 9)]
    [InlineData("- hosts: [a, b\n  tasks: []\n", "FD1002", 1, 10)]
    [InlineData("- hosts: all\n  name: \u0007\n", "FD1002", 2, 9)]
    [InlineData("- hosts: all\n  vars: {a: 2024-02-30}\n", "FD1002", 2, 13)]
    [InlineData("- hosts: all\n  vars: {a: !vault x}\n", "FD1010", 2, 13)]
    [InlineData("- hosts: all\n  vars: {a: !thing x}\n", "FD1005", 2, 13)]
    public void Says_where_YAML_is_wrong(string playbook, string code, int line, int column)
    {
        var error = CompilerTestExtensions.Compile(playbook).Diagnostics.First(diagnostic => diagnostic.Code == code);

        Assert.Equal(new SourceSpan("site.yml", line, column), error.Span);
    }

    [Fact]
    public void A_bracket_that_is_never_closed_is_named()
    {
        var wrong = CompilerTestExtensions.Compile("- hosts: all\n  vars: {a: [1]\n  name: c\n").Wrong();

        Assert.Equal(("this is not YAML: the '{' that opens here is never closed", "close it with '}', or put the whole value in quotes where it is a text", ""), (wrong.Summary, wrong.Remedy, wrong.Detail ?? ""));
    }

    [Fact]
    public void Names_both_places_of_a_key_written_twice_and_takes_the_last()
    {
        var result = CompilerTestExtensions.Compile("- hosts: all\n  vars:\n    x: 1\n    y: 3\n    x: 2\n  tasks:\n  - debug: msg=a msg=b\n");

        Assert.All(result.Diagnostics, told => Assert.Equal((CompilerCodes.DuplicateKey, Severity.Warning), (told.Code, told.Severity)));
        Assert.Contains("the first is at 3:5", result.Diagnostics[0].Summary);
        Assert.Equal("x=2 y=3", string.Join(' ', result.Good().Bundle.Plays[0].Vars.Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal("b", result.Good().Call().Arguments["msg"]!.ToString());
    }

    [Fact]
    public void Refuses_a_billion_laughs_in_time()
    {
        var bomb = "- hosts: all\n  vars:\n    a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
            + string.Concat(Enumerable.Range(1, 12).Select(i => $"    a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n"));

        Assert.Equal(CompilerCodes.TooMuchYaml, CompilerTestExtensions.Compile(bomb).Wrong().Code);
    }

    [Fact]
    public void Refuses_nesting_without_end() =>
        Assert.Equal(CompilerCodes.TooMuchYaml, CompilerTestExtensions.Compile("- hosts: all\n  vars: {x: " + new string('[', 5000)).Diagnostics[0].Code);

    [Theory]
    [InlineData("msg: \"ab {{ nope }}\"", 5, 19)]
    [InlineData("msg: 'it''s {{ nope }}'", 5, 22)]
    [InlineData("msg: \"\\t\\x41 {{ nope }}\"", 5, 23)]
    [InlineData("msg: |\n          one\n          two {{ nope }}", 7, 18)]
    [InlineData("msg: >-\n          one\n\n          two {{ nope }}", 8, 18)]
    [InlineData("msg: one\n        two {{ nope }}", 6, 16)]
    [InlineData("msg: !!str 'x {{ nope }}'", 5, 24)]
    public void A_name_inside_a_text_has_its_own_position(string argument, int line, int column)
    {
        var playbook = $"- hosts: all\n  tasks:\n  - name: x\n    debug:\n      {argument}\n";

        Assert.Equal(new SourceSpan("site.yml", line, column), CompilerTestExtensions.Compile(playbook).Wrong().Span);
    }

    [Fact]
    public void Merge_keys_give_way_to_what_is_written_beside_them()
    {
        var vars = CompilerTestExtensions.Compile("- hosts: all\n  vars:\n    a: &a {x: 1, y: 1}\n    b: &b {y: 2, z: 2}\n    c: {<<: [*a, *b], z: 3}\n  tasks: []\n").Good().Bundle.Plays[0].Vars;

        Assert.Equal(MapValue.From(("x", Value.Of(1)), ("y", Value.Of(1)), ("z", Value.Of(3))), vars.Single(pair => pair.Key == "c").Value);
    }
}
