using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;
using Google.Protobuf;

namespace FlaskDeploy.Protocol.Tests;

public sealed class ValueCodecTests
{
    [Fact]
    public void Decodes_what_it_encoded()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var value = new Samples(seed, spans: false).Value();
            var decoded = ValueCodec.Decode(V1.Value.Parser.ParseFrom(ValueCodec.Encode(value).ToByteArray()));
            Assert.True(decoded.IsGood, decoded.Problem);
            Assert.Equal(Printer.Print(value), Printer.Print(decoded.Value));
        }
    }

    [Fact]
    public void Keeps_numbers_apart_that_python_calls_equal()
    {
        Assert.IsType<BoolValue>(Decoded(Value.True));
        Assert.IsType<IntegerValue>(Decoded(Value.Of(1)));
        Assert.IsType<RealValue>(Decoded(Value.Of(1.0)));
        Assert.True(double.IsNaN(Assert.IsType<RealValue>(Decoded(Value.Of(double.NaN))).Number));
        Assert.Equal(long.MinValue, Assert.IsType<IntegerValue>(Decoded(Value.Of(long.MinValue))).Number);
    }

    [Theory]
    [InlineData("2024-01-02")]
    [InlineData("2024-01-02 03:04:05")]
    [InlineData("2024-01-02T03:04:05.25-02:30")]
    public void Keeps_dates_what_they_are(string text)
    {
        var moment = Assert.IsType<MomentValue>(MomentValue.Read(text));
        Assert.Equal(moment.ToRepr(), Decoded(moment).ToRepr());
        Assert.False(ValueCodec.Decode(new V1.Value { Moment = "2024-02-30" }).IsGood);
        Assert.False(ValueCodec.Decode(new V1.Value { Moment = "yesterday" }).IsGood);
    }

    [Fact]
    public void Sends_neither_unknown_nor_undefined_values()
    {
        Assert.Throws<ArgumentException>(() => ValueCodec.Encode(new UnknownValue("a command was not run")));
        Assert.Throws<ArgumentException>(() => ValueCodec.Encode(Value.Of([new UndefinedValue("'PORT' is undefined")])));
    }

    [Fact]
    public void Shows_no_secret_in_an_event()
    {
        var value = MapValue.From(
            ("password", new SecretValue(Value.Of("hunter2"))),
            ("later", new UnknownValue("a command was not run")),
            ("template", new TemplateValue("{{ x }}", SourceSpan.None)));
        var encoded = ValueCodec.EncodeForEvent(value);
        Assert.DoesNotContain("hunter2", encoded.ToString(), StringComparison.Ordinal);
        var decoded = Assert.IsType<MapValue>(ValueCodec.Decode(encoded).Value);
        Assert.Equal(Value.Of("********"), decoded["password"]);
        Assert.Equal(Value.Of("(unknown: a command was not run)"), decoded["later"]);
        Assert.Equal(Value.Of("{{ x }}"), decoded["template"]);
    }

    [Fact]
    public void Makes_every_value_fit_into_an_event()
    {
        var deep = Deep(1000);
        // As gRPC reads it: with protobuf's own limit, inside the messages that carry events.
        var message = new V1.AgentMessage { Events = new() { Events = { new V1.Event { TaskFinished = new() { Result = ValueCodec.EncodeForEvent(deep) } } } } };
        var read = V1.AgentMessage.Parser.ParseFrom(message.ToByteArray());
        Assert.True(ValueCodec.Decode(read.Events.Events[0].TaskFinished.Result).IsGood);
    }

    [Fact]
    public void Refuses_to_go_deeper_than_the_limit_on_both_sides()
    {
        Assert.True(ValueCodec.Decode(ValueCodec.Encode(Deep(DecodeLimits.MaxValueDepth))).IsGood);
        Assert.Throws<ArgumentException>(() => ValueCodec.Encode(Deep(DecodeLimits.MaxValueDepth + 1)));
        var message = new V1.Value { Null = true };
        for (var i = 0; i < 1000; i++)
        {
            message = new V1.Value { List = new() { Items = { message } } };
        }
        Assert.Contains("deeper", ValueCodec.Decode(message).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_what_is_wrong_with_a_value_that_no_encoder_made()
    {
        Assert.Contains("kind", ValueCodec.Decode(new V1.Value()).Problem, StringComparison.Ordinal);
        Assert.Contains("kind", ValueCodec.Decode(null).Problem, StringComparison.Ordinal);
        Assert.Contains("big integer", ValueCodec.Decode(new V1.Value { BigInteger = "12x" }).Problem, StringComparison.Ordinal);
        Assert.Contains("5000", ValueCodec.Decode(new V1.Value { BigInteger = new string('9', 100_000) }).Problem, StringComparison.Ordinal);
        Assert.Contains("position", ValueCodec.Decode(new V1.Value { Template = new() { Source = "x", Span = new() { File = 3 } } }).Problem, StringComparison.Ordinal);
    }

    private static Value Decoded(Value value) => ValueCodec.Decode(ValueCodec.Encode(value)).Value!;

    private static Value Deep(int levels)
    {
        Value value = Value.Null;
        for (var i = 0; i < levels; i++)
        {
            value = MapValue.From(("k", value));
        }
        return value;
    }
}
