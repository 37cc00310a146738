using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests;

public sealed class ArgumentBinderTests
{
    [Fact]
    public void What_is_data_is_to_a_text_what_Python_prints_and_to_a_path_a_mistake()
    {
        var line = MapValue.From(("a", Value.Of([Value.True, Value.Of("x")])));

        Assert.Equal("{'a': [True, 'x']}", Bound(("line", line))?.Text("line"));
        Assert.Null(Bound(("path", line)));
    }

    [Fact]
    public void A_date_is_handed_over_as_JSON_has_it() =>
        Assert.Equal("2024-01-02T03:04:05+00:00", Bound(("line", YamlScalars.Resolve("2024-01-02 03:04:05Z")))?.Text("line"));

    private static BoundArguments? Bound((string, Value) argument)
    {
        var arguments = MapValue.From(("path", Value.Of("/etc/x")), ("line", Value.Of("x"))).Merge(MapValue.From(argument));
        return ArgumentBinder.Bind(ModuleCatalog.Find("lineinfile")!, arguments, null, _ => SourceSpan.None, new DiagnosticBag());
    }
}
