using System.Diagnostics;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class BudgetTests
{
    [Theory]
    [InlineData("{{ range(10**9) | list }}")]
    [InlineData("{% for x in range(10**12) %}{% endfor %}")]
    [InlineData("{{ 'a' * 10**9 }}")]
    [InlineData("{{ [1] * 10**9 }}")]
    [InlineData("{{ 9 ** (9 ** (9 ** 9)) }}")]
    [InlineData("{{ 2 ** (2 ** 40) }}")]
    [InlineData("{{ 10 ** (10 ** 10) }}")]
    [InlineData("{{ 'x'.center(10**9) }}")]
    [InlineData("{{ '%1000000000d' % 1 }}")]
    [InlineData("{{ '{:1000000000}'.format(1) }}")]
    [InlineData("{{ ('a' * 10**6).replace('a', 'b' * 10**6) }}")]
    [InlineData("{{ range(3000) | product(range(3000), range(3000)) }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}!")]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{{ ('a' * 40) is match('(a+)+$b') }}")]
    [InlineData("{{ ('a' * 60 ~ '!') | regex_search('^(a+)+$') }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | unique }}")]
    [InlineData("{% set ns = namespace(x=(1,)) %}{% for i in range(100) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} | length }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = {'a': ns.x, 'b': ns.x} %}{% endfor %}{{ ns.x }}")]
    [InlineData("{% set ns = namespace(t='a: &a0 [1]') %}{% for i in range(40) %}{% set ns.t = ns.t ~ '\nb' ~ i ~ ': &a' ~ (i + 1) ~ ' [*a' ~ i ~ ', *a' ~ i ~ ']' %}{% endfor %}{{ ns.t | replace('\\n', '\x0a') | from_yaml }}")]
    [InlineData("{{ ('[' * 20000) | from_yaml }}")]
    [InlineData("{{ 'x' | password_hash('sha512', 's', rounds=999999999) }}")]
    [InlineData("{% block a %}{{ self.a() }}{% endblock %}")]
    public void What_would_run_away_ends_in_a_clear_error(string source)
    {
        var started = Stopwatch.GetTimestamp();
        var error = Rendering.Sample.Error(source, new EvaluationBudget { Time = TimeSpan.FromSeconds(1), Steps = 2_000_000 });
        Assert.Equal("FD1307", error.Code);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    public void Nesting_beyond_measure_is_an_error(string open, string close)
    {
        var source = $"{{{{ {string.Concat(Enumerable.Repeat(open, 100_000))}1{string.Concat(Enumerable.Repeat(close, 100_000))} }}}}";
        // On a machine with other work the time may be over before the nesting is found to be too deep.
        Assert.Contains(Rendering.Sample.Error(source).Code, (string[])[DiagnosticCodes.ExpressionSyntax, DiagnosticCodes.BudgetExceeded]);
    }

    [Fact]
    public void A_sum_of_very_many_terms_is_an_answer_or_an_error()
    {
        var error = Rendering.Sample.Error($"{{{{ {string.Join('+', Enumerable.Repeat("1", 200_000))} }}}}");
        Assert.Contains(error.Code, (string[])[DiagnosticCodes.ExpressionSyntax, DiagnosticCodes.BudgetExceeded]);
    }

    [Fact]
    public void Usual_sizes_stay_within_the_budget() =>
        Assert.Equal(Value.Of("4999950000"), Rendering.Sample.Value_("{{ range(100000) | list | sum }}"));
}
