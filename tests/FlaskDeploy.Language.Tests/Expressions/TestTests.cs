using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class TestTests
{
    /// <summary>At least one row for every test: what holds, and what does not.</summary>
    public static TheoryData<string, string> Rows { get; } = new()
    {
        { "n is defined", "nosuch is defined" },
        { "nosuch is undefined", "n is undefined" },
        { "3 is odd", "2 is odd" },
        { "2 is even", "3 is even" },
        { "6 is divisibleby 3", "7 is divisibleby(3)" },
        { "none is none", "0 is none" },
        { "true is boolean", "1 is boolean" },
        { "true is true", "1 is true" },
        { "false is false", "0 is false" },
        { "1 is integer", "true is integer" },
        { "1.0 is float", "1 is float" },
        { "true is number", "'1' is number" },
        { "'x' is string", "1 is string" },
        { "d is mapping", "l is mapping" },
        { "l is sequence", "1 is sequence" },
        { "d is iterable", "1 is iterable" },
        { "range is callable", "1 is callable" },
        { "('x' | e) is escaped", "'x' is escaped" },
        { "'ab1' is lower", "'aB' is lower" },
        { "'AB1' is upper", "'aB' is upper" },
        { "none is sameas none", "1 is sameas true" },
        { "'upper' is filter", "'nosuch' is filter" },
        { "'odd' is test", "'nosuch' is test" },
        { "1 is in [1]", "2 is in [1]" },
        { "[1] is contains 1", "[1] is contains(2)" },
        { "1 is eq 1", "1 is eq 2" },
        { "1 is equalto 1", "1 is equalto 2" },
        { "1 is ne 2", "1 is ne 1" },
        { "2 is gt 1", "1 is gt 1" },
        { "2 is greaterthan 1", "1 is greaterthan 1" },
        { "1 is ge 1", "0 is ge 1" },
        { "1 is lt 2", "1 is lt 1" },
        { "1 is lessthan 2", "1 is lessthan 1" },
        { "1 is le 1", "2 is le 1" },
        { "[1] | select('==', 1)", "[1] | select('==', 2)" },
        { "[1] | select('!=', 2)", "[1] | select('!=', 1)" },
        { "[2] | select('>', 1)", "[1] | select('>', 1)" },
        { "[1] | select('>=', 1)", "[0] | select('>=', 1)" },
        { "[1] | select('<', 2)", "[1] | select('<', 1)" },
        { "[1] | select('<=', 1)", "[2] | select('<=', 1)" },
        { "result is failed", "{'failed': false} is failed" },
        { "result is failure", "{'rc': 0} is failure" },
        { "{'rc': 0} is success", "result is success" },
        { "{'rc': 0} is succeeded", "result is succeeded" },
        { "{'rc': 0} is successful", "result is successful" },
        { "{'changed': true} is changed", "result is changed" },
        { "{'results': [{'changed': true}]} is change", "{'results': []} is change" },
        { "{'skipped': true} is skipped", "result is skipped" },
        { "{'skipped': true} is skip", "result is skip" },
        { "result is reachable", "{'unreachable': true} is reachable" },
        { "{'unreachable': true} is unreachable", "result is unreachable" },
        { "{'timedout': 1} is timedout", "result is timedout" },
        { "{'started': 1} is started", "{'started': 0} is started" },
        { "{'finished': 1} is finished", "{'finished': 0} is finished" },
        { "[1] is subset [1, 2]", "[3] is subset([1])" },
        { "[1] is issubset [1, 2]", "[3] is issubset([1])" },
        { "[1, 2] is superset [1]", "[1] is superset([3])" },
        { "[1, 2] is issuperset [1]", "[1] is issuperset([3])" },
        { "[0, 1] is any", "[0] is any" },
        { "[1, 1] is all", "[0, 1] is all" },
        { "'x' is truthy", "'no' is truthy(convert_bool=true)" },
        { "'' is falsy", "'x' is falsy" },
        { "'abc' is match 'ab'", "'abc' is match('b')" },
        { "'abc' is search 'b'", "'abc' is search('x')" },
        { "'ABC' is regex('b', ignorecase=true)", "'abc' is regex('x')" },
        { "'1.10' is version('1.9', '>')", "'1.10' is version('1.9', '<')" },
        { "'8' is version_compare('7.5', 'ge')", "'7' is version_compare('7.5', 'ge')" },
        { "'1.0.0' is version('1.0.0-rc1', '>', version_type='semver')", "'1.0.0-rc2' is version('1.0.0-rc1', '<', version_type='semver')" },
        { "'text' is not vault_encrypted", "'$ANSIBLE_VAULT;1.1;AES256' is vault_encrypted" },
        { "'urn:a' is urn", "'a' is urn" },
        { "'http://x' is url", "'x' is url" },
        { "('nan' | float) is nan", "1.0 is nan" },
        { "('nan' | float) is isnan", "1 is isnan" },
        { "'a:b' is uri", "'http://[' is uri" },
        { "'/x' is abs", "'x' is abs" },
        { "'/x' is is_abs", "'x' is is_abs" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Tests_tell_what_holds(string holds, string not)
    {
        Assert.Equal("True", Rendering.Sample.Text($"{{{{ ({holds}) | ternary(true, false) }}}}"));
        Assert.Equal("False", Rendering.Sample.Text($"{{{{ ({not}) | ternary(true, false) }}}}"));
    }

    [Theory]
    [InlineData("'a.txt' is exists and 'a.txt' is file and 'a.txt' is is_file", "True")]
    [InlineData("'a.txt' is directory or 'a.txt' is is_dir or 'a.txt' is link or 'a.txt' is is_link", "False")]
    [InlineData("'a.txt' is link_exists and 'a.txt' is same_file('b.txt') and 'a.txt' is is_same_file('b.txt')", "True")]
    [InlineData("['a.txt'] | select('exists') | list", "['a.txt']")]
    public void Tests_of_paths_say_what_the_operators_machine_said(string expression, string expected) =>
        Assert.Equal(expected, Resolver.Resolve(Rendering.Lazy($"{{{{ {expression} }}}}"), Asked()).Value?.ToString());

    [Fact]
    public void A_path_that_nobody_asked_about_is_an_error_and_so_is_a_secret_one()
    {
        Assert.Contains("'z.txt' is for the operator's machine to say", Resolver.Resolve(Rendering.Lazy("{{ 'z.txt' is exists }}"), Asked()).Error!.Summary);
        Assert.Contains("a secret is no path", Resolver.Resolve(Rendering.Lazy("{{ hidden is exists }}"), Asked()).Error!.Summary);
        Assert.Contains("is for the operator's machine to say", Rendering.Sample.Error("{{ 'a.txt' is exists }}").Summary);
    }

    private static EvaluationContext Asked() => new Rendering(("hidden", new SecretValue(Value.Of("a.txt")))).Context() with
    {
        Lookups = new TreeLookups(new OperatorTree([]), _ => null)
        {
            Answers = [.. new[] { ("directory", false), ("exists", true), ("file", true), ("link", false), ("link_exists", true) }.Select(pair => new OperatorAnswer(pair.Item1, ["a.txt"], pair.Item2)), new OperatorAnswer("same_file", ["a.txt", "b.txt"], true)],
        },
    };
}
