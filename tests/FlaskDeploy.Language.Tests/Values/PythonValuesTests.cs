using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Tests.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Values;

public sealed class PythonValuesTests
{
    [Theory]
    [InlineData("a", "'a'")]
    [InlineData("it's", "\"it's\"")]
    [InlineData("it's \"q\"", "'it\\'s \"q\"'")]
    [InlineData("a\\b\n\r\t\0\x7f", "'a\\\\b\\n\\r\\t\\x00\\x7f'")]
    [InlineData("é\u00a0\u00ad\u200b\u2028", "'é\\xa0\\xad\\u200b\\u2028'")]
    [InlineData("😀\U000e0001", "'😀\\U000e0001'")]
    public void Strings_are_quoted_as_Python_does(string text, string expected) => Assert.Equal(expected, Value.Of(text).ToRepr());

    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1.0, "1.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(100.0, "100.0")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(1234567890123456.0, "1234567890123456.0")]
    [InlineData(9999999999999998.0, "9999999999999998.0")]
    [InlineData(1e16, "1e+16")]
    [InlineData(1.5e300, "1.5e+300")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00012345678901234567, "0.00012345678901234567")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(123456.789, "123456.789")]
    [InlineData(double.PositiveInfinity, "inf")]
    [InlineData(double.NaN, "nan")]
    public void Floats_are_printed_as_Python_does(double number, string expected) => Assert.Equal(expected, Value.Of(number).ToString());

    [Fact]
    public void Numbers_are_equal_across_their_types()
    {
        Assert.Equal(Value.Of(1), Value.True);
        Assert.Equal(Value.Of(1.0), Value.Of(1));
        Assert.Equal(Value.Of(1.0).GetHashCode(), Value.True.GetHashCode());
        Assert.NotEqual(Value.Of(9007199254740993), (Value)Value.Of(9007199254740992.0));
        Assert.NotEqual(Value.Of(double.NaN), Value.Of(double.NaN));
        Assert.NotEqual(Value.Of("1"), Value.Of(1));
    }

    [Fact]
    public void What_is_printed_reads_back_equal()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var value = Any(random, depth: 3);
            var diagnostics = new DiagnosticBag();
            var expression = Expression.Parse(value.ToRepr(), SourceSpan.None, diagnostics);
            Assert.True(expression is not null, $"{value.ToRepr()}: {diagnostics.ToSorted().FirstOrDefault()}");
            var read = expression.Evaluate(Rendering.Sample.Context());
            Assert.True(value.Equals(read.Value), $"{value.ToRepr()} became {read.Value?.ToRepr()} {read.Error}");
        }
    }

    [Fact]
    public void Json_that_is_written_reads_back_equal()
    {
        var random = new Random(8);
        for (var i = 0; i < 1000; i++)
        {
            var value = Any(random, depth: 3, onlyTextKeys: true);
            Assert.Equal(Value.Of([value]), new Rendering(("x", value)).Value_("{{ [x | to_json | from_json] }}"));
            Assert.Equal(Value.Of([value]), new Rendering(("x", value)).Value_("{{ [x | to_nice_json | from_json] }}"));
        }
    }

    private static Value Any(Random random, int depth, bool onlyTextKeys = false) => random.Next(depth > 0 ? 8 : 6) switch
    {
        0 => Value.Null,
        1 => Value.Of(random.Next(2) == 0),
        2 => Value.Of(random.NextInt64(long.MinValue, long.MaxValue)),
        3 => Value.Of((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-20, 20))),
        4 => Value.Of(Text(random)),
        5 => Value.Of(random.Next(-10, 10)),
        6 => Value.Of(Enumerable.Range(0, random.Next(4)).Select(_ => Any(random, depth - 1, onlyTextKeys))),
        _ => new MapValue(Enumerable.Range(0, random.Next(4)).Select(_ => KeyValuePair.Create(onlyTextKeys ? Value.Of(Text(random)) : Any(random, 0), Any(random, depth - 1, onlyTextKeys)))),
    };

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => (string[])["a", "'", "\"", "\\", "\n", "é", "😀", "{", "}", "%", "\u2028", "\0"]).Select(choices => choices[random.Next(choices.Length)]));
}
