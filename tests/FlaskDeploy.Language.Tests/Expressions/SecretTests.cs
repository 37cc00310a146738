using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class SecretTests
{
    private static readonly Rendering Variables = Rendering.Sample
        .With("password", new SecretValue(Value.Of("pw")))
        .With("account", MapValue.From(("name", Value.Of("bob")), ("password", new SecretValue(Value.Of("pw")))))
        .With("url", Rendering.Lazy("db://{{ password }}@host"));

    [Theory]
    [InlineData("{{ password }}", "pw")]
    [InlineData("x{{ password }}", "xpw")]
    [InlineData("{{ password | upper }}", "PW")]
    [InlineData("{{ password == 'pw' }}", "True")]
    [InlineData("{{ account | to_json }}", "{\"name\": \"bob\", \"password\": \"pw\"}")]
    [InlineData("{{ 'a' if password else 'b' }}", "a")]
    [InlineData("{{ url }}", "db://pw@host")]
    [InlineData("{{ url | length }}", "12")]
    [InlineData("{% for c in password %}{{ c }}.{% endfor %}", "p.w.")]
    public void What_is_computed_from_a_secret_is_secret(string source, string expected)
    {
        var value = Assert.IsType<SecretValue>(Variables.Value_(source));
        Assert.Equal(expected, value.Reveal().ToString());
        Assert.Equal("********", value.ToString());
    }

    [Theory]
    [InlineData("{{ account.name }}", "bob")]
    [InlineData("{{ account | length }}", "2")]
    [InlineData("{{ password is defined }}", "True")]
    public void What_does_not_touch_a_secret_is_not(string source, string expected)
    {
        var value = Variables.Value_(source);
        Assert.IsNotType<SecretValue>(value);
        Assert.Equal(expected, value.ToString());
    }

    [Fact]
    public void A_secret_inside_of_a_value_stays_one_by_itself()
    {
        var map = Assert.IsType<MapValue>(Variables.Value_("{{ account }}"));
        Assert.IsType<SecretValue>(map["password"]);
        Assert.IsType<TextValue>(map["name"]);
    }
}
