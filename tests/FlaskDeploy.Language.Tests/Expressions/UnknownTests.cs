using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class UnknownTests
{
    private static readonly Rendering Variables = Rendering.Sample
        .With("u", new UnknownValue("the command was not run"))
        .With("later", new UnknownValue("later"))
        .With("pid", MapValue.From(("stdout", new UnknownValue("lsof was not run")), ("changed", Value.False)));

    [Theory]
    [InlineData("{{ u }}")]
    [InlineData("{{ u + 1 }}")]
    [InlineData("{{ u.stdout }}")]
    [InlineData("{{ u['x'].y(1) }}")]
    [InlineData("kill {{ u }} {{ n }}")]
    [InlineData("{{ u | upper }}")]
    [InlineData("{{ u | default('x') }}")]
    [InlineData("{{ n in u }}")]
    [InlineData("{{ u == 1 }}")]
    [InlineData("{{ not u }}")]
    [InlineData("{{ 'a' if u else 'b' }}")]
    [InlineData("{% if u %}a{% endif %}")]
    [InlineData("{% for x in u %}a{% endfor %}")]
    [InlineData("{{ u and true }}")]
    [InlineData("{{ u or false }}")]
    [InlineData("{{ [1, u] | join(',') }}")]
    [InlineData("{{ [1, u] == [1, 2] }}")]
    [InlineData("{{ 5 in [1, u] }}")]
    [InlineData("{{ u is string }}")]
    [InlineData("{{ u and nosuch.x == 1 }}")]
    [InlineData("{{ '%s' % u }}")]
    public void What_is_computed_from_something_unknown_is_unknown(string source)
    {
        var value = Assert.IsType<UnknownValue>(Variables.Value_(source));
        Assert.Equal("the command was not run", value.Because);
    }

    [Theory]
    [InlineData("{{ false and u }}", "False")]
    [InlineData("{{ u and false }}", "False")]
    [InlineData("{{ true or u }}", "True")]
    [InlineData("{{ u or true }}", "True")]
    [InlineData("{{ u is defined }}", "True")]
    [InlineData("{{ u is undefined }}", "False")]
    [InlineData("{{ 'a' if true else u }}", "a")]
    [InlineData("{{ [1, u][0] }}", "1")]
    [InlineData("{{ [1, u] | length }}", "2")]
    [InlineData("{{ 1 in [u, 1] }}", "True")]
    [InlineData("{{ pid.changed }}", "False")]
    [InlineData("{{ pid is changed }}", "False")]
    [InlineData("{{ n | default(u) }}", "3")]
    [InlineData("{{ {'a': u, 'b': 2}.b }}", "2")]
    public void A_known_operand_decides(string source, string expected) => Assert.Equal(expected, Variables.Text(source));

    [Fact]
    public void Parts_that_are_unknown_stay_in_their_place()
    {
        var list = Assert.IsType<ListValue>(Variables.Value_("{{ [1, u ~ 'x'] }}"));
        Assert.Equal(Value.Of(1), list.Items[0]);
        Assert.IsType<UnknownValue>(list.Items[1]);
    }

    [Fact]
    public void The_first_unknown_says_why() =>
        Assert.Equal("later", Assert.IsType<UnknownValue>(Variables.Value_("{{ later ~ u }}")).Because);

    [Fact]
    public void Conditions_are_unknown_unless_one_decides()
    {
        Assert.IsType<UnknownValue>(Test("u", "true"));
        Assert.Equal(Value.False, Test("u", "false"));
        Assert.IsType<UnknownValue>(Test("u", "nosuch"));
    }

    private static Value Test(params string[] conditions) =>
        Resolver.Test(conditions.Select(condition => Rendering.Lazy(condition)), Variables.Context()).Value!;
}
