using System.Text.Json;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests;

/// <summary>What Ansible 2.14 says of the same specification and the same values.</summary>
public sealed class ArgumentSpecificationTests
{
    [Theory]
    [InlineData("""{"a":{}}""", """{"a":[1]}""")]
    [InlineData("""{"a":{"type":"int"},"b":{"type":"float"},"c":{"type":"bool"},"d":{"type":"list"}}""", """{"a":" 5 ","b":"1e3","c":"Yes","d":"x,y"}""")]
    [InlineData("""{"a":{"type":"dict"}}""", """{"a":"{\"x\": 1}"}""")]
    [InlineData("""{"a":{"type":"dict"}}""", """{"a":"x=1, y=2"}""")]
    [InlineData("""{"a":{"type":"bytes"},"b":{"type":"bits"}}""", """{"a":"10MB","b":"1Gb"}""")]
    [InlineData("""{"a":{"choices":["yes","no"]}}""", """{"a":"True"}""")]
    [InlineData("""{"a":{"required":true}}""", """{"a":null}""")]
    [InlineData("""{"a":{"aliases":["b"],"required":true}}""", """{"b":1}""")]
    [InlineData("""{"a":{"type":"int"}}""", """{}""")]
    [InlineData("""{"a":{"type":"dict","options":{"x":{"type":"int","required":true}}}}""", """{}""")]
    [InlineData("""{"a":{"type":"list","elements":"dict","options":{"x":{"type":"int"}}}}""", """{"a":[{"x":"1"},{}]}""")]
    public void Is_content_with(string specification, string given) => Assert.Empty(Validate(specification, given));

    [Theory]
    [InlineData("""{"b":{"required":true},"a":{"required":true}}""", """{}""", "missing required arguments: a, b")]
    [InlineData("""{"a":{"type":"int"}}""", """{"a":1.5}""", "argument 'a' is of type <class 'float'> and we were unable to convert to int: <class 'float'> cannot be converted to an int")]
    [InlineData("""{"a":{"type":"list"}}""", """{"a":{}}""", "argument 'a' is of type <class 'dict'> and we were unable to convert to list: <class 'dict'> cannot be converted to a list")]
    [InlineData("""{"a":{"type":"bits"}}""", """{"a":"foo"}""", "argument 'a' is of type <class 'str'> and we were unable to convert to bits: <class 'str'> cannot be converted to a Bit value")]
    [InlineData("""{"a":{"choices":["x","y"]}}""", """{"a":"z"}""", "value of a must be one of: x, y, got: z")]
    [InlineData("""{"a":{"type":"list","choices":["x","y"]}}""", """{"a":"x,z"}""", "value of a must be one or more of: x, y. Got no match for: z")]
    [InlineData("""{"a":{"choices":["x"],"default":"q"}}""", """{}""", "value of a must be one of: x, got: q")]
    [InlineData("""{"a":{"type":"list","elements":"int"}}""", """{"a":["1","b"]}""", "Elements value for option 'a' is of type <class 'str'> and we were unable to convert to int: <class 'str'> cannot be converted to an int")]
    [InlineData("""{"a":{"elements":"int"}}""", """{"a":"1"}""", "Invalid type str for option '1', elements value check is supported only with 'list' type")]
    [InlineData("""{"a":{"type":"dict","options":{"b":{"type":"dict","options":{"c":{"type":"int"}}}}}}""", """{"a":{"b":{"c":"x"}}}""", "argument 'c' is of type <class 'str'> found in 'a -> b'. and we were unable to convert to int: <class 'str'> cannot be converted to an int")]
    [InlineData("""{"a":{"type":"dict","options":{"b":{"type":"dict","options":{"c":{"required":true}}}}}}""", """{"a":{"b":{"d":1}}}""", "missing required arguments: c found in a -> b", "a.b.d. Supported parameters include: c.")]
    [InlineData("""{"a":{"aliases":["z"]},"b":{}}""", """{"x":1,"w":2}""", "w, x. Supported parameters include: a, b (z).")]
    [InlineData("""{"a":{"type":"dict","options":{"x":{}}}}""", """{"a":"no"}""", "dictionary requested, could not parse JSON or key=value", "argument 'a' is of type <class 'str'> and we were unable to convert to dict: dictionary requested, could not parse JSON or key=value", "value of 'a' must be of type dict or list of dicts")]
    [InlineData("""{"a":{"type":"dict","mutually_exclusive":[["x","y"]],"options":{"x":{},"y":{}}}}""", """{"a":{"x":1,"y":2}}""", "parameters are mutually exclusive: x|y found in a")]
    [InlineData("""{"a":{"type":"dict","required_together":[["x","y"]],"required_one_of":[["z","w"]],"options":{"x":{},"y":{},"z":{},"w":{}}}}""", """{"a":{"x":1}}""", "parameters are required together: x, y found in a", "one of the following is required: z, w found in a")]
    [InlineData("""{"a":{"type":"dict","required_if":[["x","on",["y"]]],"required_by":{"x":["z"]},"options":{"x":{},"y":{},"z":{}}}}""", """{"a":{"x":"on"}}""", "x is on but all of the following are missing: y found in a", "missing parameter(s) required by 'x': z found in a")]
    [InlineData("""{"a":{"type":"bool","choices":["y",5]}}""", """{"a":true}""", "value of a must be one of: y, 5, got: True")]
    [InlineData("""{"a":{"type":"bytes"}}""", """{"a":-3}""", "argument 'a' is of type <class 'int'> and we were unable to convert to bytes: <class 'int'> cannot be converted to a Byte value")]
    [InlineData("""{"a":{"type":"bits","choices":["x"]}}""", """{"a":"1.5K"}""", "value of a must be one of: x, got: 1536")]
    [InlineData("""{"a":{"type":"json","choices":["x"]}}""", """{"a":[]}""", "value of a must be one of: x, got: []")]
    [InlineData("""{"a":{"type":"list","elements":"dict","options":{"x":{}}}}""", """{"a":[{"y":1},{"y":2}]}""", "a.y. Supported parameters include: x.")]
    [InlineData("""{"a":{"required":true,"default":1}}""", """{"a":1}""", "internal error: required and default are mutually exclusive for a")]
    public void Says(string specification, string given, params string[] errors) => Assert.Equal(errors, Validate(specification, given));

    [Theory]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("{\"a\":7}")]
    [InlineData("{\"a\":{\"type\":\"nothing\",\"choices\":7,\"aliases\":{},\"options\":[],\"elements\":[]}}")]
    [InlineData("{\"a\":{\"type\":\"list\",\"elements\":\"dict\",\"options\":{\"b\":null},\"required_if\":[1],\"required_together\":\"x\",\"required_by\":[]}}")]
    public void A_specification_that_is_none_throws_nothing(string specification)
    {
        var map = Read(JsonDocument.Parse(specification).RootElement) as MapValue ?? MapValue.Empty;

        Assert.All(new[] { "{}", "{\"a\":[{\"b\":1}]}", "{\"a\":\"{\"}" }, given => Assert.False(ArgumentSpecification.Validate(map, (MapValue)Read(JsonDocument.Parse(given).RootElement)).IsDefault));
    }

    private static IEnumerable<string> Validate(string specification, string given) =>
        ArgumentSpecification.Validate((MapValue)Read(JsonDocument.Parse(specification).RootElement), (MapValue)Read(JsonDocument.Parse(given).RootElement));

    private static Value Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => MapValue.From(element.EnumerateObject().Select(member => (member.Name, Read(member.Value)))),
        JsonValueKind.Array => Value.Of(element.EnumerateArray().Select(Read)),
        JsonValueKind.Number => element.TryGetInt64(out var whole) ? Value.Of(whole) : Value.Of(element.GetDouble()),
        JsonValueKind.String => Value.Of(element.GetString()!),
        JsonValueKind.True => Value.True,
        JsonValueKind.False => Value.False,
        _ => Value.Null,
    };
}
